// The formats that 7-Zip opens for us (seven-zip-formats.ts), as extractors,
// one for each of our format names. What 7-Zip is and is not allowed is in
// seven-zip-host.ts; how its words are understood, in seven-zip-run.ts.
//
// Ignored: dates, owners, permissions, comments, the archive's own checksums
// of headers beyond what 7-Zip tests. Directories are no entries. Links are
// entries whose content is the target (symbolic) or the same bytes again
// (hard). Further volumes of a split archive are not looked for.

import { Budget } from "../budget.ts";
import {
  type Candidate,
  type Entry,
  type Extractor,
  type Password,
  passwordRemark,
} from "./extractor.ts";
import { type SevenZipFormat, sevenZipFormats } from "./seven-zip-formats.ts";
import type { SevenZipFault, SevenZipItem } from "./seven-zip-dialogue.ts";
import { openWithSevenZip, type SevenZipResult } from "./seven-zip-run.ts";
import { innerName } from "./stream-name.ts";

/** To be listed in index.ts, after the extractors of our own. */
export const sevenZipExtractors: readonly Extractor[] = [
  ...new Set(sevenZipFormats.map(({ format }) => format)),
].map((format) => {
  const variants = sevenZipFormats.filter((one) => one.format === format);
  return {
    format,
    recognizes: ({ bytes }) => variants.some((one) => one.recognizes(bytes)),
    *entries(candidate, budget) {
      for (const variant of variants)
        if (variant.recognizes(candidate.bytes))
          yield* sevenZipEntries(variant, candidate, budget);
    },
  };
});

/** Where it is encrypted, each password costs a run. */
function* sevenZipEntries(
  { format, type, stream = false }: SevenZipFormat,
  candidate: Candidate,
  budget: Budget,
): Generator<Entry> {
  const closed = openWithSevenZip(candidate.bytes, type, budget);
  const opened =
    encryptedItems(closed) > 0 && closed.limit === null
      ? openWithPasswords(candidate, type, budget, encryptedItems(closed))
      : null;
  const { result, password } = opened ?? { result: closed, password: null };
  for (const item of result.items) {
    if (password !== null) {
      budget.chargePart();
      budget.chargeBytes(item.content?.length ?? 0);
    }
    // 7-Zip calls a nameless file after the archive, "a" here.
    const name =
      stream && /^a~?$/.test(item.name)
        ? innerName(candidate.filename)
        : item.name;
    yield* entriesOf(format, { ...item, name });
  }
  yield* archiveEntries(format, result);
  if (password !== null) yield* passwordRemark(password);
  if (result.limit !== null) throw result.limit;
}

/**
 * The run that leaves the least closed; null where none opens anything. What
 * wrong passwords make of the data is noise that is not kept, so every run
 * has what is left of the budget, and the best one is to be charged.
 */
function openWithPasswords(
  { bytes, passwords }: Candidate,
  type: string,
  budget: Budget,
  closedItems: number,
): { result: SevenZipResult; password: Password } | null {
  let best: { result: SevenZipResult; password: Password } | null = null;
  let fewest = closedItems;
  let bestBytes = 0;
  for (const password of passwords) {
    const trial = new Budget(
      {
        ...budget.limits,
        expandedBytes: Math.max(0, budget.bytesLeft - bestBytes),
      },
      bytes.length,
    );
    const result = openWithSevenZip(bytes, type, trial, password.text);
    const closed = encryptedItems(result);
    // Sums tell whether it is noise, and a run that a limit ended has none.
    // A damaged archive looks open where nothing came out of it.
    if (result.limit !== null || !result.items.some(isOpen)) continue;
    if (closed < fewest) {
      best = { result, password };
      fewest = closed;
      bestBytes = result.items.reduce(
        (sum, { content }) => sum + (content?.length ?? 0),
        0,
      );
    }
    if (fewest === 0) break;
  }
  return best;
}

function isOpen({ content, fault }: SevenZipItem): boolean {
  return content !== null && fault !== "encrypted";
}

/** An archive whose names are encrypted counts as more than any number of items. */
function encryptedItems({ items, fault }: SevenZipResult): number {
  return fault === "encrypted"
    ? Infinity
    : items.filter((one) => one.fault === "encrypted").length;
}

/** One item as entries. */
export function* entriesOf(
  format: string,
  { name, content, fault }: SevenZipItem,
): Generator<Entry> {
  const unread = unreadFault(format, fault, content?.length ?? 0);
  // What is decrypted with a wrong key is noise.
  if (unread !== null)
    yield { kind: "unread", place: name, filename: name, ...unread };
  else
    yield {
      kind: "read",
      place: name,
      filename: name,
      declaredType: null,
      content: content ?? new Uint8Array(0),
    };
  if (unread === null && fault !== "none")
    yield {
      kind: "remark",
      finding: "malformed",
      name: `${format}-malformed`,
      aboutLastEntry: true,
    };
}

function* archiveEntries(
  format: string,
  { items, fault, limit }: SevenZipResult,
): Generator<Entry> {
  if (limit !== null || fault === "none") return;
  const opened = items.length > 0;
  const unread = unreadFault(format, fault, 0);
  if (unread !== null && !(opened && fault === "malformed"))
    yield { kind: "unread", place: null, filename: null, ...unread };
  else
    yield {
      kind: "remark",
      finding: "malformed",
      name: `${format}-malformed`,
    };
}

type Unread = Pick<
  Extract<Entry, { readonly kind: "unread" }>,
  "reason" | "name"
>;

/** Null where the bytes that were had are worth keeping. */
function unreadFault(
  format: string,
  fault: SevenZipFault,
  bytesHad: number,
): Unread | null {
  switch (fault) {
    case "none":
      return null;
    case "malformed":
      return bytesHad > 0
        ? null
        : { reason: "malformed", name: `${format}-malformed` };
    case "volume-missing":
      return bytesHad > 0
        ? null
        : { reason: "unsupported", name: `${format}-volume-missing` };
    case "unsupported":
      return { reason: "unsupported", name: `${format}-unsupported-method` };
    case "limit":
      return { reason: "limit", name: `${format}-memory` };
    case "encrypted":
      return { reason: "encrypted", name: `${format}-encrypted` };
  }
}
