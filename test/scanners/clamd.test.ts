import { defaultLimits } from "../../src/limits.ts";
import { afterEach, describe, expect, test } from "vitest";
import { clamd } from "../../src/scanners/clamd.ts";
import type { Report, Subject } from "../../src/scanners/scanner.ts";
import { serveClamd } from "../fakes/scanner-clamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

interface Scanned {
  readonly report: Report;
  readonly streams: readonly string[];
}

/** Scans with a clamd that says `reply(stream)` after `stream: `. */
async function scan(
  subject: Subject,
  reply: (stream: string) => string,
  maxBytes = clamd.defaults.maxBytes,
): Promise<Scanned> {
  const streams: string[] = [];
  server = await listen("unix", (socket) => {
    serveClamd(socket, (bytes, number) => {
      const stream = bytes.toString("latin1");
      streams.push(stream);
      socket.write(`${number}: stream: ${reply(stream)}\0`);
      // Out of order, as clamd may.
      if (number === 2) socket.write("1: ClamAV 1.4.6/27500/fake\0");
    });
  });
  const scanner = clamd.open(
    {
      ...clamd.defaults,
      maxBytes,
      addresses: [server.address],
    },
    defaultLimits,
  );
  const report = await scanner.scan(subject, noDeadline());
  return { report, streams };
}

const clean = (): string => "OK";

describe("the message", () => {
  test.each([0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 700_000])(
    "of %d bytes goes over whole",
    async (size) => {
      const message = Buffer.alloc(size, "0123456789abcdef").toString();
      const { report, streams } = await scan(subjectOf(message), clean);
      expect(streams.length).toBe(1);
      expect(streams[0] === message).toBe(true);
      expect(report).toEqual({
        findings: [],
        score: null,
        version: "ClamAV 1.4.6/27500/fake",
      });
    },
  );

  test.each([
    ["Win.Test.EICAR_HDB-1", "virus"],
    ["Test.Marker.UNOFFICIAL", "virus"],
    ["PUA.Win.Packer.X", "virus"],
    ["Heuristics.Encrypted.Zip", "encrypted"],
    ["Heuristics.Limits.Exceeded.MaxFileSize", "limit"],
    ["Heuristics.OLE2.ContainsMacros.VBA", "macro"],
    ["Heuristics.Phishing.Email.SpoofedDomain", "spam"],
    ["Heuristics.Broken.Executable", "virus"],
  ])("with %s is a finding of kind %s", async (signature, kind) => {
    const { report } = await scan(subjectOf("x"), () => `${signature} FOUND`);
    expect(report.findings).toEqual([
      { source: "clamd", kind, name: signature, part: null, score: null },
    ]);
  });

  test.each([
    ["A: OK", "A:_OK"],
    ["OK FOUND", "OK_FOUND"],
    ["\x1B[31m\xFF", "\\x1B[31m\\xC3\\xBF"],
    ["x".repeat(5000), `${"x".repeat(97)}...`],
  ])(
    "with a signature named %j keeps a name fit to show",
    async (raw, name) => {
      const { report } = await scan(subjectOf("x"), () => `${raw} FOUND`);
      expect(report.findings).toMatchObject([{ kind: "virus", name }]);
    },
  );
});

describe("the parts", () => {
  // With memory of its own, so that offsets alone do not tell what is within.
  const message = Uint8Array.from(
    Buffer.from("Subject: x\n\nplain <b>html</b>"),
  );
  const parts = [
    partOf(0, message),
    partOf(1, message.subarray(12, 17), { detectedType: "text/plain" }),
    partOf(2, message.subarray(18), {
      detectedType: "text/plain",
      declaredType: "text/html",
    }),
    partOf(3, Buffer.from("decoded")),
    partOf(4, Buffer.from("decoded")),
    partOf(5, Uint8Array.from(Buffer.from("PLAIN")), {
      detectedType: "text/plain",
    }),
    partOf(6, Buffer.alloc(0)),
  ];

  test("are sent too, but for what clamd has seen as it is", async () => {
    const { streams, report } = await scan(subjectOf(message, parts), clean);
    expect(streams).toEqual([
      Buffer.from(message).toString(),
      "<b>html</b>",
      "decoded",
      "PLAIN",
    ]);
    expect(report.findings).toEqual([]);
  });

  test("that came out of an archive are left to clamd's own unpacking", async () => {
    const archive = partOf(1, Buffer.from("PK archive"), {
      detectedType: "application/zip",
    });
    const entry = partOf(2, Buffer.from("entry"), { parent: 1 });
    const text = partOf(3, Buffer.from("begin 644 a"), {
      detectedType: "text/plain",
    });
    const file = partOf(4, Buffer.from("uudecoded"), { parent: 3 });
    const { streams } = await scan(
      subjectOf(message, [partOf(0, message), archive, entry, text, file]),
      clean,
    );
    expect(streams.slice(1)).toEqual([
      "PK archive",
      "begin 644 a",
      "uudecoded",
    ]);
  });

  test("are named in what is found in them", async () => {
    const { report } = await scan(subjectOf(message, parts), (stream) =>
      stream === "decoded" ? "Evil FOUND" : "OK",
    );
    expect(report.findings).toMatchObject([
      { kind: "virus", name: "Evil", part: 3 },
    ]);
  });

  test("are not sent after a virus was found in the message", async () => {
    const { streams } = await scan(
      subjectOf(message, parts),
      () => "Evil FOUND",
    );
    expect(streams.length).toBe(1);
  });

  test("over max_bytes are a limit finding", async () => {
    const large = partOf(1, Buffer.alloc(31));
    const { report, streams } = await scan(
      subjectOf(message, [partOf(0, message), large]),
      clean,
      30,
    );
    expect(streams.length).toBe(1);
    expect(report.findings).toMatchObject([
      { kind: "limit", name: "clamd-part-over-max-bytes", part: 1 },
    ]);
  });

  test("make the whole scan fail when one of them cannot be scanned", async () => {
    const scanning = scan(subjectOf(message, parts), (stream) =>
      stream === "decoded" ? "Can't write to temporary file ERROR" : "OK",
    );
    await expect(scanning).rejects.toThrow("clamd said");
  });
});

test("a stream over clamd's own limit is a failure that says so", async () => {
  server = await listen("unix", (socket) => {
    socket.once("data", () => {
      socket.write("INSTREAM size limit exceeded. ERROR\0", () =>
        socket.destroy(),
      );
    });
  });
  const scanner = clamd.open(
    {
      ...clamd.defaults,
      addresses: [server.address],
    },
    defaultLimits,
  );
  const message = subjectOf(Buffer.alloc(3_000_000, "x"));
  for (let run = 0; run < 20; run += 1)
    await expect(scanner.scan(message, noDeadline())).rejects.toThrow(
      "stream of 3000000 bytes is over clamd's StreamMaxLength",
    );
});

test("a ping gives the version, and nothing else passes for one", async () => {
  let reply = "ClamAV 1.4.6/27500/fake\0";
  server = await listen("unix", (socket) => {
    socket.once("data", () => socket.end(reply));
  });
  const scanner = clamd.open(
    {
      ...clamd.defaults,
      addresses: [server.address],
    },
    defaultLimits,
  );
  expect(await scanner.ping(noDeadline())).toBe("ClamAV 1.4.6/27500/fake");
  reply = "UNKNOWN COMMAND\0";
  await expect(scanner.ping(noDeadline())).rejects.toThrow(
    'reply not understood: "UNKNOWN COMMAND"',
  );
});
