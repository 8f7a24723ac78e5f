// A raw DEFLATE stream (RFC 1951) inside a budget: Node's zlib where the
// stream is sound, our own decoder for the head of one that is not. Used by
// zip and gzip, and by documents that hold such streams.

import { inflateRawSync, constants } from "node:zlib";

import type { Budget } from "../budget.ts";
import { type ByHand, inflateByHand } from "./deflate64.ts";

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
    const { buffer, engine } = inflateRawSync(bytes, {
      maxOutputLength: Math.max(cap, 1),
      finishFlush: constants.Z_SYNC_FLUSH,
      info: true,
    }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    const consumed = engine.bytesWritten;
    return {
      content: buffer,
      consumed,
      // Whether a stream that used all input is complete, zlib doesn't tell:
      // its sizes and sum will.
      ending: "complete",
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      return { content: new Uint8Array(0), consumed: 0, ending: "limit" };
    return inflateByHand(bytes, cap);
  }
}
