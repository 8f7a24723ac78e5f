// The formats that 7-Zip opens for us (seven-zip-formats.ts), as extractors,
// one for each of our format names. What 7-Zip is and is not allowed is in
// seven-zip-host.ts; how its words are understood, in seven-zip-run.ts.
//
// Ignored: dates, owners, permissions, comments, the archive's own checksums
// of headers beyond what 7-Zip tests. Directories are no entries. Links are
// entries whose content is the target (symbolic) or the same bytes again
// (hard). Further volumes of a split archive are not looked for.

import type { Budget } from "../budget.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
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

/** `passwords` are tried in order where it is encrypted; each costs a run. */
export function* sevenZipEntries(
  { format, type, stream = false }: SevenZipFormat,
  candidate: Candidate,
  budget: Budget,
  passwords: readonly string[] = [],
): Generator<Entry> {
  let result = openWithSevenZip(candidate.bytes, type, budget);
  // What opens with one password is all taken from that run.
  for (const password of passwords) {
    if (!isEncrypted(result) || result.limit !== null) break;
    const tried = openWithSevenZip(candidate.bytes, type, budget, password);
    if (!isEncrypted(tried)) result = tried;
  }
  for (const item of result.items) {
    // 7-Zip calls a nameless file after the archive, "a" here.
    const name =
      stream && /^a~?$/.test(item.name)
        ? innerName(candidate.filename)
        : item.name;
    yield* entriesOf(format, { ...item, name });
  }
  yield* archiveEntries(format, result);
  if (result.limit !== null) throw result.limit;
}

function isEncrypted({ items, fault }: SevenZipResult): boolean {
  return (
    fault === "encrypted" || items.some((one) => one.fault === "encrypted")
  );
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
