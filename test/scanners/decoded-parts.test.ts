import { expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { clamd } from "../../src/scanners/clamd.ts";
import { commandProfiles } from "../../src/scanners/command-profiles.ts";
import { commandScanner } from "../../src/scanners/command.ts";
import { defaultProcessLimits } from "../../src/scanners/process-limits.ts";
import { icap } from "../../src/scanners/icap.ts";
import { partOf, subjectOf } from "./subject.ts";

test.each([
  clamd,
  icap,
  commandScanner("clamscan", {
    ...commandProfiles.clamscan,
    ...defaultProcessLimits,
  }),
])(
  "$name, which is given parts, gives no copy the report of one that expansion did not finish",
  (scanner) => {
    const open = scanner.open(scanner.defaults, defaultLimits);
    const whole = partOf(0, Buffer.from("x"));
    const cutShort = subjectOf("x", [whole]);
    const opened = subjectOf("x", [whole, partOf(1, Buffer.from("y"))]);
    expect(open.key?.(cutShort)).not.toBe(open.key?.(opened));
    expect(open.key?.(opened)).toBe(open.key?.(opened));
    expect(open.key?.(opened)).toEqual(expect.any(String));
  },
);
