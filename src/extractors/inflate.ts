// A raw DEFLATE stream (RFC 1951) inside a budget: Node's zlib where the
// stream is sound, our own decoder for the head of one that is not. Used by
// zip and gzip, and by documents that hold such streams.

import {
  constants,
  gunzipSync,
  inflateRawSync,
  type ZlibOptions,
} from "node:zlib";

import { errorCode } from "../error-code.ts";
import type { Budget } from "../budget.ts";
import { type ByHand, inflateByHand } from "./deflate64.ts";
import { doublesUpTo, trimmed } from "./growing.ts";

/** The stream may be followed by anything. Charges the budget; throws LimitReached where it is used up. */
export function inflateWithin(bytes: Uint8Array, budget: Budget): ByHand {
  const result = inflateCapped(bytes, budget.bytesLeft);
  budget.chargeBytes(
    result.ending === "limit" ? budget.bytesLeft + 1 : result.content.length,
  );
  return result;
}

/** Deflate64 in the same way. */
export function inflate64Within(bytes: Uint8Array, budget: Budget): ByHand {
  const result = inflateByHand(bytes, budget.bytesLeft, true);
  budget.chargeBytes(
    result.ending === "limit" ? budget.bytesLeft + 1 : result.content.length,
  );
  return result;
}

function inflateCapped(bytes: Uint8Array, cap: number): ByHand {
  // Starting zlib costs 20 µs; an archive may have 100,000 tiny entries.
  if (bytes.length < 64) return inflateByHand(bytes, cap);
  try {
    // With Z_SYNC_FLUSH a stream that breaks off is no error.
    const inflated = runZlib(inflateRawSync, bytes, cap, {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    if (inflated === null)
      return { content: new Uint8Array(0), consumed: 0, ending: "limit" };
    // Whether a stream that used all input is complete, zlib doesn't tell:
    // its sizes and sum will.
    return { ...inflated, ending: "complete" };
  } catch {
    return inflateByHand(bytes, cap);
  }
}

/** All members of a gzip file, as one. Null where that is more than `cap`; throws where something is wrong with it. */
export function gunzipCapped(bytes: Uint8Array, cap: number): Inflated | null {
  return runZlib(gunzipSync, bytes, cap, { finishFlush: constants.Z_FINISH });
}

export type Inflated = Pick<ByHand, "content" | "consumed">;

/**
 * zlib makes its output in pieces and joins them in the end, which holds it
 * twice. What is long is made again, in one piece as large as it may become;
 * of that, what is not written takes no memory.
 */
function runZlib(
  run: (bytes: Uint8Array, options: ZlibOptions) => unknown,
  bytes: Uint8Array,
  cap: number,
  options: ZlibOptions,
): Inflated | null {
  for (const [most, chunkSize] of [
    [Math.min(cap, doublesUpTo), constants.Z_DEFAULT_CHUNK],
    [cap, cap + 1],
  ] as const)
    try {
      const { buffer, engine } = run(bytes, {
        ...options,
        maxOutputLength: Math.max(most, 1),
        chunkSize: Math.max(chunkSize, constants.Z_MIN_CHUNK),
        info: true,
      }) as {
        readonly buffer: Buffer;
        readonly engine: { readonly bytesWritten: number };
      };
      return {
        content: trimmed(buffer, buffer.length),
        consumed: engine.bytesWritten,
      };
    } catch (error) {
      if (errorCode(error) !== "ERR_BUFFER_TOO_LARGE") throw error;
      if (most === cap) return null;
    }
  return null;
}
