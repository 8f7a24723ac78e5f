// What the walker has still to read, and what it has reported. Parts wait on a
// stack; unusual readings wait in a queue until the usual one is done, so that
// the places of ordinary parts never depend on them. Work on unusual readings
// is capped by the size of the message.

import type { Budget } from "../budget.ts";
import type { DashLines } from "./delimiters.ts";
import type { Encoding } from "./part-header.ts";
import type { MimeRemark } from "./remarks.ts";
import type { Noted, Range, WalkItem } from "./walk-item.ts";

/** Bytes that unusual readings may look at, for each byte of the message. */
const otherWorkFactor = 8;
const otherWorkFree = 1024 * 1024;

/** Bytes that are walked: the message, or a multipart that was encoded as a whole. */
export interface Source {
  /** 0 is the message. */
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly lines: DashLines;
}

/** Header and body of one part, in one reading, still to be read. */
export interface Task extends Range {
  readonly source: Source;
  /** "" for the message. */
  readonly section: string;
  /** Marks the places of an unusual reading of this part: `~2`. */
  readonly suffix: string;
  /** Multiparts around it. */
  readonly depth: number;
  /** Boundaries of the multiparts around it. */
  readonly around: readonly string[];
  readonly defaultType: "text/plain" | "message/rfc822";
  /** Set in an unusual reading: the remark that new content in it is worth. */
  readonly because: MimeRemark | null;
}

type Reading = () => Iterable<WalkItem>;

export class Agenda {
  readonly budget: Budget;
  readonly #stack: Task[] = [];
  readonly #others: Reading[] = [];
  readonly #seenParts = new Set<string>();
  readonly #seenLeaves = new Set<string>();
  readonly #noted = new Set<MimeRemark>();
  #sources = 0;
  #readings = 1;
  #nextOther = 0;
  #otherWork: number;
  #isStopped = false;
  #isCut = false;

  constructor(budget: Budget, messageBytes: number) {
    this.budget = budget;
    this.#otherWork = otherWorkFree + otherWorkFactor * messageBytes;
  }

  /** Some unusual readings were not followed, or not to their end. */
  get isIncomplete(): boolean {
    return this.#isCut || this.#isStopped;
  }

  get #isOther(): boolean {
    return this.#nextOther > 0;
  }

  push(task: Task): void {
    this.#stack.push(task);
  }

  /** The next part; undefined where this reading is done. */
  nextTask(): Task | undefined {
    if (this.#isStopped) this.#stack.length = 0;
    return this.#stack.pop();
  }

  later(reading: Reading): void {
    if (this.#others.length < this.budget.limits.mimeReadings)
      this.#others.push(reading);
    else this.#isCut = true;
  }

  /** The next unusual reading; undefined where all are done, or enough. */
  nextReading(): Reading | undefined {
    if (this.#isStopped) return undefined;
    return this.#others[this.#nextOther++];
  }

  /** The same part, as other readers see it. */
  otherReading(task: Task, because: MimeRemark | null): Task {
    this.#readings += 1;
    return {
      ...task,
      suffix: `${task.suffix}~${this.#readings}`,
      because: task.because ?? because,
    };
  }

  newSourceId(): number {
    return this.#sources++;
  }

  /** Counts bytes looked at in unusual readings, and ends them where it is too much. */
  spend(bytes: number): void {
    if (!this.#isOther) return;
    this.#otherWork -= bytes;
    if (this.#otherWork < 0) this.#isStopped = true;
  }

  /** True the first time that a part is to be read. */
  isNewPart({ source, from, to, defaultType }: Task): boolean {
    return isNew(this.#seenParts, `${source.id}:${from}:${to}:${defaultType}`);
  }

  /** Those encodings in which the body from `from` on was not yet read, of what opens it as `kind`. */
  newEncodings(
    { source, to }: Task,
    from: number,
    encodings: readonly Encoding[],
    kind: string,
  ): Encoding[] {
    return encodings.filter((encoding) =>
      isNew(this.#seenLeaves, `${source.id}:${from}:${to}:${encoding}:${kind}`),
    );
  }

  /** A remark, once a message each. */
  note(name: MimeRemark, aboutLast: boolean): Noted[] {
    if (!isNew(this.#noted, name)) return [];
    return [{ kind: "remark", name, aboutLast }];
  }
}

function isNew<T>(seen: Set<T>, key: T): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
