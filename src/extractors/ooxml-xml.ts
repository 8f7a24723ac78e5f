// As much of XML as is needed to look into parts of Office documents: text
// whatever its encoding, tags, attributes. For ooxml.ts. Not a parser:
// well-formedness, namespaces and entities other than numeric ones don't
// matter for what is looked for. Linear.

import { asBuffer } from "../mime/bytes.ts";

export interface XmlTag {
  /** Local name. Those of end tags start with a slash. */
  readonly name: string;
  /** All after the name. */
  readonly attributes: string;
  /** Offset after the `>`. */
  readonly end: number;
}

/** The text, decoded by byte order mark or by how `<` is written (XML 1.0, appendix F). */
export function xmlText(bytes: Uint8Array): string {
  const first = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const buffer = asBuffer(bytes);
  if (first === 0xfffe || first === 0x3c00) return buffer.toString("utf16le");
  if (first === 0xfeff || first === 0x003c)
    return Buffer.from(buffer.subarray(0, bytes.length & ~1))
      .swap16()
      .toString("utf16le");
  return buffer.toString("utf8");
}

/** Blanks may stand before a root element; more than this is no document. */
const maxLead = 65_536;

/** Could be XML: the first character that is neither blank nor mark is `<`. */
export function looksLikeXml(bytes: Uint8Array): boolean {
  for (let at = 0; at < Math.min(bytes.length, maxLead); at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x3c) return true;
    if (byte > 0x20 && byte < 0x80) return false;
  }
  return false;
}

const nameEnd = /[\s/>]/g;

/** Start and end tags in order; comments, declarations and CDATA are passed over. */
export function* xmlTags(text: string): Generator<XmlTag> {
  let at = text.indexOf("<");
  while (at >= 0) {
    const skipped = skip(text, at);
    if (skipped > at) {
      at = text.indexOf("<", skipped);
      continue;
    }
    const end = tagEnd(text, at + 1);
    nameEnd.lastIndex = at + 2;
    const nameStop = Math.min(nameEnd.exec(text)?.index ?? end, end);
    const isEnd = text[at + 1] === "/";
    const name = text.slice(at + (isEnd ? 2 : 1), nameStop);
    const local = name.slice(name.indexOf(":") + 1);
    yield {
      name: isEnd ? `/${local}` : local,
      attributes: text.slice(nameStop, end),
      end: end + 1,
    };
    at = text.indexOf("<", end + 1);
  }
}

/** After a comment, CDATA section, declaration or instruction at `at`; `at` where a tag is. */
function skip(text: string, at: number): number {
  const after = (mark: string): number => {
    const found = text.indexOf(mark, at);
    return found < 0 ? text.length : found + mark.length;
  };
  if (text.startsWith("<!--", at)) return after("-->");
  if (text.startsWith("<![CDATA[", at)) return after("]]>");
  if (text.startsWith("<?", at)) return after("?>");
  if (text.startsWith("<!", at)) return after(">");
  return at;
}

/** Offset of the `>` that is not within quotes, or the text's end. */
function tagEnd(text: string, from: number): number {
  let quote = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 0x22 || code === 0x27) quote = code;
    else if (code === 0x3e) return at;
  }
  return text.length;
}

// Attributes are short; this many characters of a tag are searched for one.
const maxAttributes = 16_384;

/** An attribute's value by local name, numeric references decoded; null where it isn't there. */
export function xmlAttribute(tag: XmlTag, name: string): string | null {
  const text = tag.attributes.slice(0, maxAttributes);
  const pattern = new RegExp(`[\\s:]${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`);
  const match = pattern.exec(text);
  if (match === null) return null;
  return (match[1] ?? match[2] ?? "").replace(
    /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi,
    (whole, hex: string | undefined, decimal: string | undefined) => {
      const code = Number.parseInt(
        hex ?? decimal ?? "",
        hex === undefined ? 10 : 16,
      );
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/** Text of the element that `tag` opens, up to its end tag or the next element: comments dropped, CDATA and numeric entities resolved. */
export function xmlElementText(text: string, { end }: XmlTag): string {
  const pieces: string[] = [];
  let at = end;
  for (;;) {
    const next = text.indexOf("<", at);
    const stop = next < 0 ? text.length : next;
    pieces.push(resolveNumeric(text.slice(at, stop)));
    if (next < 0) break;
    const after = skip(text, next);
    if (after === next) break;
    if (text.startsWith("<![CDATA[", next))
      pieces.push(text.slice(next + 9, Math.max(next + 9, after - 3)));
    at = after;
  }
  return pieces.join("");
}

/** Those of ASCII: what base64 is written with. */
function resolveNumeric(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&#(?:x0{0,8}([0-9a-f]{1,2})|0{0,8}(\d{1,3}));/gi,
    (_, hex: string | undefined, decimal: string | undefined) =>
      String.fromCharCode(
        hex === undefined ? Number(decimal) : Number.parseInt(hex, 16),
      ),
  );
}
