// Ordinary messages with the parts and findings that each must give. A
// mismatch writes X.actual.json beside the fixture.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expand } from "./expand-all.ts";
import { mime } from "../../src/extractors/mime.ts";
import { defaultLimits } from "../../src/limits.ts";
import type { Message } from "../../src/mail.ts";

const folder = new URL("mime/", import.meta.url);

/** What a fixture's JSON holds: everything but the digests, and the text instead of the bytes. */
function summary({ header, parts, findings }: Message): unknown {
  return {
    fields: header.map(({ name }) => name),
    parts: parts.slice(1).map((part) => ({
      parent: part.parent,
      place: part.place,
      declaredType: part.declaredType,
      otherTypes: part.otherTypes,
      detectedType: part.detectedType,
      filename: part.filename,
      otherFilenames: part.otherFilenames,
      charset: part.charset,
      size: part.size,
      content: Buffer.from(part.content).toString("latin1"),
    })),
    findings: findings.map(({ kind, name, part }) => `${kind} ${name} ${part}`),
  };
}

describe("a fixture message", () => {
  for (const name of readdirSync(folder).filter((n) => n.endsWith(".eml")))
    it(`is taken apart as its expectation says: ${name}`, async () => {
      const bytes = readFileSync(new URL(name, folder));
      const actual = summary(await expand(bytes, defaultLimits, [mime]));
      const path = new URL(name.replace(/eml$/, "json"), folder);
      const expected: unknown = JSON.parse(readFileSync(path, "utf8"));
      try {
        expect(actual).toEqual(expected);
      } catch (error) {
        const actualPath = new URL(name.replace(/eml$/, "actual.json"), folder);
        writeFileSync(actualPath, JSON.stringify(actual, null, 2));
        throw error;
      }
    });

  it("gives the same parts with CR LF line ends", async () => {
    for (const name of readdirSync(folder).filter((n) => n.endsWith(".eml"))) {
      const text = readFileSync(new URL(name, folder), "latin1");
      const open = async (message: string) =>
        (
          await expand(Buffer.from(message, "latin1"), defaultLimits, [mime])
        ).parts
          .slice(1)
          .map(({ place, declaredType, filename, content }) => ({
            place,
            declaredType,
            filename,
            text: Buffer.from(content)
              .toString("latin1")
              .replace(/\r\n/g, "\n"),
          }));
      expect(await open(text.replace(/\n/g, "\r\n"))).toEqual(await open(text));
    }
  });
});
