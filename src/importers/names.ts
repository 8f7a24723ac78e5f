// Names for policies and rules made of what stands in a source: letters,
// digits and hyphens, each once. Called by the importers.

/** `schema.ts` allows 64; a number may be added. */
const maxCharacters = 48;

export class NameMaker {
  /** How often a name was asked for: names that look alike are made in linear time. */
  readonly #asked = new Map<string, number>([["none", 1]]);

  /** `prefix` is ours; `text` may be anything. */
  make(prefix: string, text: string): string {
    const plain = text
      .toLowerCase()
      .slice(0, 200)
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "");
    const base = `${prefix}${plain === "" ? "" : `-${plain}`}`
      .replace(/^-/, "")
      .slice(0, maxCharacters);
    let times = this.#asked.get(base) ?? 0;
    let name = times === 0 ? base : `${base}-${times + 1}`;
    while (times > 0 && this.#asked.has(name)) {
      times += 1;
      name = `${base}-${times + 1}`;
    }
    this.#asked.set(base, times + 1);
    this.#asked.set(name, this.#asked.get(name) ?? 1);
    return name;
  }
}
