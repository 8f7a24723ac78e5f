// The bodies of a message in MAPI properties (MS-OXCMSG 2.2.1.56, MS-OXRTFCP)
// as entries. Called by tnef.ts and msg.ts.

import type { Budget } from "../budget.ts";
import { u16le } from "./archive-bytes.ts";
import type { Entry } from "./extractor.ts";
import { decompressRtf } from "./lzfu.ts";
import { mapiId, type MapiProperties, mapiType } from "./mapi.ts";
import { integer, texts } from "./mapi-text.ts";
import { codepageCharset } from "./ole-text.ts";

/** Text, HTML and RTF bodies of a message, and what stood in its header. */
export function* bodies(
  properties: MapiProperties,
  place: string,
  codepage: number,
  budget: Budget,
): Generator<Entry> {
  yield* headerSummary(properties, place, codepage, budget);
  const htmlCodepage = integer(properties, mapiId.internetCodepage) ?? codepage;
  for (const { type, bytes } of properties.get(mapiId.body) ?? [])
    yield textEntry(`${place}body.txt`, "text/plain", type, bytes, codepage);
  for (const { type, bytes } of properties.get(mapiId.html) ?? [])
    yield textEntry(
      `${place}body.html`,
      "text/html",
      type,
      bytes,
      htmlCodepage,
    );
  for (const { bytes } of properties.get(mapiId.rtfCompressed) ?? []) {
    const rtf = decompressRtf(bytes, budget);
    yield rtf === null
      ? {
          kind: "unread",
          place: `${place}body.rtf`,
          filename: null,
          reason: "malformed",
          name: "mapi-rtf-broken",
        }
      : {
          kind: "read",
          place: `${place}body.rtf`,
          filename: null,
          declaredType: "application/rtf",
          content: rtf,
        };
  }
}

/** A body as it stands, with its charset named rather than converted. */
export function textEntry(
  place: string,
  declaredType: string,
  type: number,
  bytes: Uint8Array,
  codepage: number,
): Entry {
  const unicode = type === mapiType.unicode;
  const step = unicode ? 2 : 1;
  let end = bytes.length - (bytes.length % step);
  while (
    end >= step &&
    (unicode ? u16le(bytes, end - 2) : bytes[end - 1]) === 0
  )
    end -= step;
  return {
    kind: "read",
    place,
    filename: null,
    declaredType,
    charset: unicode ? "utf-16le" : codepageCharset(codepage),
    content: bytes.subarray(0, end),
  };
}

// A received header, as text; ordinary ones have under 100 KiB.
const headerBytes = 1 << 20;

// For content rules: subject, sender and message class (`IPM.Note.SMIME`
// tells of a signed or encrypted message) as header lines, one text a message.
function* headerSummary(
  properties: MapiProperties,
  place: string,
  codepage: number,
  budget: Budget,
): Generator<Entry> {
  const lines: string[] = [];
  for (const headers of texts(
    properties,
    mapiId.transportHeaders,
    codepage,
    headerBytes,
  ))
    lines.push(headers.trimEnd());
  const fields = [
    ["X-Message-Class", mapiId.messageClass],
    ["From", mapiId.senderName],
    ["From", mapiId.senderAddress],
    ["To", mapiId.displayTo],
    ["Subject", mapiId.subject],
  ] as const;
  for (const [name, id] of fields)
    for (const text of texts(properties, id, codepage))
      lines.push(`${name}: ${text.replace(/[\r\n]/g, " ")}`);
  if (lines.length === 0) return;
  const content = Buffer.from(`${lines.join("\r\n")}\r\n`, "utf8");
  budget.chargeBytes(content.length);
  yield {
    kind: "read",
    place: `${place}header.txt`,
    filename: null,
    declaredType: "text/plain",
    charset: "utf-8",
    content,
    leaf: true,
  };
}
