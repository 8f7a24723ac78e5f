// What the archives without an entry kind of their own yield for each member:
// the bytes that were had, and where these are not all, a remark about them.
// Used by ar, compress, cpio, gzip, lz4 and tar.

import type { Budget } from "../budget.ts";
import type { Entry } from "./extractor.ts";

/** `damage`: name of the `malformed` finding; null where the member is sound. */
export function* memberEntries(
  name: string,
  content: Uint8Array,
  damage: string | null,
  budget: Budget,
): Generator<Entry> {
  budget.chargePart();
  yield {
    kind: "read",
    place: name,
    filename: name,
    declaredType: null,
    content,
  };
  if (damage !== null)
    yield {
      kind: "remark",
      finding: "malformed",
      name: damage,
      aboutLastEntry: true,
    };
}
