// One archive through 7-Zip. Called by seven-zip.ts, by lzma-lzip.ts and, for
// the methods that Node lacks, by zip-member.ts. Never throws for what the archive
// is; the budget's LimitReached is part of the result, since what was
// extracted before it counts.

import { isOutOfMemory } from "../out-of-memory.ts";
import type { Budget } from "../budget.ts";
import { LimitReached } from "../limits.ts";
import {
  hasEncryptedHeader,
  isCostlyMethod,
  isCostlyToOpen,
} from "./seven-zip-cost.ts";
import {
  SevenZipDialogue,
  type SevenZipFault,
  type SevenZipItem,
  TooManyEncrypted,
} from "./seven-zip-dialogue.ts";
import {
  inputPath,
  outputPath,
  runSevenZip,
  type SevenZipObserver,
  SevenZipStopped,
} from "./seven-zip-host.ts";
import { sevenZipModule, webAssembly } from "./seven-zip-module.ts";

export interface SevenZipResult {
  readonly items: readonly SevenZipItem[];
  /** About the archive as a whole. */
  readonly fault: SevenZipFault;
  /** Set where the budget ended the run; to be thrown after `items` were used. */
  readonly limit: LimitReached | null;
}

/** What 7-Zip has before it opens anything. */
const ownBytes = 17 * 1024 * 1024;

/** One thread, no progress shown, "yes" to every question. */
const options = ["-mmt1", "-bsp0", "-y", "--", inputPath];

export function openWithSevenZip(
  bytes: Uint8Array,
  type: string,
  budget: Budget,
  password = "",
): SevenZipResult {
  if (isCostlyToOpen(type, bytes))
    return { items: [], fault: "encrypted", limit: null };
  const dialogue = new SevenZipDialogue(budget);
  let outOfMemory = false;
  const observer: SevenZipObserver = {
    create: () => dialogue.create(),
    link: (target, path) => {
      dialogue.link(target, path);
    },
    memory: (size) => {
      if (size === null) outOfMemory = true;
      else budget.windowBytes = Math.max(0, size - ownBytes);
    },
    line(fd, text) {
      // Before it extracts, 7-Zip names the methods, without their strength.
      if (
        fd === 1 &&
        /^Method = .*7zAES/.test(text) &&
        hasCostlyKeys(bytes, budget.limits.wasmMemoryBytes)
      )
        throw new TooManyEncrypted();
      dialogue.line(fd, text);
    },
  };
  let limit: LimitReached | null = null;
  try {
    // Starting it only to be refused the first byte costs 20 ms.
    if (budget.bytesLeft <= 0) budget.chargeBytes(1);
    // -aoa: names that come twice are no reason to ask. -snld: links may lead
    // anywhere, as none is made. -bb1: name each file. `-p` with nothing behind
    // is the empty password: without it 7-Zip would ask.
    const status = runSevenZip(
      sevenZipModule(),
      bytes,
      [
        "x",
        `-t${type}`,
        `-p${password}`,
        "-aoa",
        "-snld",
        "-bb1",
        `-o${outputPath}`,
        ...options,
      ],
      budget.limits.wasmMemoryBytes,
      observer,
    );
    // 2 is a fatal error, 8 not enough memory; mostly lines have told which.
    if (status > 1 && !dialogue.hasFault)
      dialogue.fault = status === 8 ? "limit" : "malformed";
  } catch (error) {
    // No room for the module itself says nothing about the archive.
    if (isOutOfMemory(error)) throw error;
    if (error instanceof LimitReached) limit = error;
    else if (error instanceof TooManyEncrypted) dialogue.fault = "encrypted";
    else if (isSevenZipsEnd(error)) {
      // With an encrypted header it throws, which tells nothing.
      if (dialogue.fault === "none")
        dialogue.fault = hasEncryptedHeader(bytes) ? "encrypted" : "malformed";
    } else throw error;
  } finally {
    budget.windowBytes = 0;
  }
  // Some formats call it wrong data where they were refused memory (xz).
  const cause = (fault: SevenZipFault): SevenZipFault =>
    outOfMemory && fault === "malformed" ? "limit" : fault;
  return {
    items: dialogue
      .items()
      .map((item) => ({ ...item, fault: cause(item.fault) })),
    fault: cause(dialogue.fault),
    limit,
  };
}

/** A list costs a second run, so it is only asked for where there are keys. */
function hasCostlyKeys(bytes: Uint8Array, memoryBytes: number): boolean {
  let isCostly = false;
  try {
    runSevenZip(
      sevenZipModule(),
      bytes,
      ["l", "-slt", "-t7z", "-p", ...options],
      memoryBytes,
      {
        create: () => {
          throw new SevenZipStopped("a list creates nothing");
        },
        link: () => undefined,
        memory: () => undefined,
        line(_fd, text) {
          if (text.startsWith("Method = ") && isCostlyMethod(text))
            isCostly = true;
        },
      },
    );
  } catch (error) {
    if (!isSevenZipsEnd(error)) throw error;
  }
  return isCostly;
}

/** It stopped, trapped, ran out of stack, or was refused memory. */
function isSevenZipsEnd(error: unknown): boolean {
  return (
    error instanceof SevenZipStopped ||
    error instanceof webAssembly.RuntimeError ||
    error instanceof RangeError
  );
}
