// Regular expressions of the configuration: RE2, whose time is linear in the
// text whatever the expression, because the text is an attacker's. The engine
// is loaded only where something has an expression: importing it costs a door
// that starts anew for each message 15-30 ms of CPU. Called by the
// configuration's readers, which load and compile, and by those that only look
// up: policy/match.ts and scanners/command-verdict.ts.

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

/** As compileRegex, and keeps nothing: for an expression that is only to be written down. */
export function checkRegex(source: string): void {
  loaded().compile(source);
}

/** True where the expression matches anywhere in the text. */
export function regexMatches(
  source: string,
  ignoreCase: boolean,
  text: string,
): boolean {
  return expression(source, ignoreCase).test(text);
}

/** What the first group caught (the whole match where there is none), of at most `max` matches. */
export function regexCatches(
  source: string,
  text: string,
  max: number,
): string[] {
  const matcher = expression(source, false).matcher(text);
  const group = matcher.groupCount() > 0 ? 1 : 0;
  const caught: string[] = [];
  while (caught.length < max && matcher.find())
    caught.push(matcher.group(group) ?? "");
  return caught;
}

function expression(source: string, ignoreCase: boolean): RE2JS {
  const key = `${ignoreCase ? "i" : "c"}${source}`;
  let found = compiled.get(key);
  if (found === undefined) {
    const re2 = loaded();
    found = re2.compile(source, ignoreCase ? re2.CASE_INSENSITIVE : 0);
    compiled.set(key, found);
  }
  return found;
}

function loaded(): Engine {
  if (engine === null)
    throw new Error("regular expression used before its engine was loaded");
  return engine;
}
