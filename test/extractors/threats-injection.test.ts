// Mail data that tries to be more than data. Where it is tested:
//
// in header fields: ../policy/fields.test.ts; in the SMTP text:
//   ../policy/decide.test.ts; in the log: ../end-to-end/contract.test.ts; on a
//   terminal: ../cli/scan.test.ts, ../cli/quarantine.test.ts
// envelope addresses: ../qmail/envelope.test.ts, ../quarantine/xtext.test.ts
// names of viruses and rules, scanners' replies, scores that are none:
//   ../scanners/clamd.test.ts, ../scanners/spamd.test.ts,
//   ../scanners/faults.test.ts
// copies of our own fields: ../mime/edits.test.ts, ../policy/own-fields.test.ts
// names in archives: threats-archives.test.ts; any string: ../printable.test.ts
//
// Here: what a message says of itself, at every place where it can, as it
// leaves expansion; and names that objects have by birth.

import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import type { Message } from "../../src/mail.ts";
import { zipFile } from "./archive-samples.ts";
import { expand } from "./expand-all.ts";

const open = (message: string | Buffer): Promise<Message> =>
  expand(
    typeof message === "string" ? Buffer.from(message, "latin1") : message,
    defaultLimits,
  );

const evil = "a\x1b[2J\rX-Spam-Flag: NO\x07\u009b1m";

describe("escape sequences and line ends reach no name that is shown", () => {
  test.each([
    ["name", `Content-Type: application/octet-stream; name="${evil}"\n\nx`],
    ["type", `Content-Type: application/${evil}; name=x\n\nx`],
    ["charset", `Content-Type: text/plain; charset="${evil}"\n\nx`],
    [
      "encoded word",
      'Content-Type: a/b; name="=?utf-8?q?a=0D=0AX:=1B[2J?="\n\nx',
    ],
    ["uuencoded file", `\nbegin 644 ${evil}\n#86%A\n\`\nend\n`],
    [
      "boundary",
      `Content-Type: multipart/mixed; boundary="${evil}"\n\n--${evil}\n\nx\n`,
    ],
  ])("from a %s", async (_, message) => {
    const { parts, findings } = await open(`Subject: x\n${message}`);
    const shown = [
      ...parts.flatMap(({ place, filename, otherFilenames }) => [
        place,
        filename ?? "",
        ...otherFilenames,
      ]),
      ...findings.map(({ name }) => name),
    ];
    for (const text of shown) expect(text).not.toMatch(/[\0-\x1F\x7F-\x9F]/);
  });
});

describe("names that every object has", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];

  test("are parameters and files like others", async () => {
    const given = names.map((name) => `${name}=x`).join("; ");
    const { parts } = await open(
      `Content-Type: text/plain; ${given}; name=__proto__\n__proto__: x\nconstructor: y\n\nx`,
    );
    expect(parts[1]).toMatchObject({
      declaredType: "text/plain",
      filename: "__proto__",
      charset: null,
    });
  });

  test("are entries of an archive like others", async () => {
    const zip = zipFile(
      names.map((name) => ({ name, content: Buffer.from(name) })),
    );
    const { parts } = await open(
      Buffer.concat([Buffer.from("Content-Type: application/zip\n\n"), zip]),
    );
    expect(parts.slice(2).map(({ filename }) => filename)).toEqual(names);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
