// One object of a PDF, or the contents of an object stream: what it says of
// streams, files, scripts and actions (ISO 32000-1 7.3). Called by pdf.ts.
//
// Dictionaries are walked, not built: an attacker's object of a million
// entries costs a million steps and no memory.

import type { Budget } from "../budget.ts";
import type { FileKeys, PdfFacts } from "./pdf-facts.ts";
import type { Predictor } from "./pdf-predictor.ts";
import {
  pdfStringBytes,
  pdfText,
  type PdfToken,
  PdfTokens,
} from "./pdf-tokens.ts";

export interface PdfStream {
  /** Object number. */
  readonly number: number;
  readonly start: number;
  readonly filters: readonly string[];
  readonly predictor: Predictor | null;
  readonly type: string | null;
  readonly subtype: string | null;
  /** Direct /Length; null where it is a reference or missing. */
  readonly length: number | null;
}

// Dictionaries nest a few levels; what is deeper is passed over.
const maxDepth = 64;
const maxFilters = 16;
const maxFileName = 1024;
const maxScriptBytes = 1 << 20;

interface Frame extends FileKeys {
  readonly isDictionary: boolean;
  /** The key under which this dictionary or array stands. */
  readonly under: string;
  /** The key whose value is being read; of an array, its own. */
  key: string | null;
  /** A number was read as the value: complete, or the start of a reference. */
  sawNumber: boolean;
}

export class ObjectWalk {
  readonly #bytes: Uint8Array;
  readonly #number: number | null;
  readonly #facts: PdfFacts;
  readonly #budget: Budget;
  readonly #decrypt: (string: Uint8Array) => Uint8Array;
  #start = 0;
  #limit = 0;
  readonly #stack: Frame[] = [];
  #tooDeep = 0;
  // The last two numbers, for references: `12 0 R`.
  #last = 0;
  #beforeLast = 0;
  readonly #filters: string[] = [];
  #type: string | null = null;
  #subtype: string | null = null;
  #length: number | null = null;
  #predictor: Predictor | null = null;

  /**
   * `number`: of the object; null for an object stream's contents or a
   * trailer. `decrypt` is for the object's strings.
   */
  constructor(
    bytes: Uint8Array,
    number: number | null,
    facts: PdfFacts,
    budget: Budget,
    decrypt = (string: Uint8Array): Uint8Array => string,
  ) {
    this.#bytes = bytes;
    this.#number = number;
    this.#facts = facts;
    this.#budget = budget;
    this.#decrypt = decrypt;
  }

  /** The stream that the object is, or null. */
  run(start: number, limit: number): PdfStream | null {
    this.#start = start;
    this.#limit = limit;
    const tokens = new PdfTokens(this.#bytes, start, limit);
    for (;;) {
      const token = tokens.next();
      switch (token.kind) {
        case "end":
          return null;
        case "dict-open":
          this.#open(true);
          break;
        case "array-open":
          this.#open(false);
          break;
        case "dict-close":
        case "array-close":
          this.#close();
          break;
        case "name":
          this.#name(token.text);
          break;
        case "string":
        case "hex-string":
          this.#string(token);
          break;
        case "number":
          this.#numeric(token.value);
          break;
        case "word":
          if (this.#number !== null && token.text === "endobj") return null;
          if (this.#number !== null && token.text === "stream")
            return this.#stream(this.#number, token.after);
          if (token.text === "R") this.#reference();
          this.#valueEnds();
      }
    }
  }

  #open(isDictionary: boolean): void {
    const stack = this.#stack;
    if (stack.length >= maxDepth) {
      this.#tooDeep += 1;
      return;
    }
    const under = stack.at(-1)?.key ?? "";
    if (isDictionary && isAutomatic(under)) this.#facts.hasOpenAction = true;
    if (isDictionary && isParameters(under))
      this.#predictor ??= { kind: 1, columns: 1, colors: 1, bits: 8 };
    stack.push({
      isDictionary,
      under,
      key: isDictionary ? null : under,
      sawNumber: false,
      names: [],
      files: [],
      fileDictionary: null,
      embedded: [],
    });
  }

  #close(): void {
    if (this.#tooDeep > 0) {
      this.#tooDeep -= 1;
      return;
    }
    const closed = this.#stack.pop();
    if (closed?.isDictionary === true) {
      if (closed.under === "EF")
        this.#stack.at(-1)?.embedded.push(...closed.files);
      this.#facts.addDictionary(
        closed,
        this.#stack.length === 0 ? this.#number : null,
      );
    }
    this.#valueEnds();
  }

  #name(name: string): void {
    const frame = this.#stack.at(-1);
    if (frame === undefined) return;
    if (frame.isDictionary && (frame.key === null || frame.sawNumber)) {
      frame.key = name;
      frame.sawNumber = false;
      if (name === "JavaScript" || name === "JS") this.#facts.hasScript = true;
      if (name === "Encrypt" && this.#stack.length === 1)
        this.#facts.addEncryption({ start: this.#start, limit: this.#limit });
      return;
    }
    const { key } = frame;
    // The stream dictionary's own, or an array in it.
    const isOwn =
      this.#stack.length === 1 ||
      (this.#stack.length === 2 && !frame.isDictionary);
    if (isOwn && key === "Filter" && this.#filters.length < maxFilters)
      this.#filters.push(name);
    if (isOwn && key === "Type") this.#type = name;
    if (isOwn && key === "Subtype") this.#subtype = name;
    if (key === "S" && name === "JavaScript") this.#facts.hasScript = true;
    if (key === "S" && name === "Launch") this.#facts.hasLaunch = true;
    this.#valueEnds();
  }

  #string(token: PdfToken): void {
    const frame = this.#stack.at(-1);
    if (frame === undefined) return;
    if (frame.key === "JS") {
      const script = this.#bytesOf(token, maxScriptBytes);
      this.#budget.chargeBytes(script.length);
      this.#facts.addScript(script);
    }
    if (frame.isDictionary && frame.names.length < 4 && isFileKey(frame.key)) {
      const name = pdfText(this.#bytesOf(token, maxFileName));
      if (frame.key === "UF") frame.names.unshift(name);
      else frame.names.push(name);
    }
    this.#valueEnds();
  }

  #bytesOf(token: PdfToken, max: number): Uint8Array {
    return this.#decrypt(pdfStringBytes(this.#bytes, token, max));
  }

  #numeric(value: number): void {
    this.#beforeLast = this.#last;
    this.#last = value;
    const frame = this.#stack.at(-1);
    if (frame?.isDictionary !== true || frame.key === null) return;
    if (frame.key === "Length" && this.#stack.length === 1 && !frame.sawNumber)
      this.#length = value;
    if (this.#predictor !== null && isParameters(frame.under))
      this.#predictor = withParameter(this.#predictor, frame.key, value);
    frame.sawNumber = true;
  }

  /** The value was `beforeLast last R`. */
  #reference(): void {
    const frame = this.#stack.at(-1);
    if (frame === undefined) return;
    const target = this.#beforeLast;
    const { key } = frame;
    if (key === "Length" && this.#stack.length === 1) this.#length = null;
    if (key === "JS") this.#facts.addScriptStream(target);
    if (key === "EF") frame.fileDictionary = target;
    if (isFileKey(key) && frame.files.length < 8) frame.files.push(target);
    if (isAutomatic(key ?? "")) this.#facts.hasOpenAction = true;
  }

  #valueEnds(): void {
    const frame = this.#stack.at(-1);
    if (frame?.isDictionary !== true) return;
    frame.key = null;
    frame.sawNumber = false;
  }

  // 7.3.8.1: after the keyword CR LF or LF; a lone CR is met in practice.
  #stream(number: number, after: number): PdfStream {
    let start = after;
    if (this.#bytes[start] === 0x0d) start += 1;
    if (this.#bytes[start] === 0x0a) start += 1;
    return {
      number,
      start,
      filters: this.#filters,
      predictor: this.#predictor,
      type: this.#type,
      subtype: this.#subtype,
      length: this.#length,
    };
  }
}

function isAutomatic(key: string): boolean {
  return key === "OpenAction" || key === "AA";
}

function isParameters(key: string): boolean {
  return key === "DecodeParms" || key === "DP";
}

// 7.11.3, table 44
function isFileKey(key: string | null): boolean {
  return (
    key === "F" ||
    key === "UF" ||
    key === "Unix" ||
    key === "DOS" ||
    key === "Mac"
  );
}

// 7.4.4.3, table 8
function withParameter(
  predictor: Predictor,
  key: string,
  value: number,
): Predictor {
  switch (key) {
    case "Predictor":
      return { ...predictor, kind: value };
    case "Columns":
      return { ...predictor, columns: value };
    case "Colors":
      return { ...predictor, colors: value };
    case "BitsPerComponent":
      return { ...predictor, bits: value };
    default:
      return predictor;
  }
}

// Ignored: everything that draws; cross-reference tables, so that what they
// leave out is found too.
