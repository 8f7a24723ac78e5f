// What an importer gives back: the configuration as TOML, and what is to be
// known about lines that could not be said in it. Nothing of the source is
// ever left out without a note. Used by every importer and by cli/import.ts.

export interface ImportNote {
  /** The source's name, as the caller gave it. */
  readonly source: string;
  /** From 1; null where the source as a whole is meant. */
  readonly line: number | null;
  /**
   * `untranslated`: something that mattered is missing in the result.
   * `different`: translated, and what it does is not quite the same.
   * `information`: nothing is lost.
   */
  readonly kind: "untranslated" | "different" | "information";
  /** What is meant, as it stands in the source; hostile bytes. */
  readonly text: string;
  readonly reason: string;
}

export interface ImportedPolicy {
  /** The configuration file. */
  readonly policies: string;
  /** The rules file that it names; "" where there are no rules. */
  readonly rules: string;
  readonly notes: readonly ImportNote[];
}

/** Notes about one source, collected while it is read. */
export class Notes {
  readonly #source: string;
  readonly #notes: ImportNote[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  add(
    kind: ImportNote["kind"],
    line: number | null,
    text: string,
    reason: string,
  ): void {
    this.#notes.push({ source: this.#source, line, kind, text, reason });
  }

  /** In the order of the lines; what is about the whole stands last. */
  get all(): readonly ImportNote[] {
    const place = ({ line }: ImportNote): number =>
      line ?? Number.MAX_SAFE_INTEGER;
    return this.#notes.toSorted((a, b) => place(a) - place(b));
  }
}
