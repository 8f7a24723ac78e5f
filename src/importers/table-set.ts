// Tables of a configuration that several lines of a source add to: TOML has
// each of them once. Used by the importers of configure options.

import type { TomlTable, TomlValue } from "./format-toml.ts";

export class TableSet {
  readonly #tables = new Map<
    string,
    { comments: string[]; entries: Map<string, TomlValue> }
  >();

  /** A later value of a key takes the place of an earlier one. */
  add({ header, comments, entries }: TomlTable): void {
    const table = this.#tables.get(header) ?? {
      comments: [],
      entries: new Map<string, TomlValue>(),
    };
    this.#tables.set(header, table);
    for (const comment of comments)
      if (!table.comments.includes(comment)) table.comments.push(comment);
    for (const [key, value] of entries) table.entries.set(key, value);
  }

  /** In the order in which they were first named. */
  get tables(): TomlTable[] {
    return [...this.#tables].map(([header, { comments, entries }]) => ({
      header,
      comments,
      entries: [...entries],
    }));
  }
}
