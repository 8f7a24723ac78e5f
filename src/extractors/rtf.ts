// RTF: the objects embedded in it, and the HTML that Outlook wraps in it.
// (RTF 1.9.1; MS-OXRTFEX for the latter.)
//
// Object data is hex between braces. Word skips nearly everything there that
// isn't hex, and malware fills it with blanks, control words, groups and
// \bin runs; what of a nested group counts is told differently by different
// readers, so both readings are followed where they differ.

import type { Budget } from "../budget.ts";
import { latin1 } from "../mime/bytes.ts";
import { hasSignature } from "./archive-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { HexSink } from "./rtf-hex.ts";
import { encapsulated } from "./rtf-html.ts";
import { objectEntries } from "./rtf-object.ts";
import { RtfTokens } from "./rtf-tokens.ts";
import { chargingParts } from "./ole-parts.ts";

// Word opens whatever begins so, after white space, as RTF.
const signature = "{\\rt";
const maxLeadingBlanks = 64;

export const rtf: Extractor = {
  format: "rtf",
  recognizes: ({ bytes }) => {
    let at = 0;
    while (at < maxLeadingBlanks && (bytes[at] ?? 0x21) <= 0x20) at += 1;
    return hasSignature(bytes, signature, at);
  },
  entries: chargingParts(rtfEntries),
};

/** Control words that make a remark, whatever their number. */
const remarks: ReadonlyMap<string, string> = new Map([
  ["objautlink", "rtf-auto-link"], // fetched when opened
  ["objupdate", "rtf-object-update"], // run when opened
]);

interface OpenData {
  readonly depth: number;
  /** All hex digits. */
  readonly all: HexSink;
  /** Without ignorable groups (`{\*`); null as long as there is none. */
  strict: HexSink | null;
  /** Depth of the ignorable group that is open; 0: none. */
  ignoring: number;
}

function* rtfEntries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
  const tokens = new RtfTokens(bytes);
  const seen = new Set<string>();
  let depth = 0;
  let data: OpenData | null = null;
  let objects = 0;
  let afterOpen = false;
  let isEncapsulated = false;
  let template = 0;
  for (let token = tokens.next(); token.kind !== "end"; token = tokens.next()) {
    const opened: boolean = afterOpen;
    afterOpen = token.kind === "open";
    switch (token.kind) {
      case "open":
        depth += 1;
        break;
      case "close":
        depth = Math.max(0, depth - 1);
        if (data === null) break;
        if (data.ignoring > depth) data.ignoring = 0;
        if (depth >= data.depth) break;
        yield* finish(data, ++objects, budget);
        data = null;
        break;
      case "symbol":
        if (template === depth && token.word === "\\") {
          template = 0;
          seen.add("rtf-external-template"); // \\server
        }
        if (token.word !== "*" || !opened || data === null) break;
        if (data.ignoring !== 0 || depth <= data.depth) break;
        data.strict ??= data.all.clone();
        data.ignoring = depth;
        break;
      case "bin":
      case "text":
        if (data !== null) {
          const isHex = token.kind === "text";
          data.all.add(bytes, token.start, token.end, isHex);
          if (data.ignoring === 0)
            data.strict?.add(bytes, token.start, token.end, isHex);
        } else if (template === depth && depth > 0) {
          template = 0;
          // A template elsewhere brings macros along; Word keeps local paths.
          if (
            /^\s*(?:https?:|ftp:|\\\\|file:\/\/[^/])/i.test(
              latin1(bytes, token.start, token.start + 32),
            )
          )
            seen.add("rtf-external-template");
        }
        break;
      case "word":
        if (token.word === "objdata" || token.word === "datastore") {
          if (data !== null) yield* finish(data, ++objects, budget);
          data = { depth, all: new HexSink(), strict: null, ignoring: 0 };
        } else if (token.word === "fromhtml") isEncapsulated = true;
        else if (token.word === "template") template = depth;
        else if (template === depth && token.word === "u")
          seen.add("rtf-external-template"); // An address in disguise.
        else {
          const remark = remarks.get(token.word);
          if (remark !== undefined) seen.add(remark);
        }
        break;
      case "hex":
        if (template === depth && depth > 0) seen.add("rtf-external-template");
        break;
      default:
    }
  }
  if (data !== null) yield* finish(data, ++objects, budget);
  for (const name of seen) yield { kind: "remark", finding: "macro", name };
  if (isEncapsulated) yield* encapsulated(bytes, budget);
}

function* finish(
  { all, strict }: OpenData,
  number: number,
  budget: Budget,
): Generator<Entry> {
  const readings = strict === null ? [all] : [all, strict];
  for (const [index, sink] of readings.entries()) {
    const bytes = sink.bytes;
    if (bytes.length === 0) continue;
    budget.chargeBytes(bytes.length);
    const place = `object-${number}${index === 0 ? "" : "-strict"}`;
    yield* objectEntries(bytes, place);
  }
}

// Ignored: pictures (\pict), themes and document variables; text, but for
// HTML from Outlook; \'hh within object data, which Word skips.
