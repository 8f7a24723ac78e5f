import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Answer } from "../src/decision.ts";
import { FrameSource, type Frame } from "../src/frame-source.ts";
import { netstring, parseNetstrings } from "../src/netstring.ts";
import {
  formatFacts,
  formatReply,
  formatUndelivered,
  frame,
  isPassed,
  parseAnswer,
  parseFacts,
  parseUndelivered,
  ProtocolError,
  type Facts,
} from "../src/protocol.ts";

/** A socket whose other side has sent these pieces and closed. */
function sending(pieces: readonly Uint8Array[]): Socket {
  const stream = new Duplex({
    read() {
      // Pushed below.
    },
    write(_chunk, _encoding, done) {
      done();
    },
  });
  for (const piece of pieces) stream.push(piece);
  stream.push(null);
  return stream as unknown as Socket;
}

async function framesOf(
  bytes: Uint8Array,
  pieceBytes = 7,
  maxBytes = 1_000_000,
): Promise<Frame[]> {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    pieces.push(bytes.subarray(at, at + pieceBytes));
  const source = new FrameSource(sending(pieces));
  const found: Frame[] = [];
  for (;;) {
    const next = await source.next(maxBytes);
    if (next === null) return found;
    found.push(next);
  }
}

const facts: Facts = {
  id: "20261122-101112-0123abcd",
  receivedAt: 1_795_000_000_000,
  uid: 7791,
  user: "qmaild",
  messageBytes: 12,
  deadlineMs: 240_000,
  env: { TCPREMOTEIP: "192.0.2.1", RELAYCLIENT: "", QSIFT_POLICY: "a=b" },
};

describe("netstrings", () => {
  test("round-trip", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (payloads) => {
        const bytes = Buffer.concat(payloads.map(netstring));
        const parsed = parseNetstrings(bytes);
        return (
          parsed.length === payloads.length &&
          parsed.every((each, i) =>
            Buffer.from(each).equals(payloads[i] ?? Buffer.alloc(0)),
          )
        );
      }),
    );
  });

  test.each(["", "5:hello"])("%j alone is none or broken", (text) => {
    const parse = () => parseNetstrings(Buffer.from(text));
    if (text === "") expect(parse()).toEqual([]);
    else expect(parse).toThrow(ProtocolError);
  });

  test.each([
    "05:hello,",
    "-1:,",
    "5:hell,",
    "99999999999:x,",
    "x",
    "1e1:0123456789,",
  ])("%s is refused", (text) => {
    expect(() => parseNetstrings(Buffer.from(text))).toThrow(ProtocolError);
  });
});

describe("frames", () => {
  test("come whole, however they are cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array(), { maxLength: 5 }),
        fc.integer({ min: 1, max: 20 }),
        async (payloads, pieceBytes) => {
          const bytes = Buffer.concat(payloads.map((each) => frame("Q", each)));
          const found = await framesOf(bytes, pieceBytes);
          expect(found.map(({ payload }) => [...payload])).toEqual(
            payloads.map((each) => [...each]),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([
    ["0:,", /empty frame/],
    ["5:Gabcd", /closed within a frame/],
    ["5", /closed within a frame/],
    ["5:Gabcd;", /no end of a frame/],
    ["GET / HTTP/1.0\r\n\r\n", /no length/],
    ["99:", /at most 50 expected/],
    ["00000000000000000000000", /no length/],
  ])("%j is refused", async (text, reason) => {
    await expect(framesOf(Buffer.from(text), 7, 50)).rejects.toThrow(reason);
  });

  test("of a message fill the memory for it exactly, or are refused", async () => {
    const into = new Uint8Array(5);
    const exact = new FrameSource(sending([frame("D", Buffer.from("hello"))]));
    await exact.nextInto("D", into);
    expect(Buffer.from(into).toString()).toBe("hello");
    for (const wrong of [
      frame("D", Buffer.from("hell")),
      frame("D", Buffer.from("hello!")),
      frame("S", Buffer.from("hello")),
      Buffer.from("6:Dhel"),
      Buffer.alloc(0),
    ])
      await expect(
        new FrameSource(sending([wrong])).nextInto("D", new Uint8Array(5)),
      ).rejects.toThrow(ProtocolError);
  });
});

describe("facts", () => {
  test("round-trip, and hold only what may pass", () => {
    const parsed = parseFacts(formatFacts(facts));
    expect({ ...parsed, env: { ...parsed.env } }).toEqual(facts);
    expect(["TCPREMOTEIP", "QS_SPAMASSASSIN", "PROTO"].every(isPassed)).toBe(
      true,
    );
    expect(["PATH", "HOME", "QMAILQUEUE", "LD_PRELOAD"].some(isPassed)).toBe(
      false,
    );
  });

  test.each([
    ["", /without their end/],
    ["uid=1\0", /without an id/],
    [`id=${facts.id}\0`, /without received_at/],
    [`id=../../x\0`, /without an id/],
    [formatFacts(facts).toString().replace("7791", "-1"), /without uid/],
    [formatFacts(facts).toString().replace("=12\0", "=1e9\0"), /message_bytes/],
  ])("%j are refused", (text, reason) => {
    expect(() => parseFacts(Buffer.from(text))).toThrow(reason);
  });

  test("with a name like __proto__ are only facts", () => {
    const text = `${formatFacts(facts).toString()}__proto__=x\0constructor=y\0`;
    expect(parseFacts(Buffer.from(text)).uid).toBe(7791);
  });
});

describe("answers", () => {
  const answers: readonly Answer[] = [
    {
      kind: "queue",
      deliveries: [
        {
          recipients: [0, 2, 10],
          edits: { renamed: [5, 900], top: Buffer.from("X: 1\n") },
        },
        { recipients: [1], edits: { renamed: [], top: Buffer.alloc(0) } },
      ],
      held: ["a"],
    },
    { kind: "accept", held: ["a", "b"] },
    { kind: "reject", text: "no (#5.7.1) 1" },
    { kind: "defer", text: "later", failure: null },
    { kind: "defer", text: "later", failure: 55 },
  ];

  async function roundTrip(bytes: Uint8Array): Promise<Answer> {
    const [, head, ...deliveries] = await framesOf(bytes);
    return parseAnswer(head?.payload ?? new Uint8Array(), () => {
      const next = deliveries.shift();
      return next === undefined
        ? Promise.reject(new ProtocolError("no delivery"))
        : Promise.resolve(next.payload);
    });
  }

  test.each(answers)("$kind round-trips", async (answer) => {
    const bytes = formatReply({ answer, fields: { a: 1 }, cause: null });
    expect(JSON.stringify(await roundTrip(bytes))).toBe(JSON.stringify(answer));
  });

  test("are these bytes, which courier and daemon of one version share", () => {
    const [answer] = answers;
    if (answer === undefined) throw new Error("none");
    expect(
      formatReply({ answer, fields: {}, cause: null }).toString("latin1"),
    ).toBe(
      '27:L{"fields":{},"cause":null},10:Aqueue\x002\x00a,26:Y6:0 2 10,5:5 900,5:X: 1\n,,11:Y1:1,0:,0:,,',
    );
  });

  test.each([
    "queue\x000",
    "queue",
    "accept",
    "drop",
    "",
    "queue\x00x",
    // A failure is never "queued", and never for good.
    "defer\x000\x00x",
    "defer\x0031\x00x",
    "defer\x00115\x00x",
    "defer\x00999\x00x",
  ])("%j is refused", async (head) => {
    await expect(
      parseAnswer(Buffer.from(head), () => Promise.resolve(Buffer.alloc(0))),
    ).rejects.toThrow(ProtocolError);
  });

  test("with deliveries that are no deliveries are refused", async () => {
    for (const wrong of [
      "",
      "1:1,",
      "1:1,0:,0:,0:,",
      "3:2 1,0:,0:,",
      "2:-1,0:,0:,",
    ])
      await expect(
        parseAnswer(Buffer.from("queue\x001"), () =>
          Promise.resolve(Buffer.from(wrong)),
        ),
      ).rejects.toThrow(ProtocolError);
  });
});

test("what was not delivered round-trips", () => {
  const undelivered = { recipients: [3, 4], cause: "exited 53: \u00FC", n: 2 };
  expect(parseUndelivered(formatUndelivered(undelivered))).toEqual(undelivered);
  expect(() => parseUndelivered(Buffer.from("1:1,"))).toThrow(ProtocolError);
});
