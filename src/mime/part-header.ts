// What the MIME fields of one part say, in every reading: media types,
// boundaries, transfer encodings, names (RFC 2045, RFC 2183). The first of
// each list is what most readers take.

import type { HeaderField } from "../mail.ts";
import { decodeWords, unfold } from "./encoded-word.ts";
import type { MimeRemark } from "./remarks.ts";
import { readParameter } from "./rfc2231.ts";
import {
  grepBoundary,
  parseNaively,
  parseStructured,
  trimBlanks,
  withoutComments,
  type Parameter,
} from "./structured-field.ts";

export type Encoding = "identity" | "base64" | "quoted-printable";

export interface BoundaryReading {
  /** One character a byte. */
  readonly value: string;
  /** The remark that it is worth if it shows other content; null for the usual reading. */
  readonly because: MimeRemark | null;
  /** Too unlikely to look for any but proper delimiters of it. */
  readonly isStrict: boolean;
}

/** RFC 2045 5.1: what no token holds. */
const tspecials = /[\0-\x20()<>@,;:\\"/[\]?=]/;

export interface PartHeader {
  /** Media types declared, distinct, lower-case. */
  readonly types: readonly string[];
  readonly boundaries: readonly BoundaryReading[];
  /** Never empty. */
  readonly encodings: readonly Encoding[];
  /** The transfer encoding is none that anybody knows. */
  readonly isUnknownEncoding: boolean;
  /** Raw names, decoded, distinct. */
  readonly filenames: readonly string[];
  readonly charset: string | null;
  readonly remarks: readonly MimeRemark[];
}

/** More copies of one field, or readings of one boundary, than anybody needs to fool one more reader. */
const maxReadings = 8;

const maxNameEnd = 4096;

const fieldNames = new Set([
  "content-type",
  "content-disposition",
  "content-transfer-encoding",
]);

export function readPartHeader(fields: readonly HeaderField[]): PartHeader {
  const values = new Map<string, string[]>();
  const remarks = new Set<MimeRemark>();
  for (const field of fields) {
    const name = mimeFieldName(field.name);
    if (name === null) continue;
    if (name.length !== field.name.length) remarks.add("mime-field-name-odd");
    const known = values.get(name) ?? [];
    const value = unfold(field.value);
    if (!known.includes(value) && known.length < maxReadings) known.push(value);
    values.set(name, known);
  }
  const contentTypes = values.get("content-type") ?? [];
  const dispositions = values.get("content-disposition") ?? [];
  const structured = contentTypes.map(parseStructured);
  const naive = contentTypes.map(parseNaively);
  const types = distinct(
    structured.map((f) => f.value).filter((type) => type.includes("/")),
  );
  // `multipart` alone, or in the wrong place: some readers take it for one.
  if (
    !types.some((type) => type.startsWith("multipart/")) &&
    structured.some((f) => f.value.includes("multipart"))
  ) {
    types.push("multipart/mixed");
    remarks.add("mime-two-types");
  }
  if (types.length > 1) remarks.add("mime-two-types");
  const disposed = dispositions.map(parseStructured);
  const disposedNaively = dispositions.map(parseNaively);
  const encodings = readEncodings(
    values.get("content-transfer-encoding") ?? [],
    remarks,
  );
  const boundaries = types.some((type) => type.startsWith("multipart/"))
    ? readBoundaries(
        contentTypes,
        structured.map((f) => f.parameters),
        naive.map((f) => f.parameters),
        [...disposed, ...disposedNaively].flatMap((f) => f.parameters),
        remarks,
      )
    : [];
  const filenames = distinct([
    ...disposed.flatMap((f) => readNames(f.parameters, "filename")),
    ...structured.flatMap((f) => readNames(f.parameters, "name")),
    ...disposedNaively.flatMap((f) => readNames(f.parameters, "filename")),
    ...naive.flatMap((f) => readNames(f.parameters, "name")),
  ]).slice(0, maxReadings);
  for (const { parameters } of disposed)
    if (hasTwoNames(parameters)) remarks.add("mime-duplicate-filename");
  const charset = structured
    .flatMap((f) => {
      const { plain, extended } = readParameter(f.parameters, "charset");
      return [...plain, ...extended];
    })
    .at(0);
  return {
    types,
    boundaries,
    ...encodings,
    filenames,
    charset: charset === undefined ? null : charset.toLowerCase(),
    remarks: [...remarks],
  };
}

/** The name in lower case where it is one of ours, even written oddly: `Content-Type(meow)`, NUL or controls within. */
function mimeFieldName(raw: string): string | null {
  // Nothing shorter can be one; and most fields are told by their first letter.
  const first = raw.charCodeAt(0) | 0x20;
  if (raw.length > 1000 || (first !== 0x63 && first >= 0x61 && first < 0x7f))
    return null;
  const lower = raw.toLowerCase();
  if (fieldNames.has(lower)) return lower;
  if (!/[^\x21-\x7E]|\(/.test(lower)) return null;
  const plain = withoutComments(lower).replace(/[^\x21-\x7E]/g, "");
  return fieldNames.has(plain) ? plain : null;
}

function readBoundaries(
  raw: readonly string[],
  structured: readonly (readonly Parameter[])[],
  naive: readonly (readonly Parameter[])[],
  elsewhere: readonly Parameter[],
  remarks: Set<MimeRemark>,
): BoundaryReading[] {
  const readings: BoundaryReading[] = [];
  const add = (
    value: string | null,
    because: MimeRemark | null,
    isStrict = false,
  ) => {
    // RFC 2046 5.1.1: a boundary does not end in white space.
    const boundary = value?.replace(/[ \t\r\n\0]{1,100}$/, "") ?? null;
    if (boundary === null || readings.some((r) => r.value === boundary)) return;
    if (readings.length < maxReadings)
      readings.push({
        value: boundary,
        because: readings.length === 0 ? null : because,
        isStrict,
      });
  };
  const plain = structured.map((p) => readParameter(p, "boundary"));
  for (const value of plain.flatMap((p) => p.plain))
    add(value, "mime-two-boundaries");
  if (readings.length > 1) remarks.add("mime-two-boundaries");
  if (readings.length === 0 && plain.some((p) => p.extended.length > 0))
    remarks.add("mime-boundary-encoded");
  for (const value of plain.flatMap((p) => p.extended))
    add(value, "mime-boundary-encoded");
  for (const parameters of naive)
    for (const value of readParameter(parameters, "boundary").plain)
      add(value, "mime-boundary-syntax");
  for (const value of raw) add(grepBoundary(value), "mime-boundary-syntax");
  if (readings.length === 0) remarks.add("mime-no-boundary");
  const others = readParameter(elsewhere, "boundary");
  for (const value of [...others.plain, ...others.extended])
    add(value, "mime-boundary-elsewhere");
  for (const { value } of [...readings]) {
    add(trimBlanks(value).replace(/^'(.*)'$/, "$1"), "mime-boundary-syntax");
    if (value.includes("=?")) add(decodeWords(value), "mime-boundary-encoded");
    // RFC 2046 5.1.1: 70 characters at most; some readers cut there.
    if (value.length > 70) add(value.slice(0, 70), "mime-boundary-syntax");
    // Some drop stray quotes, some end an unquoted value where a token ends.
    if (value.includes('"'))
      add(value.replaceAll('"', ""), "mime-boundary-syntax", true);
    const token = value.slice(0, value.search(tspecials) >>> 0);
    if (token !== "") add(token, "mime-boundary-syntax", true);
  }
  return readings;
}

function readEncodings(
  values: readonly string[],
  remarks: Set<MimeRemark>,
): { encodings: readonly Encoding[]; isUnknownEncoding: boolean } {
  const found: Encoding[] = [];
  let isUnknownEncoding = false;
  for (const value of values) {
    const token = trimBlanks(value).toLowerCase();
    const known = encodingTokens.get(token);
    if (known !== undefined) {
      found.push(known);
      continue;
    }
    const letters = withoutComments(token).replace(/[^a-z0-9]/g, "");
    if (letters.includes("base64")) {
      remarks.add("mime-odd-transfer-encoding");
      found.push("base64");
    } else if (/quotedprint|^qp$/.test(letters)) {
      remarks.add("mime-odd-transfer-encoding");
      found.push("quoted-printable");
    } else {
      isUnknownEncoding ||= !/^x?(7|8)bits?|^binary|^none|^x?uu/.test(letters);
      found.push("identity");
    }
  }
  const encodings = distinct(found);
  if (remarks.has("mime-odd-transfer-encoding") && encodings.length === 1)
    encodings.push("identity");
  return {
    encodings: encodings.length === 0 ? ["identity"] : encodings,
    isUnknownEncoding,
  };
}

const encodingTokens = new Map<string, Encoding>([
  ["base64", "base64"],
  ["quoted-printable", "quoted-printable"],
  ["7bit", "identity"],
  ["8bit", "identity"],
  ["binary", "identity"],
]);

function readNames(
  parameters: readonly Parameter[],
  name: "filename" | "name",
): string[] {
  const { extended, plain } = readParameter(parameters, name);
  // RFC 6266 4.3, also what mail readers do: the extended form is preferred.
  return [...extended, ...plain.map((value) => decodeWords(cut(value)))].filter(
    (text) => text !== "",
  );
}

/** Nobody is shown more; the beginning and the ending are kept. */
function cut(name: string): string {
  return name.length > 2 * maxNameEnd
    ? name.slice(0, maxNameEnd) + name.slice(-maxNameEnd)
    : name;
}

/** `filename` or its extended form is given more than once, and the last extensions differ. */
function hasTwoNames(parameters: readonly Parameter[]): boolean {
  const extensions = distinct(
    readNames(parameters, "filename").map((name) =>
      name.slice(name.lastIndexOf(".") + 1).toLowerCase(),
    ),
  );
  return extensions.length > 1;
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
