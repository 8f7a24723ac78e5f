// Netstrings: `5:hello,` (D. J. Bernstein, netstrings.txt). Used by the
// protocol between door and daemon.

/** What came is not what the protocol says; the conversation is over. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ProtocolError";
  }
}

/** Digits of a length that is still allowed: up to 10 GB. */
export const maxLengthDigits = 10;

export function netstring(payload: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`${payload.length}:`),
    payload,
    Buffer.from(","),
  ]);
}

/** Netstrings one after the other, nothing else. Throws ProtocolError. */
export function parseNetstrings(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const colon = bytes.indexOf(0x3a, at);
    if (colon < 0 || colon - at > maxLengthDigits)
      throw new ProtocolError("no length of a netstring");
    const length = parseLength(bytes.subarray(at, colon));
    const end = colon + 1 + length;
    if (bytes[end] !== 0x2c) throw new ProtocolError("no end of a netstring");
    found.push(bytes.subarray(colon + 1, end));
    at = end + 1;
  }
  return found;
}

/** Without leading zeros, as the definition says. */
export function parseLength(digits: Uint8Array): number {
  const text = Buffer.from(digits).toString("latin1");
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text))
    throw new ProtocolError("no length of a netstring");
  return Number(text);
}
