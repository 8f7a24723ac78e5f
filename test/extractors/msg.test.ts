import { describe, expect, test } from "vitest";
import { ole } from "../../src/extractors/ole.ts";
import { compoundFile } from "./ole-writer.ts";
import { expectHardy, openWith } from "./open-with.ts";
import { compressedRtf, u32 } from "./tnef-writer.ts";

const wide = (text: string) => Buffer.from(text, "utf16le");
const attachment = "__attach_version1.0_#00000000";
const embedded = "__attach_version1.0_#00000001/__substg1.0_3701000D";

/** A property stream with one integer. */
function integers(headerBytes: number, id: number, value: number): Buffer {
  return Buffer.concat([
    Buffer.alloc(headerBytes),
    u32(id * 65536 + 3),
    u32(6),
    u32(value),
    u32(0),
  ]);
}

const streams = [
  { path: "__properties_version1.0", content: integers(32, 0x3ffd, 1251) },
  { path: "__substg1.0_0037001F", content: wide("subject") },
  { path: "__substg1.0_1000001F", content: wide("body") },
  { path: "__substg1.0_10130102", content: "<p>html</p>" },
  { path: "__substg1.0_10090102", content: compressedRtf("{\\rtf1 x}") },
  { path: "__recip_version1.0_#00000000/__substg1.0_3001001F", content: "n" },
  { path: "__nameid_version1.0/__substg1.0_00020102", content: "guids" },
  { path: `${attachment}/__substg1.0_37010102`, content: "MZ file" },
  { path: `${attachment}/__substg1.0_3704001E`, content: "\xcf~1.EXE" },
  { path: `${attachment}/__substg1.0_3707001F`, content: wide("program.exe") },
  { path: `${embedded}/__substg1.0_1000001F`, content: wide("inner body") },
  {
    path: `${embedded}/${attachment}/__substg1.0_37010102`,
    content: "inner file",
  },
];

describe("an Outlook message", () => {
  test("gives its bodies, its attachments and those of the message within", () => {
    const { read, findings } = openWith(ole, compoundFile(streams));
    expect(new Map(read)).toEqual(
      new Map([
        ["header.txt", "Subject: subject\r\n"],
        ["body.txt", wide("body").toString("latin1")],
        ["body.html", "<p>html</p>"],
        ["body.rtf", "{\\rtf1 x}"],
        ["attachment-1", "MZ file"],
        ["attachment-2/body.txt", wide("inner body").toString("latin1")],
        ["attachment-2/attachment-1", "inner file"],
      ]),
    );
    expect(findings).toEqual([]);
  });

  test("names attachments by the long name, in the message's code page", () => {
    const { entries } = openWith(ole, compoundFile(streams));
    expect(
      entries.find(
        ({ kind, ...entry }) =>
          kind === "read" && "place" in entry && entry.place === "attachment-1",
      ),
    ).toMatchObject({
      filename: "program.exe",
      otherFilenames: ["\u041f~1.EXE"],
    });
  });

  test("may attach a document as a storage: its streams are entries", () => {
    const { read } = openWith(
      ole,
      compoundFile([
        ...streams,
        { path: `${embedded}/CONTENTS`, content: "%PDF-1.4" },
      ]),
    );
    expect(read.map(([, content]) => content)).toContain("%PDF-1.4");
  });

  test("is opened within the budget whatever is done to it", () => {
    expectHardy(ole, compoundFile(streams), {}, 200);
  });
});
