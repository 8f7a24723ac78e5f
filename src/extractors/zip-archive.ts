// One zip file on its way: what zip.ts, which finds its entries, and
// zip-member.ts, which opens them, both work on.

import type { Budget } from "../budget.ts";
import type { Password } from "./extractor.ts";
import type { Coverage } from "./zip-coverage.ts";
import type { Repacked } from "./zip-repack.ts";

export interface ZipArchive {
  readonly bytes: Uint8Array;
  readonly budget: Budget;
  readonly passwords: Iterable<Password>;
  /** Those that opened something. */
  readonly opening: Set<Password>;
  readonly coverage: Coverage;
  /** Entries that wait for 7-Zip. */
  readonly deferred: Deferred[];
  /** Names of findings about the whole. */
  readonly remarks: Set<string>;
}

export interface Deferred extends Repacked {
  readonly names: readonly string[];
}
