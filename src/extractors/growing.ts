// How a buffer grows whose final size nobody knows: stated sizes lie. Used by
// every decoder that keeps what it writes (ChargedBytes, 7-Zip's output, our own
// inflate) and by inflate.ts.
//
// Doubling to the end would hold a part twice while it is copied for the last
// time. Memory that was never written takes none of the machine's, so above
// `doublesUpTo` a buffer is made as large as it may ever become, once.

/** What is copied at most, and so held twice. */
export const doublesUpTo = 8 * 1024 * 1024;

/** A buffer of at least `needed` bytes, never above `most`, with the first `used` bytes of `bytes`. */
export function grown(
  bytes: Uint8Array,
  used: number,
  needed: number,
  most: number,
): Uint8Array<ArrayBuffer> {
  const wanted =
    needed > doublesUpTo ? most : Math.max(needed, 2 * bytes.length);
  const larger = new Uint8Array(Math.max(needed, Math.min(wanted, most)));
  larger.set(bytes.subarray(0, used));
  return larger;
}

/**
 * The first `used` bytes; copied where they are the lesser part of their
 * buffer, so that what is kept holds on to no more than twice its size.
 */
export function trimmed(bytes: Uint8Array, used: number): Uint8Array {
  const kept = bytes.subarray(0, used);
  return used * 2 < bytes.buffer.byteLength ? new Uint8Array(kept) : kept;
}
