// zlib streams inside documents (PDF, PowerPoint, ActiveMime), as far as they
// go: the readers of such documents show what stands before an error, so a
// filter has to see that as well. The zlib header and the checksum at the end
// are not looked at: a wrong one stops none of those readers.

import type { Budget } from "../budget.ts";
import { u8 } from "./archive-bytes.ts";
import { inflateWithin } from "./inflate.ts";

export interface Inflated {
  readonly data: Uint8Array;
  /** All input was used: it may have been cut off. */
  readonly usedAll: boolean;
}

/**
 * Inflate a zlib stream (RFC 1950), or a raw one (RFC 1951) where no zlib
 * header stands. Charged to the budget; throws LimitReached.
 */
export function inflatePrefix(bytes: Uint8Array, budget: Budget): Inflated {
  const deflated = bytes.subarray(zlibHeaderBytes(bytes));
  const { content, consumed } = inflateWithin(deflated, budget);
  return { data: content, usedAll: consumed >= deflated.length };
}

// RFC 1950 2.2: offset 0 CMF (low nibble 8 = deflate), 1 FLG; both as a
// big-endian number are a multiple of 31. Bit 5 of FLG: a dictionary id follows.
function zlibHeaderBytes(bytes: Uint8Array): number {
  const cmf = u8(bytes, 0);
  const flg = u8(bytes, 1);
  if ((cmf & 0x0f) !== 8 || (cmf * 256 + flg) % 31 !== 0) return 0;
  return (flg & 0x20) === 0 ? 2 : 6;
}
