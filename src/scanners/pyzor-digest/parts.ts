// A message's leaves as Python's email package finds them, because pyzor's
// digest is over those and no others. Called by digest.ts.
//
// It is not how qsift itself reads mail (src/mime/): here a line that is no
// header field ends the header, a boundary of any container around ends what
// is open, message/* is taken apart whatever its transfer encoding, and the
// text before the first boundary counts only where there is no boundary.
//
// Differs knowingly: containers deeper than 100 are not opened. Python gives
// up, without a digest, at some depth of its own.

import { boundaryOf, contentType } from "./content-type.ts";

export interface Leaf {
  /** `main/sub`, lower case. */
  readonly type: string;
  /** First field of each name, names in lower case; bytes above ASCII are U+FFFD. */
  readonly header: ReadonlyMap<string, string>;
  /** Not decoded, one character a byte. */
  readonly payload: string;
}

interface Entity {
  readonly header: Map<string, string>;
  readonly type: string;
  payload: string;
}

const maxDepth = 100;
const blankLine = /^[\r\n]/;
const headerLine = /^(?:From |[!-9;-~]*:|[\t ])/;

/** `text`: the message, one character a byte. */
export function readLeaves(text: string): Leaf[] {
  const reader = new PartReader(text);
  reader.read("text/plain", 0);
  return reader.leaves;
}

class PartReader {
  readonly leaves: Leaf[] = [];
  readonly #lines: string[];
  #at = 0;
  /** A line for which one of them holds ends what is being read. */
  readonly #stops: ((line: string) => boolean)[] = [];
  /** What was begun or, for containers, ended last: it loses the line end before a boundary. */
  #last: Entity | null = null;

  constructor(text: string) {
    this.#lines = text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+/g) ?? [];
  }

  /** One header and its body, up to where a stop holds. */
  read(defaultType: string, depth: number): void {
    const header = this.#readHeader();
    const type = contentType(header.get("content-type"), defaultType);
    const entity: Entity = { header, type, payload: "" };
    this.#last = entity;
    const isOpened = depth < maxDepth;
    if (isOpened && type === "message/delivery-status") {
      this.#readBlocks(depth);
      return;
    }
    if (isOpened && type.startsWith("message/")) {
      this.read("text/plain", depth + 1);
      return;
    }
    const boundary =
      isOpened && type.startsWith("multipart/")
        ? boundaryOf(header.get("content-type"))
        : null;
    const payload =
      boundary === null
        ? this.#rest()
        : this.#readMultipart(entity, boundary, depth);
    if (payload === null) return;
    entity.payload = payload;
    this.leaves.push(entity);
  }

  #next(): string | null {
    const line = this.#lines[this.#at];
    if (line === undefined) return null;
    for (const stop of this.#stops) if (stop(line)) return null;
    this.#at += 1;
    return line;
  }

  #rest(): string {
    const lines: string[] = [];
    for (;;) {
      const line = this.#next();
      if (line === null) return lines.join("");
      lines.push(line);
    }
  }

  #readHeader(): Map<string, string> {
    const lines: string[] = [];
    for (;;) {
      const line = this.#next();
      if (line === null) break;
      if (!headerLine.test(line)) {
        if (!blankLine.test(line)) this.#at -= 1;
        break;
      }
      lines.push(line);
    }
    const header = new Map<string, string>();
    let name = "";
    let value: string[] = [];
    const store = (): void => {
      const key = name.toLowerCase();
      if (name !== "" && !header.has(key)) header.set(key, fieldValue(value));
      name = "";
      value = [];
    };
    for (const [index, line] of lines.entries()) {
      if (line.startsWith(" ") || line.startsWith("\t")) {
        if (name !== "") value.push(line);
        continue;
      }
      store();
      if (line.startsWith("From ")) {
        // The first is an mbox's. The last is the body's first line, and takes
        // the place of the blank line.
        if (index > 0 && index === lines.length - 1) {
          this.#at -= 1;
          this.#lines[this.#at] = line;
        }
        continue;
      }
      const colon = line.indexOf(":");
      name = line.slice(0, colon);
      value = [line.slice(colon + 1).replace(/^[ \t]+/, "")];
    }
    store();
    return header;
  }

  /** RFC 3464 2.1: blocks of fields with blank lines between, each an entity. */
  #readBlocks(depth: number): void {
    for (;;) {
      this.#stops.push((line) => blankLine.test(line));
      this.read("text/plain", depth + 1);
      this.#stops.pop();
      this.#next();
      if (this.#next() === null) return;
      this.#at -= 1;
    }
  }

  /** Null where it has parts, else what was read in search of the first boundary. */
  #readMultipart(
    entity: Entity,
    boundary: string,
    depth: number,
  ): string | null {
    const delimiter = `--${boundary}`;
    const isBoundary = (line: string): boolean =>
      boundaryKind(line, delimiter) !== null;
    const preamble: string[] = [];
    let hasParts = false;
    for (;;) {
      const line = this.#next();
      const kind = line === null ? "end" : boundaryKind(line, delimiter);
      if (line === null || kind === "end") break;
      if (kind === null) {
        preamble.push(line);
        continue;
      }
      hasParts = true;
      // Boundaries that follow at once, the last one too, make no empty parts.
      for (;;) {
        const following = this.#next();
        if (following === null) break;
        if (isBoundary(following)) continue;
        this.#at -= 1;
        break;
      }
      this.#stops.push(isBoundary);
      this.read(
        entity.type === "multipart/digest" ? "message/rfc822" : "text/plain",
        depth + 1,
      );
      this.#stops.pop();
      this.#dropLineEnd();
      this.#last = entity;
    }
    this.#rest();
    return hasParts ? null : preamble.join("");
  }

  /** RFC 2046 5.1.1: the line end before a boundary belongs to it. */
  #dropLineEnd(): void {
    const last = this.#last;
    if (last === null || last.type.startsWith("multipart/")) return;
    last.payload = last.payload.replace(/(?:\r\n|\r|\n)$/, "");
  }
}

/** Folded still, as it was read. */
function fieldValue(lines: readonly string[]): string {
  const value = lines.join("");
  let end = value.length;
  while (end > 0 && /[\r\n]/.test(value.charAt(end - 1))) end -= 1;
  return value.slice(0, end).replace(/[\x80-\xff]/g, "\ufffd");
}

function boundaryKind(line: string, delimiter: string): "end" | "next" | null {
  if (!line.startsWith(delimiter)) return null;
  const rest = line.slice(delimiter.length);
  if (/^--[ \t]*[\r\n]*$/.test(rest)) return "end";
  return /^[ \t]*[\r\n]*$/.test(rest) ? "next" : null;
}
