// A Message on its way from a sandbox worker to the thread that asked, without
// copying its bytes: a part that is a view of the received message goes as an
// offset into it (both threads see those bytes), large decoded buffers are
// handed over whole, once, however many parts are views of one buffer, and
// small ones are gathered in a single new buffer.
//
// Buffers that are mostly unused are gathered too: handing them over would
// keep their unused bytes alive. Each buffer is gathered at most once over, so
// that many overlapping views of one buffer cost no more than the buffer.

import type { Message, Part } from "../../mail.ts";

/** Where a part's bytes are: in the received message (-1), or in `buffers`. */
type PackedPart = Omit<Part, "content"> & {
  readonly buffer: number;
  readonly start: number;
};

/** What crosses between the threads. */
export interface PackedMessage {
  readonly header: Message["header"];
  readonly findings: Message["findings"];
  readonly parts: readonly PackedPart[];
  readonly buffers: readonly ArrayBuffer[];
}

const inReceived = -1;

// Gathering holds bytes twice, handing over costs some microseconds a buffer.
// Node's own pooled buffers (8 KiB) cannot be handed over at all.
const gatherBelowBytes = 8 * 1024 + 1;

/**
 * `received` is the view that the message was expanded from. With
 * `mayTransfer` false everything is gathered (memory that cannot be handed
 * over, such as that of a wasm instance).
 */
export function packMessage(
  message: Message,
  received: Uint8Array,
  mayTransfer = true,
): { packed: PackedMessage; transfer: ArrayBuffer[] } {
  const used = new Map<ArrayBufferLike, number>();
  for (const { content } of message.parts)
    if (content.buffer !== received.buffer)
      used.set(
        content.buffer,
        (used.get(content.buffer) ?? 0) + content.byteLength,
      );

  const transfer: ArrayBuffer[] = [];
  const wholeAt = new Map<ArrayBufferLike, { buffer: number; start: number }>();
  let gatheredBytes = 0;
  for (const [buffer, bytes] of used) {
    if (
      mayTransfer &&
      buffer instanceof ArrayBuffer &&
      buffer.byteLength >= gatherBelowBytes &&
      bytes * 2 >= buffer.byteLength
    ) {
      wholeAt.set(buffer, { buffer: transfer.push(buffer) - 1, start: 0 });
    } else gatheredBytes += Math.min(bytes, buffer.byteLength);
  }

  const gathered = new Uint8Array(gatheredBytes);
  const gatheredIndex = transfer.length;
  let filled = 0;
  for (const [buffer, bytes] of used) {
    if (wholeAt.has(buffer) || bytes <= buffer.byteLength) continue;
    gathered.set(new Uint8Array(buffer), filled);
    wholeAt.set(buffer, { buffer: gatheredIndex, start: filled });
    filled += buffer.byteLength;
  }

  const parts = message.parts.map(({ content, ...rest }): PackedPart => {
    if (content.buffer === received.buffer)
      return {
        ...rest,
        buffer: inReceived,
        start: content.byteOffset - received.byteOffset,
      };
    const whole = wholeAt.get(content.buffer);
    if (whole !== undefined)
      return {
        ...rest,
        buffer: whole.buffer,
        start: whole.start + content.byteOffset,
      };
    gathered.set(content, filled);
    filled += content.byteLength;
    return {
      ...rest,
      buffer: gatheredIndex,
      start: filled - content.byteLength,
    };
  });
  transfer.push(gathered.buffer);
  const { header, findings } = message;
  return { packed: { header, findings, parts, buffers: transfer }, transfer };
}

/** The Message again; its parts are views of `received` and of the buffers that came. */
export function unpackMessage(
  packed: PackedMessage,
  received: Uint8Array,
): Message {
  const parts = packed.parts.map(({ buffer, start, ...rest }): Part => {
    if (buffer === inReceived)
      return { ...rest, content: received.subarray(start, start + rest.size) };
    const bytes = packed.buffers[buffer];
    if (bytes === undefined) throw new Error(`no buffer ${buffer} came`);
    return { ...rest, content: new Uint8Array(bytes, start, rest.size) };
  });
  return { header: packed.header, parts, findings: packed.findings };
}
