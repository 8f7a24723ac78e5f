// Thrown where QSIFT_POLICY names a policy that the configuration has not got.
// The doors make exit 55 of it: a typing error in tcprules must be seen, and
// must not silently become the default policy.

import { printableAscii } from "../printable.ts";

export class UnknownPolicy extends Error {
  readonly policy: string;
  constructor(policy: string, known: readonly string[]) {
    const shown = printableAscii(policy, 64);
    super(
      `QSIFT_POLICY: expected one of ${known.join(", ")}; found "${shown}"`,
    );
    this.name = "UnknownPolicy";
    this.policy = shown;
  }
}
