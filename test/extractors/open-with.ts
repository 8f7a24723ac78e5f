// Running one extractor on bytes, for its tests: what came out, in short form.

import fc from "fast-check";
import { expect } from "vitest";
import { Budget } from "../../src/budget.ts";
import type {
  Candidate,
  Entry,
  Extractor,
} from "../../src/extractors/extractor.ts";
import {
  defaultLimits,
  LimitReached,
  type LimitName,
  type Limits,
} from "../../src/limits.ts";

export interface Opened {
  readonly recognized: boolean;
  readonly entries: readonly Entry[];
  /** Place and content (one character a byte) of what was read. */
  readonly read: readonly (readonly [string, string])[];
  /** `reason name` of what was not read, `kind name` of remarks; " last" where about the entry before. */
  readonly findings: readonly string[];
  readonly limit: LimitName | null;
}

export type Given = Partial<Omit<Candidate, "bytes">> & {
  readonly limits?: Partial<Limits>;
};

export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString("latin1");

export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text, "latin1"));

export function candidateOf(
  content: Uint8Array | string,
  given: Given = {},
): Candidate {
  return {
    bytes: typeof content === "string" ? bytesOf(content) : content,
    declaredType: given.declaredType ?? null,
    detectedType:
      given.detectedType ??
      (typeof content === "string" ? "text/plain" : "application/octet-stream"),
    filename: given.filename ?? null,
    passwords: given.passwords ?? [],
  };
}

/** A string is text, bytes are unknown data, unless `given` says else. */
export function openWith(
  extractor: Extractor,
  content: Uint8Array | string,
  given: Given = {},
): Opened {
  const candidate = candidateOf(content, given);
  const recognized = extractor.recognizes(candidate);
  const entries: Entry[] = [];
  let limit: LimitName | null = null;
  if (recognized) {
    const limits = { ...defaultLimits, ...given.limits };
    const budget = new Budget(limits, candidate.bytes.length);
    try {
      for (const entry of extractor.entries(
        candidate,
        budget,
      ) as Iterable<Entry>)
        entries.push(entry);
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      limit = error.limit;
    }
  }
  return {
    recognized,
    entries,
    limit,
    read: entries.flatMap((entry) =>
      entry.kind === "read"
        ? [[entry.place, latin1(entry.content)] as const]
        : [],
    ),
    findings: entries.flatMap((entry) => {
      if (entry.kind === "unread") return [`${entry.reason} ${entry.name}`];
      if (entry.kind === "read") return [];
      const last = entry.aboutLastEntry === true ? " last" : "";
      return [`${entry.finding} ${entry.name}${last}`];
    }),
  };
}

const tight: Partial<Limits> = {
  expansionFreeBytes: 1 << 16,
  expansionRatio: 4,
  parts: 200,
};

/**
 * Whatever is done to the bytes, the extractor ends without an exception and
 * within its budget.
 */
export function expectHardy(
  extractor: Extractor,
  fixture: Uint8Array | string,
  given: Given = {},
  runs = 300,
): void {
  const { bytes, ...rest } = candidateOf(fixture, given);
  const place = fc.nat(Math.max(bytes.length - 1, 0));
  const change = fc.oneof(
    fc.record({
      at: place,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    }),
    fc.record({ at: place, bytes: fc.constantFrom(...hostileFields) }),
    fc.record({ at: place, cut: fc.nat(64) }),
    fc.record({ at: place, copy: fc.nat(64) }),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      let mutated = Buffer.from(bytes);
      for (const { at, ...how } of changes) {
        const head = mutated.subarray(0, at);
        const tail = mutated.subarray(at);
        if ("bytes" in how) Buffer.from(how.bytes).copy(mutated, at);
        else if ("cut" in how)
          mutated = Buffer.concat([head, tail.subarray(how.cut)]);
        else mutated = Buffer.concat([head, tail.subarray(0, how.copy), tail]);
      }
      const { entries } = openWith(extractor, mutated, {
        ...rest,
        limits: tight,
      });
      let total = 0;
      for (const entry of entries)
        if (entry.kind === "read" && entry.content.buffer !== mutated.buffer)
          total += entry.content.length;
      expect(total).toBeLessThanOrEqual((1 << 16) + 4 * mutated.length);
      expect(entries.length).toBeLessThan(5000);
    }),
    { numRuns: runs },
  );
}

const hostileFields = [
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0x7f, 0xff, 0xff, 0xff],
  [0, 0, 0, 0],
  [0, 0, 0, 0x80],
].map((field) => Uint8Array.from(field));
