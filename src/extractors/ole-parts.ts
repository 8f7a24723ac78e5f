// The charge for parts, in one place for the extractors of documents: their
// entries come from many generators, and each must be paid before it is yielded.

import type { Budget } from "../budget.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";

type Entries = (candidate: Candidate, budget: Budget) => Iterable<Entry>;

/** `entries` that charges the budget for every entry but remarks. Throws LimitReached. */
export function chargingParts(entries: Entries): Extractor["entries"] {
  return function* (candidate, budget) {
    for (const entry of entries(candidate, budget)) {
      if (entry.kind !== "remark") budget.chargePart();
      yield entry;
    }
  };
}
