import { describe, expect, test } from "vitest";
import {
  packMessage,
  unpackMessage,
} from "../../../src/extractors/sandbox/pack.ts";
import type { Message, Part } from "../../../src/mail.ts";

const part = (content: Uint8Array, id: number): Part => ({
  id,
  parent: id === 0 ? null : 0,
  place: String(id),
  declaredType: null,
  otherTypes: [],
  detectedType: "application/octet-stream",
  filename: null,
  otherFilenames: [],
  charset: null,
  size: content.length,
  sha256: "",
  content,
});

const messageOf = (contents: readonly Uint8Array[]): Message => ({
  header: [],
  parts: contents.map(part),
  findings: [],
});

const counting = (length: number) =>
  Uint8Array.from({ length }, (_, i) => i * 7);

/** As it arrives at the other thread; its bytes are compared here. */
function across(message: Message, received: Uint8Array) {
  const { packed, transfer } = packMessage(message, received);
  const sizes = packed.buffers.map(({ byteLength }) => byteLength);
  const before = message.parts.map(({ content }) => Buffer.from(content));
  const arrived = unpackMessage(
    structuredClone(packed, { transfer }),
    received,
  );
  arrived.parts.forEach(({ content }, i) => {
    expect(before[i]?.equals(content)).toBe(true);
  });
  return { arrived, sizes };
}

describe("a message between two threads", () => {
  const received = counting(1000).subarray(100, 600);

  test("sends no bytes for views of the received message", () => {
    const message = messageOf([
      received,
      received.subarray(3, 9),
      received.subarray(500),
    ]);
    const { packed } = packMessage(message, received);
    expect(packed.buffers.map(({ byteLength }) => byteLength)).toEqual([0]);
    expect(unpackMessage(packed, received)).toEqual(message);
  });

  test("hands over a large buffer once, and gathers small ones in one", () => {
    const large = counting(200_000);
    const views = [
      large,
      large.subarray(5, 100_000),
      counting(10),
      counting(20),
    ];
    const { sizes, arrived } = across(
      messageOf([received, ...views]),
      received,
    );
    expect(sizes).toEqual([200_000, 30]);
    expect(large.byteLength).toBe(0);
    expect(arrived.parts[2]?.content.buffer).toBe(
      arrived.parts[1]?.content.buffer,
    );
  });

  test("does not hand over a large buffer of which little is used", () => {
    const large = counting(200_000);
    const { sizes } = across(messageOf([large.subarray(5, 1000)]), received);
    expect(sizes).toEqual([995]);
    expect(large.byteLength).toBe(200_000);
  });

  test("gathers a buffer once, however many views overlap in it", () => {
    const small = counting(8_000);
    const views = Array.from({ length: 500 }, (_, i) => small.subarray(i));
    const { sizes } = across(messageOf(views), received);
    expect(sizes).toEqual([8_000]);
  });
});
