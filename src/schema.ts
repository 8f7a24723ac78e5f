// Building blocks of schemas for TOML tables: what config.ts, config-rules.ts
// and the scanners' own options are declared with. Every message says what is
// expected; config-source.ts adds what was found and where.

import { isAbsolute } from "node:path";
import * as v from "valibot";
import { describe } from "./describe-value.ts";
import { didYouMean } from "./nearest-name.ts";

/** A table that has these keys and no other. */
export function table<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === "Object") return "expected a table";
    if (issue.expected === "never") {
      const key = String(issue.path?.at(-1)?.key);
      return `unknown key${didYouMean(key, Object.keys(entries))}`;
    }
    return "expected a value, found nothing: this key must be given";
  });
}

/** One of the names. */
export function oneOf<const Names extends readonly string[]>(names: Names) {
  const quoted = names.map((name) => `"${name}"`);
  const expected =
    quoted.length === 1
      ? quoted.join("")
      : `${quoted.slice(0, -1).join(", ")} or ${quoted.slice(-1).join("")}`;
  return v.picklist(names, ({ input }) => {
    const hint = typeof input === "string" ? didYouMean(input, names) : "";
    return `expected ${expected}, found ${describe(input)}${hint}`;
  });
}

export function list<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.array(schema, "expected a list");
}

/** A string for which `holds`. */
export function stringThat(expected: string, holds: (text: string) => boolean) {
  return v.pipe(
    v.string(`expected ${expected}`),
    v.check(holds, `expected ${expected}`),
  );
}

export const trueOrFalse = v.boolean("expected true or false");

export const absolutePath = stringThat(
  "an absolute path",
  (path) => isAbsolute(path) && !path.includes("\0"),
);

/** Neither dots nor slashes, which have a meaning in `policy/rule`. */
export const plainName = stringThat(
  'a name of at most 64 letters, digits, "-" and "_"',
  (name) => /^[A-Za-z0-9_-]{1,64}$/.test(name),
);

const wholeNumber = "expected a whole number above 0";
export const positiveInteger = v.pipe(
  v.number(wholeNumber),
  v.safeInteger(wholeNumber),
  v.minValue(1, wholeNumber),
);

const fromZero = "expected a whole number, 0 or above";
export const nonNegativeInteger = v.pipe(
  v.number(fromZero),
  v.safeInteger(fromZero),
  v.minValue(0, fromZero),
);

// setTimeout fires at once above 2^31 ms; nobody waits a day for a scanner.
const maxSeconds = 86_400;
const seconds = `expected a number of seconds above 0, at most ${maxSeconds}`;
export const timeoutSeconds = v.pipe(
  v.number(seconds),
  v.check((value) => value > 0 && value <= maxSeconds, seconds),
);

export const score = v.pipe(
  v.number("expected a score"),
  v.check((value) => Number.isFinite(value), "expected a finite number"),
);
