// Bytes to Message: opens what a message carries, and what that carries in
// turn, inside the limits. Called by expansion.ts with the extractors of mail
// syntax, and by the sandbox with all of them.
//
// No recursion: parts wait in a queue, so that those near the top are had
// before a deep archive uses up the budget, and text before what it may name
// the password of. Malformed input, a limit reached and a bug in an extractor
// are all findings; part 0, the message itself, survives everything.

import { Budget } from "../budget.ts";
import {
  limitFindingName,
  LimitReached,
  type LimitName,
  type Limits,
} from "../limits.ts";
import type { Message, Part } from "../mail.ts";
import { parseHeader } from "../mime/header.ts";
import { isOutOfMemory } from "../out-of-memory.ts";
import { printable } from "../printable.ts";
import type { Finding, FindingKind } from "../verdict.ts";
import type {
  Candidate,
  Entry,
  Extractor,
  ReadEntry,
  UnreadEntry,
} from "./extractor.ts";
import { boundedName, cleanFilename } from "./filename.ts";
import { type ExtractorBug, extractorBug, theFirst } from "./extractor-bug.ts";
import { messageTexts } from "./message-text.ts";
import {
  isMailEntry,
  joinPlaces,
  type Opening,
  OpeningQueue,
} from "./opening-queue.ts";
import { PasswordTrials } from "./password-trials.ts";
import { digest } from "./digest.ts";
import { detectType } from "./signatures.ts";

export interface ExpandOptions {
  /** Tried on what is encrypted, before those that the message names. */
  readonly passwords?: readonly string[];
  /** Told of an extractor's own exceptions, the first few. */
  readonly onBug?: (bug: ExtractorBug) => void;
}

/** Opens `bytes`, a whole message. Never throws for what the message holds. */
export async function expand(
  bytes: Uint8Array,
  limits: Limits,
  extractors: readonly Extractor[],
  options: ExpandOptions = {},
): Promise<Message> {
  return new Expansion(bytes, limits, extractors, options).run();
}

class Expansion {
  readonly #bytes: Uint8Array;
  readonly #limits: Limits;
  readonly #extractors: readonly Extractor[];
  readonly #onBug: (bug: ExtractorBug) => void;
  readonly #budget: Budget;
  readonly #passwords: PasswordTrials;
  readonly #parts: Part[] = [];
  readonly #findings: Finding[] = [];
  readonly #found = new Set<string>();
  readonly #queue = new OpeningQueue();
  /** Parts of mail syntax: what a reader sees without opening anything. */
  readonly #mail: Part[] = [];
  /** Sections by container, content, type and name. */
  readonly #sections = new Map<string, Part>();
  /** Content already given to an extractor, by digest and format. */
  readonly #opened = new Set<string>();
  #isFull = false;

  constructor(
    bytes: Uint8Array,
    limits: Limits,
    extractors: readonly Extractor[],
    { passwords = [], onBug = () => undefined }: ExpandOptions,
  ) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#extractors = extractors;
    this.#onBug = theFirst(onBug);
    this.#budget = new Budget(limits, bytes.length);
    this.#passwords = new PasswordTrials(limits, passwords, () =>
      messageTexts(this.#mail, limits),
    );
  }

  async run(): Promise<Message> {
    this.#addMessage();
    while (!this.#isFull) {
      const opening = this.#queue.next();
      if (opening === undefined) break;
      await this.#open(opening);
    }
    return {
      header: parseHeader(this.#bytes, this.#limits).fields,
      parts: this.#parts,
      findings: this.#findings,
    };
  }

  #addMessage(): void {
    const part: Part = {
      id: 0,
      parent: null,
      place: "",
      declaredType: "message/rfc822",
      otherTypes: [],
      detectedType: "message/rfc822",
      filename: null,
      otherFilenames: [],
      charset: null,
      size: this.#bytes.length,
      sha256: digest(this.#bytes),
      content: this.#bytes,
    };
    this.#parts.push(part);
    this.#mail.push(part);
    if (this.#bytes.length > this.#limits.messageBytes)
      this.#limit("messageBytes", "expand", 0);
    else
      this.#queue.add({
        part,
        candidate: this.#candidateOf(part),
        depth: 0,
        isSection: true,
        isMail: true,
      });
  }

  async #open(opening: Opening): Promise<void> {
    const { part, candidate, depth } = opening;
    for (const extractor of this.#extractors) {
      const { format } = extractor;
      try {
        // The message is opened as what it is; what other formats could see
        // in its bytes, nobody who reads it does.
        if (part.id === 0 && format !== "mime") continue;
        if (!extractor.recognizes(candidate)) continue;
        if (depth >= this.#limits.depth) {
          this.#limit("depth", format, part.id);
          continue;
        }
        // A quine, or the same archive attached twice.
        const key = `${format} ${part.sha256}`;
        if (this.#opened.has(key)) continue;
        this.#opened.add(key);
        let last: Part | null = null;
        for await (const entry of extractor.entries(candidate, this.#budget)) {
          if (this.#isFull) return;
          last = this.#take(entry, extractor, opening, last);
        }
      } catch (error) {
        // What an extractor gave before it ended stays.
        if (error instanceof LimitReached)
          this.#limit(error.limit, format, part.id);
        else if (isOutOfMemory(error)) throw error;
        else {
          // A bug. What it hides was not looked at, as behind a limit.
          this.#find(format, "limit", `${format}-failed`, part.id);
          this.#onBug(extractorBug(format, part.place, error));
        }
      }
    }
  }

  /** Makes one entry a part or a finding; returns the part read last. */
  #take(
    entry: Entry,
    { format }: Extractor,
    container: Opening,
    last: Part | null,
  ): Part | null {
    switch (entry.kind) {
      case "read":
        return this.#addPart(entry, format, container) ?? last;
      case "unread":
        this.#addUnread(entry, format, container);
        return last;
      case "remark": {
        const about = entry.aboutLastEntry === true ? last : null;
        this.#find(
          format,
          entry.finding,
          entry.name,
          (about ?? container.part).id,
        );
        return last;
      }
      default:
        return entry satisfies never;
    }
  }

  #candidateOf(part: Part): Candidate {
    const { content, declaredType, detectedType, filename } = part;
    return {
      bytes: content,
      declaredType,
      detectedType,
      filename,
      passwords: this.#passwords,
    };
  }

  #addPart(entry: ReadEntry, format: string, container: Opening): Part | null {
    if (this.#parts.length >= this.#limits.parts) {
      this.#limit("parts", format, container.part.id);
      this.#isFull = true;
      return null;
    }
    const isSection = entry.isSection === true;
    const detectedType = detectType(entry.content);
    const { filename, otherFilenames, findings } = cleanFilename(
      entry.filename,
      entry.otherFilenames ?? [],
      detectedType,
    );
    const part: Part = {
      id: this.#parts.length,
      parent: container.part.id,
      place: joinPlaces(
        container,
        printable(boundedName(entry.place)),
        isSection,
      ),
      declaredType: entry.declaredType,
      otherTypes: entry.otherTypes ?? [],
      detectedType,
      filename,
      otherFilenames,
      charset: entry.charset ?? null,
      size: entry.content.length,
      sha256: digest(entry.content),
      content: entry.content,
    };
    // An unusual reading that shows what another one has shown already.
    const key = `${container.part.id} ${part.sha256} ${part.declaredType ?? ""} ${filename ?? ""}`;
    const same = this.#sections.get(key);
    if (same !== undefined && part.place.includes("~")) return same;
    if (isSection) this.#sections.set(key, part);
    this.#parts.push(part);
    for (const name of findings) this.#find(format, "policy", name, part.id);
    const isMail = isMailEntry(container, format);
    if (isMail) this.#mail.push(part);
    if (entry.leaf !== true && part.size > 0)
      this.#queue.add({
        part,
        candidate: this.#candidateOf(part),
        depth: container.depth + 1,
        isSection,
        isMail,
      });
    return part;
  }

  /** What could not be had is judged by its name all the same. */
  #addUnread(entry: UnreadEntry, format: string, container: Opening): void {
    this.#find(format, entry.reason, entry.name, container.part.id);
    const { findings } = cleanFilename(
      entry.filename,
      [],
      "application/octet-stream",
    );
    for (const name of findings)
      this.#find(format, "policy", name, container.part.id);
  }

  #limit(limit: LimitName, format: string, part: number): void {
    this.#find(format, "limit", limitFindingName(limit), part);
  }

  /** Once for a part each; `findings` of one message at most, and then one that says so. */
  #find(source: string, kind: FindingKind, name: string, part: number): void {
    const key = `${part} ${source} ${kind} ${name}`;
    if (this.#found.has(key) || this.#findings.length >= this.#limits.findings)
      return;
    this.#found.add(key);
    // The last one allowed tells that more were dropped.
    this.#findings.push(
      this.#findings.length === this.#limits.findings - 1
        ? {
            source: "expand",
            kind: "limit",
            name: limitFindingName("findings"),
            part: null,
            score: null,
          }
        : { source, kind, name, part, score: null },
    );
  }
}
