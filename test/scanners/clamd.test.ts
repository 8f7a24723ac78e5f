import { afterEach, describe, expect, test } from "vitest";
import { clamdVersionReply, serveClamd } from "../fakes/scanner-clamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { clean, openAt, scanWith } from "./clamd-fake.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

describe("the message", () => {
  test.each([0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 700_000])(
    "of %d bytes goes over whole",
    async (size) => {
      const message = Buffer.alloc(size, "0123456789abcdef").toString();
      const { report, streams } = await scanWith(subjectOf(message), clean);
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
    const { report } = await scanWith(
      subjectOf("x"),
      () => `${signature} FOUND`,
    );
    expect(report.findings).toEqual([
      { source: "clamd", kind, name: signature, part: null, score: null },
    ]);
  });

  test("with a signature that the configuration knows better is of that kind", async () => {
    const heuristics = { "PUA.": "policy", "PUA.Win.": "unsupported" };
    const { report } = await scanWith(
      subjectOf("x"),
      () => "PUA.Win.Packer.X FOUND",
      { options: { heuristics } },
    );
    expect(report.findings).toMatchObject([{ kind: "unsupported" }]);
  });

  test.each([
    ["Time limit reached ERROR", "message"],
    ["Bad format or broken data ERROR", "message"],
    ["Can't allocate memory ERROR", "failed"],
  ])("with %j fails for reason %j", async (said, reason) => {
    await expect(scanWith(subjectOf("x"), () => said)).rejects.toMatchObject({
      reason,
    });
  });

  test.each([
    ["A: OK", "A:_OK"],
    ["OK FOUND", "OK_FOUND"],
    ["\x1B[31m\xFF", "\\x1B[31m\\xC3\\xBF"],
    ["x".repeat(5000), `${"x".repeat(97)}...`],
  ])(
    "with a signature named %j keeps a name fit to show",
    async (raw, name) => {
      const { report } = await scanWith(subjectOf("x"), () => `${raw} FOUND`);
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
    const { streams, report } = await scanWith(
      subjectOf(message, parts),
      clean,
    );
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
    const { streams } = await scanWith(
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
    const { report } = await scanWith(subjectOf(message, parts), (stream) =>
      stream === "decoded" ? "Evil FOUND" : "OK",
    );
    expect(report.findings).toMatchObject([
      { kind: "virus", name: "Evil", part: 3 },
    ]);
  });

  test("are not sent after a virus was found in the message", async () => {
    const { streams } = await scanWith(
      subjectOf(message, parts),
      () => "Evil FOUND",
    );
    expect(streams.length).toBe(1);
  });

  test("over max_bytes are a limit finding", async () => {
    const large = partOf(1, Buffer.alloc(31));
    const { report, streams } = await scanWith(
      subjectOf(message, [partOf(0, message), large]),
      clean,
      { maxBytes: 30 },
    );
    expect(streams.length).toBe(1);
    expect(report.findings).toMatchObject([
      { kind: "limit", name: "clamd-part-over-max-bytes", part: 1 },
    ]);
  });

  test("make the whole scan fail when one of them cannot be scanned", async () => {
    const scanning = scanWith(subjectOf(message, parts), (stream) =>
      stream === "decoded" ? "Can't write to temporary file ERROR" : "OK",
    );
    await expect(scanning).rejects.toThrow("clamd said");
  });

  test("that clamd takes no whole stream of are limit findings, and the rest is sent", async () => {
    server = await listen("unix", (socket) => {
      serveClamd(socket, (bytes, number) => {
        if (number === 2) socket.write(clamdVersionReply);
        if (bytes.toString() !== "decoded")
          socket.write(`${number}: stream: OK\0`);
        else socket.end(`${number}: INSTREAM size limit exceeded. ERROR\0`);
      });
    });
    const scanner = openAt(server);
    const report = await scanner.scan(subjectOf(message, parts), noDeadline());
    expect(report.findings).toMatchObject([
      { kind: "limit", name: "clamd-part-over-stream-max-length", part: 3 },
    ]);
    expect(server.taken()).toBe(2);
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
  const scanner = openAt(server);
  const message = subjectOf(Buffer.alloc(3_000_000, "x"));
  for (let run = 0; run < 20; run += 1)
    await expect(scanner.scan(message, noDeadline())).rejects.toMatchObject({
      reason: "message",
      message:
        "stream of 3000000 bytes is over clamd's StreamMaxLength: raise it, or set max_bytes of [scanners.clamd] to it",
    });
});

test("a ping gives the version, and nothing else passes for one", async () => {
  let reply = "ClamAV 1.4.6/27500/fake\0";
  server = await listen("unix", (socket) => {
    socket.once("data", () => socket.end(reply));
  });
  const scanner = openAt(server);
  expect(await scanner.ping(noDeadline())).toEqual({
    version: "ClamAV 1.4.6/27500/fake",
    databaseAt: null,
  });
  reply = "UNKNOWN COMMAND\0";
  await expect(scanner.ping(noDeadline())).rejects.toThrow(
    'reply not understood: "UNKNOWN COMMAND"',
  );
});
