// Perl's regular expressions of qmail-scanner's file, for an engine that is not
// Perl's: what RE2 can say is kept, what is only an address or a network becomes
// one, all else is a reason to note. Nothing here is run as an expression of
// JavaScript's. Called by qmail-scanner-events.ts, which has loaded RE2.

import { isIPv4 } from "node:net";

import { checkRegex } from "../regex.ts";

const maxCharacters = 1000;

export type Translated =
  | { readonly kind: "done"; readonly value: string }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * For the whole of a header field's value, whatever its case, as
 * qmail-scanner's documentation has it: `You are 0wNed` is `^You are 0wNed$`.
 */
export function wholeValueRegex(pattern: string): Translated {
  if (pattern.length > maxCharacters)
    return failed(
      `an expression of more than ${maxCharacters} characters is not taken over`,
    );
  // In RE2 a vertical tabulator alone, in Perl any vertical blank.
  if (/\\v/.test(pattern))
    return failed("\\v does not mean the same in RE2 as in Perl");
  const value = `(?i)^(?:${pattern})$`;
  try {
    // By itself first: `a)(b` would fit into our group.
    checkRegex(pattern);
    checkRegex(value);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return failed(`RE2 cannot say it: ${cause}`);
  }
  return { kind: "done", value };
}

/** `user@domain`, or `@domain` for `.*@domain`. */
export function addressOf(pattern: string): Translated {
  const { literal, hasAnyStart, hasAnyEnd } = take(pattern);
  const address =
    literal === null || hasAnyEnd ? null : addressForm(literal, hasAnyStart);
  return address === null
    ? failed(
        "an expression over an envelope address: only user@domain and .*@domain can be said",
      )
    : { kind: "done", value: address };
}

function addressForm(literal: string, hasAnyStart: boolean): string | null {
  if (hasAnyStart) return /^@[a-z0-9.-]+$/i.test(literal) ? literal : null;
  return /^[^\s@*<>]+@[a-z0-9.-]+$/i.test(literal) ? literal : null;
}

/** An IPv4 address, or the network of `192\.168\..*`. */
export function networkOf(pattern: string): Translated {
  const { literal, hasAnyStart, hasAnyEnd } = take(pattern);
  if (literal !== null && !hasAnyStart) {
    if (!hasAnyEnd && isIPv4(literal)) return { kind: "done", value: literal };
    const octets = literal.split(".");
    const count = octets.length - 1;
    if (hasAnyEnd && octets.at(-1) === "" && count >= 1 && count <= 3) {
      const network = [...octets.slice(0, -1), "0", "0", "0"]
        .slice(0, 4)
        .join(".");
      if (isIPv4(network))
        return { kind: "done", value: `${network}/${count * 8}` };
    }
  }
  return failed(
    "an expression over the client's address: only an IPv4 address, or its first octets, a dot and .*, can be said",
  );
}

/** Literal text for RE2. */
export function quoteRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

interface Taken {
  /** Null where it has more in it than `.*` at an end. A lone dot is taken for a dot. */
  readonly literal: string | null;
  readonly hasAnyStart: boolean;
  readonly hasAnyEnd: boolean;
}

function take(pattern: string): Taken {
  let text = pattern.slice(0, maxCharacters + 1);
  if (text.startsWith("^")) text = text.slice(1);
  if (text.endsWith("$") && !text.endsWith("\\$")) text = text.slice(0, -1);
  const hasAnyStart = text.startsWith(".*") || text.startsWith(".+");
  if (hasAnyStart) text = text.slice(2);
  const hasAnyEnd = text.endsWith(".*") && !text.endsWith("\\.*");
  if (hasAnyEnd) text = text.slice(0, -2);
  return {
    literal: text.length > maxCharacters ? null : unescape(text),
    hasAnyStart,
    hasAnyEnd,
  };
}

function unescape(text: string): string | null {
  let literal = "";
  for (let at = 0; at < text.length; at++) {
    let c = text.charAt(at);
    if (c === "\\") {
      at += 1;
      c = text.charAt(at);
      // `\d`, `\b`, `\1`, or nothing.
      if (c === "" || /[A-Za-z0-9]/.test(c)) return null;
    } else if (/[*+?()|[\]{}^$]/.test(c)) return null;
    literal += c;
  }
  return literal === "" ? null : literal;
}

function failed(reason: string): Translated {
  return { kind: "failed", reason };
}
