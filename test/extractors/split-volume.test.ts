import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { splitVolume } from "../../src/extractors/split-volume.ts";
import { hello, samples, zipFile } from "./archive-samples.ts";
import { rar4File, rar5File } from "./archive-writers.ts";
import { openWith } from "./open-with.ts";

const zip = zipFile([{ name: "a.txt", content: hello }]);
const findings = (bytes: Uint8Array, filename: string | null) =>
  openWith(splitVolume, bytes, { filename }).findings;
const isVolume = ["unsupported split-volume"];

describe("a piece of an archive is a finding", () => {
  test.each([
    ["x.7z.001", samples["7z"].subarray(0, 100)],
    ["x.7z.002", samples["7z"].subarray(100)],
    ["X.ZIP.001", zip.subarray(0, 50)],
    ["x.zip.010", hello],
    ["x.tar.001", hello],
    ["x.z01", zip],
  ])("by its name, %s", (filename, bytes) => {
    expect(findings(bytes, filename)).toEqual(isVolume);
  });

  test("by its content where the format tells", () => {
    const rar = Buffer.from(rar4File([{ name: "a", content: hello }]));
    rar[10] = (rar[10] ?? 0) | 1;
    expect(findings(rar, null)).toEqual(isVolume);
    const last = Buffer.from(zip);
    last.writeUInt16LE(3, last.length - 18);
    expect(findings(last, null)).toEqual(isVolume);
  });
});

test("a whole archive is none, also as the only piece", () => {
  for (const [filename, bytes] of [
    ["x.7z.001", samples["7z"]],
    ["x.zip.001", zip],
    ["x.zip", zip],
    ["x.rar", rar4File([{ name: "a", content: hello }])],
    ["x.part1.rar", rar5File([{ name: "a", content: hello }])],
    ["report.2021.001", hello],
    ["invoice.002", hello],
    [null, hello],
  ] as const)
    expect(findings(bytes, filename), filename ?? "").toEqual([]);
});

const volumes = join(
  process.env["QSIFT_CORPUS"] ?? "",
  "archives/rarfile/test/files",
);

test.skipIf(process.env["QSIFT_CORPUS"] === undefined || !existsSync(volumes))(
  "volumes of WinRAR are told by their content",
  () => {
    const names = readdirSync(volumes).filter((name) =>
      /(?:vols|old).*\.r(?:ar|\d\d)$/.test(name),
    );
    expect(names.length).toBeGreaterThan(6);
    for (const name of names)
      expect(findings(readFileSync(join(volumes, name)), null), name).toEqual(
        isVolume,
      );
  },
);
