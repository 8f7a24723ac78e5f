// Whether a part's content is a piece of the message's own bytes, undecoded.
// Small Buffers share memory with their neighbours (Node's pool), so the same
// ArrayBuffer alone means nothing.

export function isViewOf(content: Uint8Array, message: Uint8Array): boolean {
  const start = content.byteOffset - message.byteOffset;
  return (
    content.buffer === message.buffer &&
    start >= 0 &&
    start + content.length <= message.length
  );
}
