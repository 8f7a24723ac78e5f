import { describe, expect, test } from "vitest";

import { defaultLimits } from "../../src/limits.ts";
import { unopenedArchives } from "../../src/extractors/unopened-archives.ts";
import { expand } from "./expand-all.ts";

/** Headers as the formats' own programs write them, with nothing behind. */
const headers: Record<string, string> = {
  ace: "\xd1\x44\x31\0\0\0\x90**ACE**\x14\x14",
  alz: "ALZ\x01\x0a\0\0\0BLZ\x01",
  arc: "\x1a\x02t.txt\0\0\0\0X\x15@\0\x02\0\0\0VB\x12v\x97\x15\x02\0\0\x0042\x1a\0",
  bzip1: "BZ09\0\0\x0d\x40",
  bzip3: "BZ3v1\0\0\0\x01",
  dms: "DMS!NPRO\0\0\0\0",
  egg: "EGGA\0\x01\xd1\x9e\x9d\x3d",
  freearc: "ArC\x01\0\0\x06\x07ArC\x01",
  grzip: "GRZipII\0\x02\x04:)",
  pack: "\x1f\x1e\0\0\x12\x34\x05\0\0",
  "sco-lzh": "\x1f\xa0\0\x1a\x45\x12",
  "lzh-freeze": "\x1f\x9f\x0a\x03\x12",
  rar14: "RE~^\x07\0\0\x15\x25",
  snappy: "\xff\x06\0\0sNaPpY\x01\x09\0\0",
  lzfse: "bvx2\x40\0\0\0\x01",
  stuffit: "SIT!\0\x01\0\0\x10\x20rLau\x01",
  sqx: "\x0d\x52\x52\0\0\x12\0-sqx-\x0b",
  uc2: "UC2\x1a\x30\x01\0\0",
  pst: "!BDN\x12\x34\x56\x78SM\x17\0",
  swf: "CWS\x08\x90\x01\0\0\x78\xda\x63",
  lrzip: "LRZI\0\x06\0\x0c",
  lzop: "\x89LZO\0\r\n\x1a\n\x10\x30",
  rzip: "RZIP\x02\x01\0\0\0\x02",
  zpaq: "zPQ\x01\x01E\0\x03",
};

async function findings(content: string): Promise<string[]> {
  const body = Buffer.from(content, "latin1").toString("base64");
  const message = await expand(
    Buffer.from(
      `Subject: x\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n${body}\n`,
    ),
    defaultLimits,
  );
  return message.findings.map(({ kind, name }) => `${kind} ${name}`);
}

describe("an archive that nothing here opens", () => {
  test.each(Object.entries(headers))(
    "is a finding that says so: %s",
    async (format, header) => {
      expect(await findings(header)).toEqual([
        `unsupported ${format}-unsupported`,
      ]);
    },
  );
  test("has a header above for each format", () => {
    expect(unopenedArchives.map(({ format }) => format)).toEqual(
      Object.keys(headers),
    );
  });
  test.each([
    "\x1a\x02",
    "\x1a\x02t.txt and a text that goes on and on",
    "\x1a\x09\0\0\0\0",
    "\x1a\x02t.txt\0\0\0\0X\x15@\0\xff\xff\xff\x7fVB\x12v\x97\x15\x02\0\0\0",
    "EGGA, a word that means nothing\n",
    "LRZIP is a program\n",
  ])("is not seen in %j", async (content) => {
    expect(await findings(content)).toEqual([]);
  });
});
