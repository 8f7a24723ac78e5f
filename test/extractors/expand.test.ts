import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Entry, Extractor } from "../../src/extractors/extractor.ts";
import { expand as expandWith } from "../../src/extractors/expand.ts";
import type { ExtractorBug } from "../../src/extractors/extractor-bug.ts";
import { expand } from "./expand-all.ts";
import { mime } from "../../src/extractors/mime.ts";
import { defaultLimits, LimitReached, type Limits } from "../../src/limits.ts";

const message = (body: string) =>
  Buffer.from(`From: a@example.test\n\n${body}`, "latin1");

const read = (place: string, text: string, more = {}): Entry => ({
  kind: "read",
  place,
  filename: place,
  declaredType: null,
  content: Buffer.from(text),
  ...more,
});

/** A format whose files begin with "box" and hold what `entries` gives. */
const box = (entries: Extractor["entries"]): Extractor => ({
  format: "box",
  recognizes: ({ bytes }) =>
    Buffer.from(bytes.subarray(0, 3)).toString() === "box",
  entries,
});

const open = (
  body: string,
  entries: Extractor["entries"],
  limits: Partial<Limits> = {},
) =>
  expand(message(body), { ...defaultLimits, ...limits }, [mime, box(entries)]);

const names = (
  findings: readonly { kind: string; name: string; part: number | null }[],
) => findings.map(({ kind, name, part }) => `${kind} ${name} ${part}`);

describe("expand", () => {
  it("makes the message part 0, and its header the message's", async () => {
    const bytes = message("text");
    const { header, parts, findings } = await expand(bytes, defaultLimits);
    expect(header.map(({ name }) => name)).toEqual(["From"]);
    expect(parts[0]).toMatchObject({
      id: 0,
      parent: null,
      place: "",
      declaredType: "message/rfc822",
      detectedType: "message/rfc822",
      size: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
    expect(parts[0]?.content).toBe(bytes);
    expect(findings).toEqual([]);
  });

  it("opens what it finds in turn, and joins places", async () => {
    const { parts } = await open("box", function* ({ filename }) {
      if (filename === null) yield read("dir/in\nner", "box inner");
      else yield read("b.txt", "text");
    });
    expect(parts.map(({ parent, place }) => [parent, place])).toEqual([
      [null, ""],
      [0, "1"],
      [1, "1/dir/in\\x0Aner"],
      [2, "1/dir/in\\x0Aner/b.txt"],
    ]);
  });

  it("opens no leaf, no empty part, and no content twice", async () => {
    let opened = 0;
    const { parts } = await open("box", function* () {
      opened += 1;
      yield read("leaf", "box leaf", { leaf: true });
      yield read("empty", "");
      yield read("quine", "box");
    });
    expect(opened).toBe(1);
    expect(parts).toHaveLength(5);
  });

  it("keeps what an extractor gave before it failed, and says that it did", async () => {
    const { parts, findings } = await open("box", function* () {
      yield read("a", "text");
      throw new TypeError("a bug");
    });
    expect(parts).toHaveLength(3);
    expect(names(findings)).toEqual(["limit box-failed 1"]);
  });

  it("survives an extractor that fails to look", async () => {
    const broken: Extractor = {
      format: "broken",
      recognizes: () => {
        throw new Error("a bug");
      },
      entries: () => [],
    };
    const { parts, findings } = await expand(message("x"), defaultLimits, [
      mime,
      broken,
    ]);
    expect(parts).toHaveLength(2);
    expect(names(findings)).toEqual(["limit broken-failed 1"]);
  });

  it("tells of an extractor's own exceptions, not of limits, and of a few only", async () => {
    const bugs: ExtractorBug[] = [];
    const parts = Array.from({ length: 20 }, (_, i) => `box ${i}`);
    await expandWith(
      message("box"),
      defaultLimits,
      [
        mime,
        box(function* ({ bytes }) {
          if (bytes.length > 3)
            throw new TypeError(`a bug ${"x".repeat(9999)}`);
          for (const part of parts) yield read(part, part);
          throw new LimitReached("parts", "no bug");
        }),
      ],
      { onBug: (bug) => bugs.push(bug) },
    );
    expect(bugs).toHaveLength(8);
    expect(bugs[0]).toMatchObject({ format: "box", place: "1/box 0" });
    expect(bugs[0]?.stack).toMatch(/^TypeError: a bug x{1980,2000}$/);
  });

  it("opens all text of the mail before the first of anything else", async () => {
    const order: string[] = [];
    const seen: Extractor = {
      format: "seen",
      recognizes: ({ filename }) => {
        if (filename !== null) order.push(filename);
        return false;
      },
      entries: () => [],
    };
    const section = (name: string, text: string, type: string) =>
      `--b\nContent-Type: ${type}; name=${name}\n\n${text}\n`;
    await expandWith(
      Buffer.from(
        `Content-Type: multipart/mixed; boundary=b\n\n${section("a", "box\x01", "application/x-box")}${section("b", "box", "text/plain")}${section("c", "GIF89a\x01", "image/gif")}--b--\n`,
      ),
      defaultLimits,
      [
        mime,
        seen,
        box(function* ({ filename }) {
          if (filename === "a") yield read("a1", "text within");
        }),
      ],
    );
    expect(order).toEqual(["b", "a", "c", "a1"]);
  });

  it("names the limit and the part where an extractor reached one", async () => {
    const { findings } = await open("box", () => {
      throw new LimitReached("expandedBytes", "too much");
    });
    expect(names(findings)).toEqual(["limit expanded-bytes 1"]);
  });

  it("ends at its number of parts", async () => {
    const { parts, findings } = await open(
      "box",
      function* () {
        for (let i = 0; ; i++) yield read(String(i), "text");
      },
      { parts: 10 },
    );
    expect(parts).toHaveLength(10);
    expect(names(findings)).toEqual(["limit parts 1"]);
  });

  it("ends at its depth", async () => {
    const { parts, findings } = await open(
      "box",
      function* ({ bytes }) {
        yield read("in", `${Buffer.from(bytes).toString()}x`);
      },
      { depth: 5 },
    );
    expect(parts).toHaveLength(6);
    expect(names(findings)).toEqual(["limit depth 5"]);
  });

  it("tells each finding once a part, and stops at the number of findings", async () => {
    const { findings } = await open(
      "box",
      function* () {
        for (let i = 0; i < 10; i++)
          yield {
            kind: "remark",
            finding: "malformed",
            name: `box-${i >> 1}`,
          } as const;
      },
      { findings: 3 },
    );
    expect(names(findings)).toEqual([
      "malformed box-0 1",
      "malformed box-1 1",
      "limit findings null",
    ]);
  });

  it("gives remarks to the container or to the entry read last", async () => {
    const { findings } = await open("box", function* () {
      yield read("a", "text");
      yield {
        kind: "remark",
        finding: "macro",
        name: "on-a",
        aboutLastEntry: true,
      };
      yield { kind: "remark", finding: "macro", name: "on-box" };
      yield {
        kind: "unread",
        place: "b",
        filename: "x.pdf.exe",
        reason: "encrypted",
        name: "box-encrypted",
      };
    });
    expect(names(findings)).toEqual([
      "macro on-a 2",
      "macro on-box 1",
      "encrypted box-encrypted 1",
      "policy policy-double-extension 1",
    ]);
  });

  it("does not open a message that is larger than the limit", async () => {
    const { parts, findings } = await expand(
      message("a long text"),
      { ...defaultLimits, messageBytes: 10 },
      [mime],
    );
    expect(parts).toHaveLength(1);
    expect(names(findings)).toEqual(["limit message-bytes 0"]);
  });
});
