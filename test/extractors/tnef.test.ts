import { describe, expect, test } from "vitest";
import { tnef } from "../../src/extractors/tnef.ts";
import { cpuMs } from "./ole-cost.ts";
import { expectHardy, openWith } from "./open-with.ts";
import {
  attribute,
  compressedRtf,
  propertyList,
  tnefStream,
  u32,
} from "./tnef-writer.ts";

const start = attribute(0x0006_9002, Buffer.alloc(14), { level: 2 });
const data = (content: string | Buffer) =>
  attribute(0x0006_800f, content, { level: 2 });
const title = (name: string) =>
  attribute(0x0001_8010, `${name}\0`, { level: 2 });
const attachmentProperties = (...list: Parameters<typeof propertyList>) =>
  attribute(0x0006_9005, propertyList(...list), { level: 2 });
const messageProperties = (...list: Parameters<typeof propertyList>) =>
  attribute(0x0006_9003, propertyList(...list));

const open = (...attributes: readonly Buffer[]) =>
  openWith(tnef, tnefStream(...attributes));

describe("attachments", () => {
  test("have their contents and names, also where data precedes the name", () => {
    const { read, findings } = open(
      start,
      title("a.txt"),
      data("first"),
      start,
      data("second"),
      title("b.txt"),
    );
    expect(read).toEqual([
      ["a.txt", "first"],
      ["b.txt", "second"],
    ]);
    expect(findings).toEqual([]);
  });

  test("have the long Unicode name first", () => {
    const { entries } = open(
      start,
      title("SHORT~1.TXT"),
      attachmentProperties([
        { type: 0x1e, id: 0x3704, values: ["SHORT~1.TXT"] },
        { type: 0x1e, id: 0x3707, values: ["long name.txt"] },
        { type: 0x1f, id: 0x3707, values: ["l\u00f6ng name.txt"] },
        { type: 0x1e, id: 0x370e, values: ["Text/Plain"] },
      ]),
      data("x"),
    );
    expect(entries).toMatchObject([
      {
        filename: "l\u00f6ng name.txt",
        otherFilenames: ["long name.txt", "SHORT~1.TXT"],
        declaredType: "text/plain",
      },
    ]);
  });

  test("have 8-bit names in the stated code page", () => {
    const { entries } = open(
      attribute(0x0006_9007, u32(1251)),
      start,
      title("\xcf\xf0.txt"),
      data("x"),
    );
    expect(entries).toMatchObject([{ filename: "\u041f\u0440.txt" }]);
  });

  test("without a start are taken", () => {
    expect(open(title("x"), data("y")).read).toEqual([["x", "y"]]);
  });

  test("given twice are read twice", () => {
    expect(open(start, data("harmless"), data("attack")).read).toEqual([
      ["attachment-1", "harmless"],
      ["attachment-1", "attack"],
    ]);
  });

  test("that are messages are TNEF themselves", () => {
    const inner = tnefStream(start, title("deep.txt"), data("deep"));
    const { entries, read } = open(
      start,
      attachmentProperties([
        {
          type: 0x0d,
          id: 0x3701,
          values: [Buffer.concat([Buffer.alloc(16, 7), inner])],
        },
      ]),
    );
    expect(entries).toMatchObject([{ declaredType: "application/ms-tnef" }]);
    expect(read[0]?.[1]).toBe(inner.toString("latin1"));
    expect(openWith(tnef, inner).read).toEqual([["deep.txt", "deep"]]);
  });
});

describe("bodies", () => {
  test("as text, HTML and RTF are entries with their charset", () => {
    const { entries } = open(
      attribute(0x0007_8008, "IPM.Note\0"),
      attribute(0x0002_800c, "plain\0"),
      messageProperties([
        { type: 0x03, id: 0x3fde, values: [u32(65001)] },
        { type: 0x1f, id: 0x8123, values: ["named, and passed over"] },
        { type: 0x1f, id: 0x1000, values: ["wide"] },
        { type: 0x102, id: 0x1013, values: [Buffer.from("<p>html</p>")] },
        { type: 0x102, id: 0x1009, values: [compressedRtf("{\\rtf1 r}")] },
        { type: 0x1f, id: 0x0037, values: ["the subject"] },
      ]),
    );
    expect(
      entries.map((entry) =>
        entry.kind === "read"
          ? [
              entry.declaredType,
              entry.charset,
              Buffer.from(entry.content).toString("latin1"),
            ]
          : entry,
      ),
    ).toEqual([
      ["text/plain", "windows-1252", "plain"],
      [
        "text/plain",
        "utf-8",
        "X-Message-Class: IPM.Note\r\nSubject: the subject\r\n",
      ],
      ["text/plain", "utf-16le", "w\0i\0d\0e\0"],
      ["text/html", "utf-8", "<p>html</p>"],
      ["application/rtf", undefined, "{\\rtf1 r}"],
    ]);
  });

  test("of RTF that is none are malformed", () => {
    const { findings } = open(
      messageProperties([
        {
          type: 0x102,
          id: 0x1009,
          values: [Buffer.from("nonsense, long enough")],
        },
      ]),
    );
    expect(findings).toEqual(["malformed mapi-rtf-broken"]);
  });
});

describe("a hostile stream", () => {
  test("of nothing but the signature is empty", () => {
    expect(open()).toMatchObject({ read: [], findings: [], recognized: true });
  });

  test("with a length of 2^32 - 1 gives what is there", () => {
    const { read, findings } = open(
      start,
      attribute(0x0006_800f, "payload", { level: 2, length: 0xffffffff }),
    );
    // The checksum, too, is within the stated length.
    expect(read).toEqual([["attachment-1", "payload\xde\xad"]]);
    expect(findings).toEqual(["malformed tnef-truncated"]);
  });

  test("with counts of 2^31 - 1 ends where its bytes do", () => {
    const list = propertyList(
      [{ type: 0x1f, id: 0x3707, values: ["name"] }],
      0x7fffffff,
    );
    list.writeUInt32LE(0x7fffffff, 8); // values of the property
    const { read, findings } = open(
      start,
      attribute(0x0006_9005, list, { level: 2 }),
      data("x"),
    );
    expect(read).toEqual([["name", "x"]]);
    expect(findings).toEqual(["malformed tnef-truncated"]);
  });

  test("with a value's length of 2^32 - 1 keeps its other attributes", () => {
    const list = propertyList([{ type: 0x1f, id: 0x3707, values: ["name"] }]);
    list.writeUInt32LE(0xffffffff, 12);
    const { read } = open(
      start,
      attribute(0x0006_9005, list, { level: 2 }),
      data("x"),
    );
    expect(read[0]?.[1]).toBe("x");
  });

  test("hands on what comes after its last attribute", () => {
    const { read } = open(start, data("a"), Buffer.from("\x07hidden bytes"));
    expect(read).toEqual([
      ["attachment-1", "a"],
      ["rest", "\x07hidden bytes"],
    ]);
  });

  test("of a million attributes is read in linear time", () => {
    const one = Buffer.concat([title("a"), title("b")]);
    const bytes = tnefStream(start, Buffer.alloc(one.length * 200_000, one));
    expect(
      cpuMs(() => {
        expect(openWith(tnef, bytes).entries).toEqual([]);
      }),
    ).toBeLessThan(2000);
  });

  test("is opened within the budget whatever is done to it", () => {
    expectHardy(
      tnef,
      tnefStream(
        start,
        title("a.txt"),
        attachmentProperties([
          { type: 0x1f, id: 0x3707, values: ["one", "two"] },
          { type: 0x02, id: 0x3000, values: [u32(1)] },
        ]),
        data("content"),
        messageProperties([
          {
            type: 0x102,
            id: 0x1009,
            values: [compressedRtf("{\\rtf1 hello}")],
          },
          { type: 0x1e, id: 0x1000, values: ["text"] },
        ]),
      ),
      {},
      400,
    );
  });
});
