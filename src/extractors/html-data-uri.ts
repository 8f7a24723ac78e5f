// `data:` URIs in HTML, CSS and script (RFC 2397). Called by html.ts.

import type { Budget } from "../budget.ts";
import { base64DecodedBytes, decodeBase64 } from "../mime/base64.ts";
import type { Entry } from "./extractor.ts";

export interface DataUri {
  readonly entry: Entry;
  /** Neither a picture nor a font, and long enough to be a file. */
  readonly isFile: boolean;
}

// data:[<type>/<subtype>][;parameters][;base64],<data>
// Browsers drop tabs and line ends from addresses, in the scheme as well.
const scheme = /d[\t\r\n]{0,9}a[\t\r\n]{0,9}t[\t\r\n]{0,9}a[\t\r\n]{0,9}:/gi;
const maxHeader = 2048;
const header =
  /^\s{0,8}(?:[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64})?\s{0,8}(?:;[^,"'<>]{0,160})?$/;
// Fetch Standard, "data: URL processor": whatever stands before it, `;base64` right before the comma counts.
const base64Mark =
  /;[ \t\r\n]{0,9}b[\t\r\n]{0,9}a[\t\r\n]{0,9}s[\t\r\n]{0,9}e[\t\r\n]{0,9}6[\t\r\n]{0,9}4\s{0,9}$/i;
const markReach = 128;

// A shorter one is no file of interest to whoever smuggles.
const minFileBytes = 60;

/**
 * In order. Those in another one's data are found as well, which may cost the
 * same bytes twice: they are charged twice. Throws LimitReached.
 */
export function* dataUris(text: string, budget: Budget): Generator<DataUri> {
  scheme.lastIndex = 0;
  let count = 0;
  let comma = -1;
  for (
    let match = scheme.exec(text);
    match !== null;
    match = scheme.exec(text)
  ) {
    const start = match.index + match[0].length;
    // Looked for once and kept until passed.
    if (comma < start) comma = text.indexOf(",", start);
    if (comma < 0) return;
    if (comma - start > maxHeader) continue;
    const head = text.slice(start, comma);
    const isBase64 = base64Mark.test(head.slice(-markReach));
    if (!isBase64 && !header.test(head)) continue;
    const resume = comma + 1;
    const semicolon = head.indexOf(";");
    const stated = (semicolon < 0 ? head : head.slice(0, semicolon))
      .replace(/\s/g, "")
      .toLowerCase();
    const type = stated.includes("/") ? stated.slice(0, 128) : "text/plain";
    const parameters = semicolon < 0 ? "" : head.slice(semicolon).toLowerCase();
    const quote = quoteBefore(text, match.index);
    const end = isBase64
      ? base64End(text, resume, quote !== null)
      : uriEnd(text, resume, quote);
    const body = text.slice(resume, end);
    const content = isBase64
      ? decodeBase64Text(body, budget)
      : decodePercent(body, budget);
    // The generator may be left at any yield: the position is ours to keep.
    const next = isBase64 ? end : resume;
    if (content.length > 0) {
      const filename = downloadName(text, match.index, end);
      yield {
        entry: {
          kind: "read",
          place: filename ?? `data-${++count}`,
          filename,
          declaredType: type,
          charset: /charset=([\w-]{1,40})/.exec(parameters)?.[1] ?? null,
          content,
        },
        isFile:
          content.length >= minFileBytes && !/^(?:image|font)\//.test(type),
      };
    }
    scheme.lastIndex = next;
  }
}

/** Base64 text as bytes; percent escapes in it are decoded first. Charged. */
export function decodeBase64Text(body: string, budget: Budget): Uint8Array {
  const text = body.includes("%") ? unescapePercent(body) : body;
  // The URL-safe alphabet is met too; decodeBase64 knows the ordinary one.
  const ordinary = Buffer.from(
    text.replace(/[-_\\]/g, (c) => (c === "-" ? "+" : c === "_" ? "/" : " ")),
    "latin1",
  );
  budget.chargeBytes(base64DecodedBytes(ordinary.length));
  return decodeBase64(ordinary).bytes;
}

/** Percent-encoded text as bytes. Charged. */
export function decodePercent(body: string, budget: Budget): Uint8Array {
  budget.chargeBytes(body.length);
  return Buffer.from(unescapePercent(body), "latin1");
}

function unescapePercent(body: string): string {
  return body.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Blanks may stand between: browsers drop them. */
function quoteBefore(text: string, at: number): string | null {
  let from = at;
  while (from > 0 && at - from < 99 && (text.charCodeAt(from - 1) || 33) <= 32)
    from -= 1;
  const before = text[from - 1] ?? "";
  if (before === '"' || before === "'" || before === "`") return before;
  return before === "(" ? ")" : null;
}

const base64Run = /[A-Za-z0-9+/=%_\\-]*/y;
const quotedBase64Run = /[A-Za-z0-9+/=%_\\\s-]*/y;

function base64End(text: string, from: number, isQuoted: boolean): number {
  const run = isQuoted ? quotedBase64Run : base64Run;
  run.lastIndex = from;
  return from + (run.exec(text)?.[0].length ?? 0);
}

const unquotedEnd = /[\s"'<>`)]/g;

function uriEnd(text: string, from: number, quote: string | null): number {
  let end: number;
  if (quote === null) {
    unquotedEnd.lastIndex = from;
    end = unquotedEnd.exec(text)?.index ?? -1;
  } else end = text.indexOf(quote, from);
  return end < 0 ? text.length : end;
}

// The rest of the tag is not far away.
const tagReach = 512;
const download = /\sdownload\s{0,8}=\s{0,8}["']?([^"'\s<>]{1,255})/i;

/** The name that a `download` attribute in the same tag gives. */
function downloadName(text: string, start: number, end: number): string | null {
  const before = text.slice(Math.max(0, start - tagReach), start);
  const after = text.slice(end, end + tagReach);
  const close = after.indexOf(">");
  return (
    download.exec(before.slice(before.lastIndexOf("<") + 1))?.[1] ??
    download.exec(close < 0 ? after : after.slice(0, close))?.[1] ??
    null
  );
}
