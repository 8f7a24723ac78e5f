// Finds the line of a key in TOML text (TOML 1.0). Called only once something
// is known to be wrong with a value: the TOML library tells positions of
// syntax errors alone. The text has been parsed by then, so this walks it
// leniently and never complains.

/** Keys and list indexes from the root: `["policy", 0, "spam", "reject"]`. */
export type KeyPath = readonly (string | number)[];

/** From 1, of the key itself; of the nearest table around it where it is not in the text. */
export function locate(
  text: string,
  path: KeyPath,
): { line: number; column: number } {
  const offsets = new Walk(text).offsets;
  for (let length = path.length; length > 0; length--) {
    const offset = offsets.get(identify(path.slice(0, length)));
    if (offset === undefined) continue;
    const before = text.slice(0, offset).split("\n");
    return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
  }
  return { line: 1, column: 1 };
}

/** As people write it: `policy[0].spam.reject`. */
export function formatKeyPath(path: KeyPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else {
      const key = /^[A-Za-z0-9_-]+$/.test(step) ? step : JSON.stringify(step);
      text += text === "" ? key : `.${key}`;
    }
  }
  return text;
}

function identify(path: KeyPath): string {
  return JSON.stringify(path);
}

class Walk {
  /** Where each key and list element first stands, by identify(). */
  readonly offsets = new Map<string, number>();
  /** Elements so far of each array of tables. */
  readonly #tables = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    let table: KeyPath = [];
    for (;;) {
      this.#skipBlanks();
      if (this.#at >= text.length) return;
      const before = this.#at;
      if (text[this.#at] === "[") table = this.#header();
      else this.#keyAndValue(table);
      // Whatever was not understood: go on with what follows.
      if (this.#at === before) this.#at += 1;
    }
  }

  /** `[a.b]` or `[[a.b]]`; returns the path of what follows. */
  #header(): KeyPath {
    const start = this.#at;
    const isList = this.#text[start + 1] === "[";
    this.#at += isList ? 2 : 1;
    const keys = this.#key();
    let path: KeyPath = [];
    keys.forEach((key, i) => {
      path = [...path, key];
      const id = identify(path);
      const count = this.#tables.get(id);
      if (isList && i === keys.length - 1) {
        this.#tables.set(id, (count ?? 0) + 1);
        this.#record(path, start);
        path = [...path, count ?? 0];
      } else if (count !== undefined) path = [...path, count - 1];
      this.#record(path, start);
    });
    while (this.#text[this.#at] === "]") this.#at += 1;
    return path;
  }

  #keyAndValue(table: KeyPath): void {
    const start = this.#at;
    let path = table;
    for (const key of this.#key()) {
      path = [...path, key];
      this.#record(path, start);
    }
    if (this.#text[this.#at] === "=") this.#at += 1;
    this.#value(path);
  }

  /** Bare, quoted and dotted keys, up to what is none of these. */
  #key(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skipBlanks();
      const c = this.#text[this.#at];
      if (c === '"' || c === "'") keys.push(this.#string());
      else {
        const [bare = ""] =
          /^[^\s.=[\]{}"'#,]*/.exec(
            this.#text.slice(this.#at, this.#at + 1000),
          ) ?? [];
        if (bare === "") return keys;
        keys.push(bare);
        this.#at += bare.length;
      }
      this.#skipBlanks();
      if (this.#text[this.#at] !== ".") return keys;
      this.#at += 1;
    }
  }

  #value(path: KeyPath): void {
    this.#skipBlanks();
    const c = this.#text[this.#at];
    if (c === '"' || c === "'") this.#string();
    else if (c === "[")
      this.#inside("]", (i) => {
        this.#record([...path, i], this.#at);
        this.#value([...path, i]);
      });
    else if (c === "{")
      this.#inside("}", () => {
        this.#keyAndValue(path);
      });
    else
      while (
        this.#at < this.#text.length &&
        !",]}#\n".includes(this.#text.charAt(this.#at))
      )
        this.#at += 1;
  }

  /** Elements divided by commas up to `end`. */
  #inside(end: string, element: (index: number) => void): void {
    this.#at += 1;
    for (let i = 0; ; i++) {
      this.#skipBlanks();
      if (this.#at >= this.#text.length) return;
      if (this.#text[this.#at] === end) break;
      const before = this.#at;
      element(i);
      this.#skipBlanks();
      if (this.#text[this.#at] === ",") this.#at += 1;
      else if (this.#at === before) this.#at += 1;
    }
    this.#at += 1;
  }

  /** Returns the text between the quotes, with simple escapes undone. */
  #string(): string {
    const quote = this.#text.charAt(this.#at);
    const triple = quote.repeat(3);
    const close = this.#text.startsWith(triple, this.#at) ? triple : quote;
    this.#at += close.length;
    let value = "";
    while (
      this.#at < this.#text.length &&
      !this.#text.startsWith(close, this.#at)
    ) {
      if (quote === '"' && this.#text[this.#at] === "\\") this.#at += 1;
      value += this.#text.charAt(this.#at);
      this.#at += 1;
    }
    this.#at += close.length;
    // TOML 1.0: a multi-line string may end in up to two quotes of its own.
    while (close === triple && this.#text[this.#at] === quote) this.#at += 1;
    return value;
  }

  #record(path: KeyPath, offset: number): void {
    const id = identify(path);
    if (!this.offsets.has(id)) this.offsets.set(id, offset);
  }

  /** Blanks, line ends and comments. */
  #skipBlanks(): void {
    for (;;) {
      const c = this.#text.charAt(this.#at);
      if (c === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#text.length : end;
      } else if (c !== "" && " \t\r\n\uFEFF".includes(c)) this.#at += 1;
      else return;
    }
  }
}
