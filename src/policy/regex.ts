// Regular expressions of the configuration: RE2, whose time is linear in the
// text whatever the expression, because the text is an attacker's. The engine
// is loaded only where a rule has an expression: importing it costs a door that
// starts anew for each message 15-30 ms of CPU. Called by the configuration's
// reader, which loads and compiles, and by match.ts, which only looks up.

import type { RE2JS } from "re2js";

type Engine = typeof RE2JS;

let engine: Engine | null = null;
const compiled = new Map<string, RE2JS>();

/** To be awaited before any other function here is called. */
export async function loadRegexEngine(): Promise<void> {
  engine ??= (await import("re2js")).RE2JS;
}

/** Compiles and keeps it; throws an Error that says what is wrong with the source. */
export function compileRegex(source: string, ignoreCase: boolean): void {
  expression(source, ignoreCase);
}

/** True where the expression matches anywhere in the text. */
export function regexMatches(
  source: string,
  ignoreCase: boolean,
  text: string,
): boolean {
  return expression(source, ignoreCase).test(text);
}

function expression(source: string, ignoreCase: boolean): RE2JS {
  const key = `${ignoreCase ? "i" : "c"}${source}`;
  let found = compiled.get(key);
  if (found === undefined) {
    if (engine === null)
      throw new Error("regular expression used before its engine was loaded");
    found = engine.compile(source, ignoreCase ? engine.CASE_INSENSITIVE : 0);
    compiled.set(key, found);
  }
  return found;
}
