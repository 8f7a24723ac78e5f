// The decoded content of one leaf, in every reading of its transfer encoding
// (RFC 2045 6). Bodies are never made into strings, and content that is not
// encoded is a view into the message.

import type { Budget } from "../budget.ts";
import {
  base64DecodedBytes,
  decodeBase64,
  type DecodedBase64,
} from "./base64.ts";
import { asBuffer, latin1 } from "./bytes.ts";
import { decodeCharset, hidesAscii, isEbcdic } from "./charset.ts";
import { parseHeader } from "./header.ts";
import type { Encoding, PartHeader } from "./part-header.ts";
import { decodeQuotedPrintable } from "./quoted-printable.ts";
import type { MimeRemark } from "./remarks.ts";
import type { Leaf, Range, WalkItem } from "./walk-item.ts";

export interface LeafInput {
  readonly header: PartHeader;
  /** Media types declared; empty where none is. */
  readonly types: readonly string[];
  readonly section: string;
  /** As it stands in the message, still encoded. */
  readonly content: Uint8Array;
  readonly range: Range | null;
}

/** `encodings`: those of the header's that are still to be read. */
export function* readLeaf(
  input: LeafInput,
  encodings: readonly Encoding[],
  budget: Budget,
): Generator<WalkItem> {
  const { header, content } = input;
  const leaf = (suffix: string, bytes: Uint8Array): Leaf => ({
    kind: "leaf",
    section: input.section + suffix,
    types: input.types,
    filenames: header.filenames,
    charset: header.charset,
    content: bytes,
    range: input.range,
  });
  const isMessage = input.types.some((type) => type.startsWith("message/"));
  let first: Uint8Array | null = null;
  for (const encoding of encodings) {
    const decoded = decode(content, encoding, budget);
    const { bytes } = decoded;
    if (first !== null && asBuffer(first).equals(bytes)) continue;
    yield leaf(first === null ? "" : `~${encoding}`, bytes);
    if (first !== null) yield remark("mime-two-transfer-encodings");
    first ??= bytes;
    if (encoding === "base64")
      yield* otherBase64(content, decoded, leaf, budget);
    if (isMessage && bytes !== content && !asBuffer(bytes).equals(content)) {
      yield remark("mime-encoded-message");
      if (!encodings.includes("identity") && hasHeader(content, budget))
        yield leaf("~identity", content);
    }
  }
  if (first === null) return;
  if (header.isUnknownEncoding && looksLikeBase64(content)) {
    yield leaf("~base64", decode(content, "base64", budget).bytes);
    yield remark("mime-unknown-transfer-encoding");
  }
  // Readers that take the second type open a message where others show text.
  if (isMessage && !input.types[0]?.startsWith("message/"))
    yield {
      ...leaf("~message", first),
      types: input.types.filter((type) => type.startsWith("message/")),
    };
  const { charset } = header;
  if (charset !== null && hidesAscii(charset)) {
    // Nobody who looks for ASCII sees anything in UTF-7 or UTF-16.
    budget.chargeBytes(first.length * 2);
    const text = decodeCharset(first, charset);
    yield leaf("~utf-8", Buffer.from(text, "utf8"));
  } else if (charset !== null && isEbcdic(charset))
    yield { kind: "unsupported", name: "mime-charset-ebcdic" };
  yield* unfollowed(input);
}

/** RFC 2046 5.2.2 and 5.2.3: what is here is not all that the reader will see. */
function* unfollowed(input: LeafInput): Generator<WalkItem> {
  const name = input.types.includes("message/partial")
    ? "mime-partial"
    : input.types.includes("message/external-body")
      ? "mime-external-body"
      : null;
  if (name !== null) yield { kind: "unsupported", name };
}

/** Readings of base64 whose padding or junk readers take differently. */
function* otherBase64(
  content: Uint8Array,
  decoded: DecodedBase64,
  leaf: (suffix: string, bytes: Uint8Array) => Leaf,
  budget: Budget,
): Generator<WalkItem> {
  if (decoded.firstUnitEnd !== null) {
    yield leaf("~padding", decoded.bytes.subarray(0, decoded.firstUnitEnd));
    const whole = decode(content, "base64", budget, true).bytes;
    if (!asBuffer(whole).equals(decoded.bytes)) yield leaf("~unpadded", whole);
    yield remark("mime-base64-padding");
  }
  // More than one byte in eight is neither alphabet nor white space: text.
  if (decoded.junk * 8 > content.length) {
    yield leaf("~identity", content);
    yield remark("mime-base64-junk");
  }
}

function decode(
  content: Uint8Array,
  encoding: Encoding,
  budget: Budget,
  paddingIsJunk = false,
): DecodedBase64 {
  switch (encoding) {
    case "base64":
      budget.chargeBytes(base64DecodedBytes(content.length));
      return decodeBase64(content, paddingIsJunk);
    case "quoted-printable":
      budget.chargeBytes(content.length);
      return {
        bytes: decodeQuotedPrintable(content),
        firstUnitEnd: null,
        junk: 0,
      };
    case "identity":
      return { bytes: content, firstUnitEnd: null, junk: 0 };
    default:
      return encoding satisfies never;
  }
}

function hasHeader(content: Uint8Array, budget: Budget): boolean {
  return parseHeader(content, budget.limits).fields.length > 0;
}

/** Its first lines are long runs of the alphabet and nothing else. */
function looksLikeBase64(content: Uint8Array): boolean {
  const head = latin1(content.subarray(0, 2048)).trim();
  return /^[A-Za-z0-9+/=\r\n]{20,}$/.test(head) && /^[^\r\n]{16}/.test(head);
}

function remark(name: MimeRemark): WalkItem {
  return { kind: "remark", name, aboutLast: true };
}
