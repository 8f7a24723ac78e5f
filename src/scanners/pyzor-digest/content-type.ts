// The Content-Type field as Python's email package reads it, which is what
// pyzor's digest depends on. Called by parts.ts and digest.ts.
//
// Where it differs from RFC 2045 is on purpose: a type without a slash is
// text/plain, a parameter's value may hold anything up to the next semicolon
// outside quotes, the boundary loses one more pair of quotes than it should.

import { strip } from "./python-text.ts";

/** `main/sub` in lower case; `fallback` where there is no such field. */
export function contentType(
  field: string | undefined,
  fallback: string,
): string {
  if (field === undefined) return fallback;
  const semicolon = field.indexOf(";");
  const type = strip(
    semicolon < 0 ? field : field.slice(0, semicolon),
  ).toLowerCase();
  return /^[^/]*\/[^/]*$/.test(type) ? type : "text/plain";
}

/** The charset parameter in lower case; null where there is none or it is not ASCII. */
export function charsetOf(field: string | undefined): string | null {
  const value = parameter(field, "charset")?.value ?? null;
  if (value === null || /[^\x00-\x7f]/.test(value)) return null;
  return value.toLowerCase();
}

/** The boundary parameter; null where there is none. */
export function boundaryOf(field: string | undefined): string | null {
  const found = parameter(field, "boundary");
  if (found === null) return null;
  const value = found.isExtended ? found.value : unquote(found.value);
  return `-${strip(`-${value}`)}`.slice(2);
}

interface Parameter {
  readonly value: string;
  /** With a charset in front (RFC 2231 4), percent-encoded. */
  readonly isExtended: boolean;
}

interface Segment {
  readonly number: number;
  readonly value: string;
  readonly isEncoded: boolean;
}

function parameter(
  field: string | undefined,
  wanted: string,
): Parameter | null {
  if (field === undefined) return null;
  const segments: Segment[] = [];
  for (const [index, text] of splitParameters(field).entries()) {
    const equals = text.indexOf("=");
    const name = strip(equals < 0 ? text : text.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? "" : strip(text.slice(equals + 1));
    // The type stands first, and is looked at like any parameter.
    const [, base, number] =
      index === 0 ? [] : (/^(\w+)\*(?:(\d+)\*?)?$/.exec(name) ?? []);
    if (base === undefined) {
      if (name !== wanted) continue;
      const plain = unquote(value);
      return {
        value: index === 0 ? plain : unquote(quote(plain)),
        isExtended: false,
      };
    }
    if (base === wanted)
      segments.push({
        number: Number(number ?? -1),
        value: unquote(value),
        isEncoded: name.endsWith("*"),
      });
  }
  return segments.length === 0 ? null : joined(segments);
}

/** RFC 2231 3 and 4. */
function joined(segments: Segment[]): Parameter {
  segments.sort((a, b) => a.number - b.number);
  const whole = segments
    .map(({ value, isEncoded }) => (isEncoded ? percentDecoded(value) : value))
    .join("");
  if (!segments.some(({ isEncoded }) => isEncoded))
    return { value: unquote(quote(whole)), isExtended: false };
  // charset'language'value
  const text = escaped(whole);
  const first = text.indexOf("'");
  const second = first < 0 ? -1 : text.indexOf("'", first + 1);
  return {
    value: unquote(`"${second < 0 ? text : text.slice(second + 1)}"`),
    isExtended: second >= 0,
  };
}

/** At semicolons before which the unescaped quotes are even in number. */
function splitParameters(field: string): string[] {
  const result: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < field.length; at += 1) {
    const character = field.charAt(at);
    if (character === '"' && (at === start || field.charAt(at - 1) !== "\\"))
      isQuoted = !isQuoted;
    // A semicolon that stands first ends its parameter whatever comes after.
    if (character !== ";" || (isQuoted && at > start)) continue;
    result.push(strip(field.slice(start, at)));
    start = at + 1;
    isQuoted = false;
  }
  result.push(strip(field.slice(start)));
  return result;
}

function unquote(text: string): string {
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"'))
    return text.slice(1, -1).replaceAll("\\\\", "\\").replaceAll('\\"', '"');
  if (text.length > 1 && text.startsWith("<") && text.endsWith(">"))
    return text.slice(1, -1);
  return text;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}

function quote(text: string): string {
  return `"${escaped(text)}"`;
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
