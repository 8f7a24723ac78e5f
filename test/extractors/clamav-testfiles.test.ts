// Debian's clamav-testfiles: the harmless clam.exe in many containers.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { defaultLimits } from "../../src/limits.ts";
import { expand } from "./expand-all.ts";

const folder = "/usr/share/clamav-testfiles";
const digest =
  "71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495";

/** One of them is nested deeper than the default allows. */
const limits = { ...defaultLimits, depth: 40 };

/** Packed at run time, or compiled into a script: only running them gives clam.exe (docs/extractors.md). */
const unreachable = [
  /aspack|fsg|mew|pespin|petite|upack|upx|wwpack|yc/,
  /\.ea0[56]\.exe$/,
];

describe.skipIf(!existsSync(folder))(
  "clam.exe is found by its sha256 (needs Debian's clamav-testfiles)",
  () => {
    const files = existsSync(folder) ? readdirSync(folder).sort() : [];
    const reachable = files.filter(
      (name) => !unreachable.some((pattern) => pattern.test(name)),
    );
    test.each(reachable)("in %s", async (name) => {
      const bytes = readFileSync(join(folder, name));
      const message = Buffer.concat([
        Buffer.from(
          `Subject: x\nContent-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\n\n`,
        ),
        Buffer.from(bytes.toString("base64").replace(/.{76}/g, "$&\n")),
      ]);
      const { parts } = await expand(message, limits);
      expect(parts.map(({ sha256 }) => sha256)).toContain(digest);
    });
    test("in at least 27 of them", () => {
      expect(reachable.length).toBeGreaterThanOrEqual(27);
    });
  },
);
