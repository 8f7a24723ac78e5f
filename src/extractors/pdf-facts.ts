// What was learnt from a PDF's objects: file specifications, scripts, actions,
// encryption (ISO 32000-1 7.6, 7.11, 12.6). Filled by pdf-objects.ts, used by pdf.ts.

import type { EncryptPlace } from "./pdf-encryption.ts";

// Honest files have at most a few thousand attachments or scripts.
const maxFacts = 20_000;
const maxEncryptions = 16;

/** A dictionary's names and references that matter, while it is walked. */
export interface FileKeys {
  /** /UF first, then /F and the old /Unix, /DOS, /Mac. */
  readonly names: string[];
  /** Objects that its /F, /UF ... refer to: in an /EF dictionary the files. */
  readonly files: number[];
  /** Object that /EF refers to, where it isn't direct. */
  fileDictionary: number | null;
  /** Streams of a direct /EF dictionary. */
  readonly embedded: number[];
}

export class PdfFacts {
  /** Names of the embedded file whose stream has this object number. */
  readonly embedded = new Map<number, readonly string[]>();
  /** Numbers of streams that are scripts. */
  readonly scriptStreams = new Set<number>();
  /** Scripts given as strings. */
  readonly scripts: Uint8Array[] = [];
  hasScript = false;
  hasLaunch = false;
  hasOpenAction = false;
  /** Where it is said that the file is encrypted. */
  readonly encryptions: EncryptPlace[] = [];
  /** A list was full, so something was left out. */
  isFull = false;

  readonly #fileDictionaries = new Map<number, readonly string[]>();
  readonly #references = new Map<number, readonly number[]>();

  /** A dictionary ended; `number` where it is an object of its own. */
  addDictionary(keys: FileKeys, number: number | null): void {
    for (const file of keys.embedded)
      if (this.#hasRoom(this.embedded.size))
        this.embedded.set(file, keys.names);
    if (
      keys.fileDictionary !== null &&
      this.#hasRoom(this.#fileDictionaries.size)
    )
      this.#fileDictionaries.set(keys.fileDictionary, keys.names);
    if (
      number !== null &&
      keys.files.length > 0 &&
      this.#hasRoom(this.#references.size)
    )
      this.#references.set(number, keys.files);
  }

  addEncryption(place: EncryptPlace): void {
    this.encryptions.push(place);
    // The first and the last ones: what comes between is of older versions.
    if (this.encryptions.length > maxEncryptions)
      this.encryptions.splice(maxEncryptions / 2, 1);
  }

  addScript(script: Uint8Array): void {
    if (this.#hasRoom(this.scripts.length)) this.scripts.push(script);
  }

  addScriptStream(number: number): void {
    if (this.#hasRoom(this.scriptStreams.size)) this.scriptStreams.add(number);
  }

  /** Once all objects are known: /EF dictionaries that are objects of their own. */
  resolve(): void {
    for (const [dictionary, names] of this.#fileDictionaries)
      for (const file of this.#references.get(dictionary) ?? [])
        this.embedded.set(file, names);
  }

  #hasRoom(used: number): boolean {
    if (used < maxFacts) return true;
    this.isFull = true;
    return false;
  }
}
