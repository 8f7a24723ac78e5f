// Files within calendars (RFC 5545 3.8.1.1, ATTACH) and visiting cards (RFC
// 2426 2.4.1, vCard 2.1): values in base64. Calendar programs save what is
// attached to an appointment like any attachment.
//
// Any property counts, whatever its name, and both spellings of the encoding.

import type { Budget } from "../budget.ts";
import { base64DecodedBytes, decodeBase64 } from "../mime/base64.ts";
import { asBuffer } from "../mime/bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";

const types = /^text\/(?:x-)?v?(?:calendar|card)$/;
const names = /\.(?:ics|ical|ifb|vcs|vcf|vcard|vnt)$/i;
const begins = /^BEGIN[ \t]{0,9}:[ \t]{0,9}V(?:CALENDAR|CARD|NOTE)/im;

export const vobject: Extractor = {
  format: "vobject",
  recognizes: ({ bytes, declaredType, detectedType, filename }) =>
    (types.test(detectedType) ||
      types.test(declaredType ?? "") ||
      names.test(filename ?? "")) &&
    begins.test(asBuffer(bytes).toString("latin1", 0, 65_536)),
  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    // RFC 5545 3.1: a line end and a blank fold a line.
    const lines = asBuffer(bytes)
      .toString("latin1")
      .replace(/\r?\n[ \t]/g, "")
      .split(/\r?\n|\r/);
    let count = 0;
    for (let at = 0; at < lines.length; at++) {
      const property = readProperty(lines[at] ?? "");
      if (property === null) continue;
      const pieces = [property.value];
      // vCard 2.1 is also written with lines that are not indented.
      while (isBase64Line(lines[at + 1])) pieces.push(lines[++at] ?? "");
      const value = Buffer.from(pieces.join(""), "latin1");
      budget.chargePart();
      budget.chargeBytes(base64DecodedBytes(value.length));
      const content = decodeBase64(value).bytes;
      if (content.length === 0) continue;
      yield {
        kind: "read",
        place: property.filename ?? `data-${++count}`,
        filename: property.filename,
        declaredType: property.type,
        content,
      };
    }
  },
};

interface Property {
  readonly filename: string | null;
  readonly type: string | null;
  readonly value: string;
}

/** Null where the value is not in base64. `name;parameters:value`; a vCard 4 has `data:` URIs (RFC 6350 6.7.4). */
function readProperty(line: string): Property | null {
  const colon = valueAt(line);
  if (colon < 0) return null;
  const head = line.slice(0, Math.min(colon, 4096));
  const value = line.slice(colon + 1);
  const uri = /^\s{0,9}data:([^,]{0,999}?);\s{0,9}base64\s{0,9},/i.exec(
    value.slice(0, 1100),
  );
  const isBase64 =
    /;[ \t]{0,9}(?:ENCODING[ \t]{0,9}=[ \t]{0,9}"?)?(?:BASE64|B)"?[ \t]{0,9}(?:;|$)/i;
  if (uri === null && !isBase64.test(head)) return null;
  const parameter = (name: string): string | null =>
    new RegExp(
      `;[ \\t]{0,9}${name}[ \\t]{0,9}=[ \\t]{0,9}(?:"([^"]{1,999})|([^;"]{1,999}))`,
      "i",
    )
      .exec(head)
      ?.slice(1)
      .join("") ?? null;
  const type = uri?.[1]?.split(";")[0] ?? parameter("FMTTYPE");
  return {
    filename: parameter("(?:X-(?:APPLE-)?|X-ORACLE-)?FILENAME"),
    type: type === null || type === "" ? null : type.toLowerCase(),
    value: uri === null ? value : value.slice(uri[0].length),
  };
}

/** Offset of the colon that ends the parameters, of which some are quoted; -1 for none. */
function valueAt(line: string): number {
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (char === ":" && !isQuoted) return at;
  }
  return -1;
}

function isBase64Line(line: string | undefined): boolean {
  return line !== undefined && /^[A-Za-z0-9+/]{4,}={0,2}\s*$/.test(line);
}

// Ignored: links, text, quoted-printable values, which scanners see as they stand.
