// Which parts of archives clamd is sent; clamd-real.test.ts shows that it needs
// no others.

import { describe, expect, test } from "vitest";
import type { Part } from "../../src/mail.ts";
import type { Finding } from "../../src/verdict.ts";
import { zipFile } from "../extractors/archive-samples.ts";
import { clean, scanWith } from "./clamd-fake.ts";
import { malformed, partOf, subjectOf } from "./subject.ts";

describe("of what stands in an archive", () => {
  const message = "Subject: x\n\n";
  const text = Buffer.from("entry");
  const zip = (method: number, flags = 0): Buffer =>
    zipFile([{ name: "a.txt", content: text, method, flags }]);
  const within = (
    detectedType: string,
    content: Buffer,
    entry = text,
  ): readonly Part[] => [
    partOf(0, Buffer.from(message)),
    partOf(1, content, { detectedType }),
    partOf(2, entry, { parent: 1 }),
  ];
  async function sent(
    parts: readonly Part[],
    choice?: string,
    findings: readonly Finding[] = [],
  ): Promise<boolean> {
    const options = choice === undefined ? {} : { parts: choice };
    const { streams } = await scanWith(
      subjectOf(message, parts, findings),
      clean,
      { options },
    );
    return streams.includes("entry");
  }

  test.each([
    ["stored in zip", within("application/zip", zip(0)), false],
    ["deflated in zip", within("application/zip", zip(8)), false],
    ["in zip by Deflate64", within("application/zip", zip(9)), true],
    ["in zip by LZMA", within("application/zip", zip(14)), true],
    ["in zip by Zstandard", within("application/zip", zip(93)), true],
    ["in zip by XZ", within("application/zip", zip(95)), true],
    ["in zip by PPMd", within("application/zip", zip(98)), true],
    ["encrypted in zip", within("application/zip", zip(0, 1)), true],
    [
      "stored in zip without its size",
      within("application/zip", zip(0, 8)),
      true,
    ],
    ["in gzip", within("application/gzip", Buffer.from("gz")), false],
    ["in tar", within("application/x-tar", Buffer.from("tar")), false],
    ["in 7z", within("application/x-7z-compressed", Buffer.from("7z")), true],
    ["in rar", within("application/vnd.rar", Buffer.from("Rar!")), true],
    ["in zstd", within("application/zstd", Buffer.from("zst")), true],
    ["in TNEF", within("application/ms-tnef", Buffer.from("tnef")), true],
    ["in a program", within("application/x-dosexec", Buffer.from("MZ")), true],
  ] as const)("what is %s is sent: %3$s", async (_title, parts, expected) => {
    expect(await sent(parts)).toBe(expected);
    expect(await sent(parts, "all")).toBe(true);
    expect(await sent(parts, "mime")).toBe(false);
  });

  test("all is sent of an archive that there is a finding about", async () => {
    const parts = within("application/zip", zip(8));
    const about = (part: number | null): Finding => ({ ...malformed, part });
    expect(await sent(parts, "unseen", [about(0)])).toBe(false);
    expect(await sent(parts, "unseen", [about(1)])).toBe(true);
    expect(await sent(parts, "unseen", [about(2)])).toBe(true);
    // Findings that there was no more room for may be about any.
    expect(await sent(parts, "unseen", [about(null)])).toBe(true);
  });

  test("all is sent that is beyond what clamd unpacks", async () => {
    const long = Buffer.alloc(17 * 1024 * 1024);
    const entry = Buffer.from("entry");
    const [whole, archive, large] = within("application/zip", zip(8), long);
    if (!whole || !archive || !large) throw new Error("expected three parts");
    const beside = partOf(3, entry, { parent: 1 });
    const first = await scanWith(
      subjectOf(message, [whole, archive, large, beside]),
      clean,
    );
    expect(first.streams.map(({ length }) => length)).toEqual([
      message.length,
      archive.size,
      long.length,
    ]);
    // One in the other, ten times.
    const nested = Array.from({ length: 12 }, (_each, id) =>
      partOf(id, Buffer.from(id === 11 ? "entry" : `gzip ${id}`), {
        parent: id === 0 ? null : id - 1,
        ...(id > 0 && { detectedType: "application/gzip" }),
      }),
    );
    expect(await sent(nested)).toBe(false);
    const { streams } = await scanWith(subjectOf(message, nested), clean);
    expect(streams).toEqual([message, "gzip 1", "gzip 10"]);
  });
});
