// Takes a message apart by byte offsets, in the union of readings: where mail
// readers would see different parts, every plausible reading is followed, and
// what only an unusual one shows is reported with a remark. extractors/mime.ts
// calls it. RFC 2046 5.1 for multiparts, RFC 2045 for the fields.
//
// No recursion: parts wait on a stack, unusual readings in a queue until the
// usual one is done, so that places of ordinary parts never depend on them.
// Work on unusual readings is capped by the size of the message. Embedded
// messages are leaves: the expander opens them in turn.

import type { Budget } from "../budget.ts";
import { base64DecodedBytes, decodeBase64 } from "./base64.ts";
import { asBuffer, isBlankText, latin1Bytes } from "./bytes.ts";
import {
  contentEnd,
  findDashLines,
  findDelimiters,
  firstLineFrom,
  guessBoundary,
  type DashLines,
  type Delimiter,
} from "./delimiters.ts";
import { decodeQuotedPrintable } from "./quoted-printable.ts";
import { parseHeader, type HeaderReading } from "./header.ts";
import { readLeaf, type LeafInput } from "./leaf.ts";
import { readPartHeader, type PartHeader } from "./part-header.ts";
import type { MimeRemark } from "./remarks.ts";
import type { Range, WalkItem } from "./walk-item.ts";

/** Unusual readings of one message; nobody needs more to fool one more reader. */
const maxOtherReadings = 1000;
/** Work on unusual readings, for each byte of the message. */
const otherWorkFactor = 16;
const otherWorkFree = 1024 * 1024;

/** Bytes that are walked: the message, or a multipart that was encoded as a whole. */
interface Source {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly lines: DashLines;
}

/** Header and body of one part, still to be read. */
interface Task extends Range {
  readonly source: Source;
  /** "" for the message. */
  readonly section: string;
  /** Marks the places of an unusual reading of this part: `~2`. */
  readonly suffix: string;
  readonly depth: number;
  readonly defaultType: string;
  /** Boundaries of the multiparts around it. */
  readonly around: readonly string[];
  /** Set in an unusual reading: the remark that new content in it is worth. */
  readonly because: MimeRemark | null;
}

/** Takes `bytes` apart. Throws LimitReached where the budget for decoded bytes ends. */
export function walkMessage(
  bytes: Uint8Array,
  budget: Budget,
): Generator<WalkItem> {
  return new Walk(bytes, budget).run();
}

class Walk {
  readonly #budget: Budget;
  readonly #message: Source;
  readonly #stack: Task[] = [];
  readonly #others: (() => Iterable<WalkItem>)[] = [];
  readonly #seenParts = new Set<string>();
  readonly #seenLeaves = new Set<string>();
  readonly #noted = new Set<MimeRemark>();
  #sources = 1;
  #readings = 1;
  #otherWork: number;
  #isOther = false;
  #isStopped = false;
  #isCut = false;

  constructor(bytes: Uint8Array, budget: Budget) {
    this.#budget = budget;
    this.#message = { id: 0, bytes, lines: findDashLines(bytes) };
    this.#otherWork = otherWorkFree + otherWorkFactor * bytes.length;
  }

  *run(): Generator<WalkItem> {
    this.#stack.push({
      source: this.#message,
      from: 0,
      to: this.#message.bytes.length,
      section: "",
      suffix: "",
      depth: 0,
      defaultType: "text/plain",
      around: [],
      because: null,
    });
    yield* this.#runStack();
    this.#isOther = true;
    for (let i = 0; i < this.#others.length && !this.#isStopped; i++) {
      yield* this.#others[i]?.() ?? [];
      yield* this.#runStack();
    }
    if (this.#isStopped || this.#isCut)
      yield {
        kind: "unread",
        section: "",
        reason: "limit",
        name: "mime-readings",
      };
  }

  *#runStack(): Generator<WalkItem> {
    for (;;) {
      const task = this.#stack.pop();
      if (task === undefined || this.#isStopped) break;
      yield* this.#part(task);
    }
    this.#stack.length = 0;
  }

  *#part(task: Task): Generator<WalkItem> {
    const key = `${task.source.id}:${task.from}:${task.to}:${task.defaultType}`;
    if (this.#seenParts.has(key)) return;
    this.#seenParts.add(key);
    const header = parseHeader(
      task.source.bytes,
      this.#budget.limits,
      task.from,
      task.to,
      task.section === "" ? "message" : "part",
    );
    this.#spend(header.bodyStart - task.from + 64);
    for (const limit of header.limits)
      yield {
        kind: "unread",
        section: task.section,
        reason: "limit",
        name: limit,
      };
    yield* this.#note(task, header.remarks);
    yield* this.#body(task, header);
    for (const other of header.others)
      this.#later(() =>
        this.#body(this.#otherReading(task, other.because), other),
      );
  }

  /** A part whose header was read, in one reading. */
  *#body(task: Task, reading: HeaderReading): Generator<WalkItem> {
    const header = readPartHeader(reading.fields);
    const from = reading.bodyStart;
    if (task.source.id === 0)
      yield aside("header", task.from, reading.bodyStart);
    yield* this.#note(task, header.remarks);
    const types = header.types.length > 0 ? header.types : [task.defaultType];
    const multiparts = types.filter((type) => type.startsWith("multipart/"));
    const isDeep = task.depth >= this.#budget.limits.depth;
    let isSplit = false;
    if (multiparts.length > 0 && isDeep)
      yield {
        kind: "unread",
        section: task.section,
        reason: "limit",
        name: "depth",
      };
    else if (multiparts.length > 0)
      isSplit = yield* this.#multipart(task, header, from, multiparts[0] ?? "");
    const leaf: LeafInput = {
      header,
      types: isSplit
        ? types.filter((type) => !type.startsWith("multipart/"))
        : header.types.length > 0 || task.defaultType !== "text/plain"
          ? types
          : [],
      section: (task.section === "" ? "1" : task.section) + task.suffix,
      content: task.source.bytes.subarray(from, task.to),
      range: task.source.id === 0 ? { from, to: task.to } : null,
    };
    if (!isSplit) yield* this.#leaf(task, leaf, from);
    else if (leaf.types.length > 0)
      this.#later(() =>
        this.#leaf(
          this.#otherReading(task, "mime-two-types"),
          { ...leaf, section: `${leaf.section}~leaf` },
          from,
        ),
      );
  }

  /** Follows every boundary; true where one of them has delimiters. */
  *#multipart(
    task: Task,
    header: PartHeader,
    from: number,
    type: string,
  ): Generator<WalkItem, boolean> {
    const { source } = task;
    let boundaries = header.boundaries.map(({ value, because }) => ({
      value,
      because,
      bytes: /[^\0-\xFF]/.test(value) ? Buffer.from(value) : latin1Bytes(value),
    }));
    if (boundaries.length === 0) {
      const guess = guessBoundary(source.bytes, source.lines, from, task.to);
      if (guess !== null)
        boundaries = [{ value: "", because: null, bytes: guess }];
    }
    let isSplit = false;
    const split = (
      whole: Task,
      delimiters: readonly Delimiter[],
      boundary: string,
    ) =>
      this.#split(
        {
          ...whole,
          depth: task.depth + 1,
          defaultType:
            // RFC 2046 5.1.5.
            type === "multipart/digest" ? "message/rfc822" : "text/plain",
          around: [...task.around, boundary],
        },
        from,
        delimiters,
      );
    for (const { value, because, bytes } of boundaries) {
      const found = this.#delimiters(source, bytes, from, task.to);
      if (found.strict.length === 0 && found.loose === null) continue;
      const usual =
        found.strict.length > 0 ? found.strict : (found.loose ?? []);
      const odd = found.strict.length > 0 ? because : "mime-delimiter-odd";
      if (isSplit)
        this.#later(() => split(this.#otherReading(task, odd), usual, value));
      else
        yield* split({ ...task, because: task.because ?? odd }, usual, value);
      isSplit = true;
      const { loose } = found;
      if (loose !== null && usual !== loose)
        this.#later(() =>
          split(this.#otherReading(task, "mime-delimiter-odd"), loose, value),
        );
      if (
        task.to < source.bytes.length &&
        !usual.some((delimiter) => delimiter.isClose) &&
        !task.around.includes(value)
      )
        this.#later(() =>
          this.#crossed(task, bytes, from, (whole, delimiters) =>
            split(whole, delimiters, value),
          ),
        );
    }
    for (const encoding of header.encodings)
      // Raw parts of a quoted-printable multipart are what everybody sees.
      if (encoding === "base64" || (encoding !== "identity" && !isSplit))
        this.#later(() => this.#encoded(task, header, from, encoding));
    return isSplit;
  }

  /** An outer delimiter ended this multipart, but readers that look for the inner boundary alone go on. */
  *#crossed(
    task: Task,
    boundary: Uint8Array,
    from: number,
    split: (
      whole: Task,
      delimiters: readonly Delimiter[],
    ) => Iterable<WalkItem>,
  ): Generator<WalkItem> {
    const to = task.source.bytes.length;
    const { strict } = this.#delimiters(task.source, boundary, from, to);
    if (strict.some((delimiter) => delimiter.start >= task.to))
      yield* split(
        { ...this.#otherReading(task, "mime-boundaries-crossed"), to },
        strict,
      );
  }

  /** RFC 2045 6.4 forbids it, and some readers decode it all the same: a multipart encoded as a whole. */
  *#encoded(
    task: Task,
    header: PartHeader,
    from: number,
    encoding: "base64" | "quoted-printable",
  ): Generator<WalkItem> {
    const raw = task.source.bytes.subarray(from, task.to);
    this.#spend(raw.length);
    this.#budget.chargeBytes(
      encoding === "base64" ? base64DecodedBytes(raw.length) : raw.length,
    );
    const bytes =
      encoding === "base64"
        ? decodeBase64(raw).bytes
        : decodeQuotedPrintable(raw);
    const lines = findDashLines(bytes);
    if (bytes === raw || lines.count === 0) return;
    const source: Source = { id: this.#sources++, bytes, lines };
    yield* this.#multipart(
      {
        ...this.#otherReading(task, "mime-encoded-multipart"),
        source,
        from: 0,
        to: bytes.length,
      },
      { ...header, encodings: ["identity"] },
      0,
      header.types[0] ?? "",
    );
  }

  /** Queues the parts between delimiters. `task` is the multipart, `from` its body. */
  *#split(
    task: Task,
    from: number,
    delimiters: readonly Delimiter[],
  ): Generator<WalkItem> {
    const { source } = task;
    const section = (part: string) =>
      `${task.section === "" ? "" : `${task.section}.`}${part}${task.suffix}`;
    const parts: Task[] = [];
    const first = delimiters[0]?.start ?? task.to;
    yield* this.#outside(
      task,
      from,
      contentEnd(source.bytes, from, first),
      "preamble",
      section("0"),
    );
    let isClosed = false;
    for (const [i, delimiter] of delimiters.entries()) {
      const next = delimiters[i + 1]?.start;
      const end =
        next === undefined
          ? task.to
          : contentEnd(source.bytes, delimiter.next, next);
      if (source.id === 0) {
        const start = contentEnd(source.bytes, from, delimiter.start);
        yield aside("delimiter", start, delimiter.next);
      }
      if (delimiter.isClose) {
        isClosed = true;
        yield* this.#outside(
          task,
          delimiter.next,
          end,
          "epilogue",
          section(String(parts.length + 1)),
        );
      } else
        parts.push({
          ...task,
          from: delimiter.next,
          to: Math.max(end, delimiter.next),
          section: section(String(parts.length + 1)),
          suffix: "",
          because: task.because ?? (isClosed ? "mime-part-after-close" : null),
        });
    }
    for (const part of parts.reverse()) this.#stack.push(part);
  }

  /** Preamble or epilogue: nobody shows it, unless it can be opened. */
  *#outside(
    task: Task,
    from: number,
    to: number,
    what: "preamble" | "epilogue",
    section: string,
  ): Generator<WalkItem> {
    if (to <= from) return;
    const { source } = task;
    if (source.id === 0) yield aside(what, from, to);
    // Enough to see how it begins; whatever is longer is read in any case.
    const head = asBuffer(source.bytes).toString(
      "latin1",
      from,
      Math.min(to, from + 4096),
    );
    const canOpen =
      /^(content-(type|transfer-encoding)\s{0,9}[:(]|begin(-base64)? [0-7]{3} |=ybegin |\(this file must be conv)/im.test(
        head,
      );
    if (!canOpen && to - from < 4096) return;
    this.#later(() => {
      this.#stack.push({
        ...task,
        from,
        to,
        section: `${section}~${what}`,
        suffix: "",
        because: task.because ?? (canOpen ? `mime-part-in-${what}` : null),
      });
      return [];
    });
  }

  *#leaf(task: Task, leaf: LeafInput, from: number): Generator<WalkItem> {
    const encodings = leaf.header.encodings.filter((encoding) => {
      const key = `${task.source.id}:${from}:${task.to}:${encoding}`;
      const isSeen = this.#seenLeaves.has(key);
      this.#seenLeaves.add(key);
      return !isSeen;
    });
    if (encodings.length === 0) return;
    const isOther = task.because !== null;
    if (isOther) {
      this.#spend(leaf.content.length + 64);
      if (isBlankText(leaf.content)) return;
    }
    for (const item of readLeaf(leaf, encodings, this.#budget)) {
      if (item.kind !== "remark") yield item;
      else if (!this.#noted.has(item.name)) {
        this.#noted.add(item.name);
        yield item;
      }
    }
    if (isOther && task.because !== null && !this.#noted.has(task.because)) {
      this.#noted.add(task.because);
      yield { kind: "remark", name: task.because, aboutLast: true };
    }
  }

  /** Once a message each; in an unusual reading only what new content it shows counts. */
  *#note(task: Task, remarks: readonly MimeRemark[]): Generator<WalkItem> {
    if (task.because !== null) return;
    for (const name of remarks) {
      if (this.#noted.has(name)) continue;
      this.#noted.add(name);
      yield { kind: "remark", name, aboutLast: false };
    }
  }

  #delimiters(source: Source, boundary: Uint8Array, from: number, to: number) {
    const { lines } = source;
    this.#spend(
      16 * (firstLineFrom(lines, to) - firstLineFrom(lines, from)) + 64,
    );
    const max = this.#budget.limits.parts + 1;
    return findDelimiters(source.bytes, lines, boundary, from, to, max);
  }

  #later(reading: () => Iterable<WalkItem>): void {
    if (this.#others.length < maxOtherReadings) this.#others.push(reading);
    else this.#isCut = true;
  }

  /** Counts work on unusual readings, and ends them where it is too much. */
  #spend(work: number): void {
    if (!this.#isOther) return;
    this.#otherWork -= work;
    if (this.#otherWork < 0) this.#isStopped = true;
  }

  /** The same part in a reading that other readers follow. */
  #otherReading(task: Task, because: MimeRemark | null): Task {
    return {
      ...task,
      suffix: `${task.suffix}~${++this.#readings}`,
      because: task.because ?? because,
    };
  }
}

function aside(
  what: "header" | "delimiter" | "preamble" | "epilogue",
  from: number,
  to: number,
): WalkItem {
  return { kind: "aside", what, range: { from, to } };
}
