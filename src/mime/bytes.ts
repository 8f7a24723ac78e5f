// Bytes of mail syntax, and the few questions that every parser in this folder
// asks about them. extractors/ takes asBuffer and latin1 from here.

export const NUL = 0;
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const DASH = 45;
export const COLON = 58;
export const EQUALS = 61;

/** White space within a line: SPACE, TAB, and the VT, FF and NUL that some readers skip as well. */
export function isBlank(byte: number): boolean {
  return (
    byte === SPACE || byte === TAB || byte === 11 || byte === 12 || byte === NUL
  );
}

/** The same bytes as a Buffer, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One character a byte. An end beyond the bytes is theirs. */
export function latin1(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): string {
  return asBuffer(bytes).toString("latin1", start, end);
}

/** The reverse of `latin1`. */
export function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** All of it is white space: a reader shows nothing. */
export function isBlankText(bytes: Uint8Array): boolean {
  for (const byte of bytes)
    if (byte !== LF && byte !== CR && !isBlank(byte)) return false;
  return true;
}
