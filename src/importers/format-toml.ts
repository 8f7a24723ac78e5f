// TOML 1.0 of what the importers made, with the comments that say where each
// table is from. Nothing of the source can end a string or a comment.

import { printable } from "../printable.ts";

export type TomlValue =
  | string
  | number
  | boolean
  | readonly TomlValue[]
  | { readonly [key: string]: TomlValue };

export interface TomlTable {
  /** `[rules]`, `[[policy]]`; "" for keys of the top level, which must come first. */
  readonly header: string;
  /** One line each; anything may stand in them. */
  readonly comments: readonly string[];
  /** Keys are ours, and bare. */
  readonly entries: readonly (readonly [string, TomlValue])[];
}

const maxCommentCharacters = 200;

/** `head`: comments on top of the file. */
export function formatToml(
  head: readonly string[],
  tables: readonly TomlTable[],
): string {
  const blocks = tables
    .filter(({ header, entries }) => header !== "" || entries.length > 0)
    .map(({ header, comments, entries }) => [
      ...comments.map(comment),
      ...(header === "" ? [] : [header]),
      ...entries.map(([key, value]) => `${key} = ${formatValue(value)}`),
    ]);
  return [head.map(comment), ...blocks]
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** `line 12: .pif<TAB>SIZE=-1`, for a comment. */
export function quoteLine(
  source: string,
  line: number | null,
  text: string,
): string {
  const place = line === null ? source : `${source}, line ${line}`;
  return `${place}: ${text.trim()}`;
}

function comment(text: string): string {
  const cut =
    text.length > maxCommentCharacters
      ? `${text.slice(0, maxCommentCharacters)}...`
      : text;
  // Backslashes stay for whoever reads it: nothing reads comments back.
  const shown = printable(cut.replaceAll("\t", "<TAB>"));
  return `# ${shown.replaceAll("\\x5C", "\\")}`;
}

function formatValue(value: TomlValue): string {
  if (typeof value === "string") return formatString(value);
  if (typeof value === "number" || typeof value === "boolean")
    return String(value);
  if (isList(value)) return `[${value.map(formatValue).join(", ")}]`;
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([key, inner]) => `${key} = ${formatValue(inner)}`).join(", ")} }`;
}

function isList(value: TomlValue): value is readonly TomlValue[] {
  return Array.isArray(value);
}

// What TOML forbids in a basic string, and what an editor would not show.
const escaped =
  /["\\\x00-\x1F\x7F-\x9F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/g;

function formatString(text: string): string {
  const body = text.replace(escaped, (c) =>
    c === '"' || c === "\\"
      ? `\\${c}`
      : `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
  return `"${body}"`;
}
