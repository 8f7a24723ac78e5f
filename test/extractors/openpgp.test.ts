import { deflateRawSync, deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openpgp } from "../../src/extractors/openpgp.ts";
import { defaultLimits } from "../../src/limits.ts";
import { expand } from "./expand-all.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

type Bytes = Uint8Array;

const be = (value: number, count: number) =>
  Uint8Array.from({ length: count }, (_, i) => value >>> (8 * (count - 1 - i)));
const join = (...parts: (Bytes | string)[]): Bytes =>
  Buffer.concat(
    parts.map((part) => (typeof part === "string" ? bytesOf(part) : part)),
  );

/** A packet in the newer format. */
const packet = (type: number, ...body: (Bytes | string)[]): Bytes => {
  const content = join(...body);
  return join(Uint8Array.of(0xc0 | type, 0xff), be(content.length, 4), content);
};
const literal = (name: string, content: string, format = "b") =>
  packet(11, format, be(name.length, 1), name, be(0, 4), content);
const compressed = (algorithm: number, data: Bytes) =>
  packet(8, be(algorithm, 1), data);
const armored = (bytes: Bytes, label = "PGP MESSAGE") =>
  `-----BEGIN ${label}-----\nVersion: x\nComment: y\n\n${Buffer.from(bytes)
    .toString("base64")
    .replaceAll(/(.{64})/g, "$1\n")}\n=njUN\n-----END ${label}-----\n`;

const file = literal("a.exe", "MZ content");
/** The same, packed by bzip2. */
const bzip2 = Buffer.from(
  "QlpoOTFBWSZTWZa2OecAAA13hMIAAgBAAQACABA6AYRAAAgAAKAAIiekBtQekKGmmAAiRRiILnOoS4u+TPefi7kinChIS1sc84A=",
  "base64",
);
const onePass = packet(4, be(3, 1), "\0\x08\x16", "keyident", "\x01");
const signature = packet(2, be(4, 1), "the signature");
const sessionKey = packet(1, be(3, 1), "keyident", "\x01 encrypted");

describe("what anyone can read", () => {
  test("is given from a literal packet, with each kind of length", () => {
    const body = join("b\x01x", be(0, 4), "hello");
    const chunks = join(
      "\xcb\xe2",
      body.subarray(0, 4),
      "\xe2",
      body.subarray(4, 8),
      "\x04",
      body.subarray(8),
    );
    for (const bytes of [
      join("\xcb", be(body.length, 1), body),
      join("\xcb\xff", be(body.length, 4), body),
      chunks,
      join("\xac", be(body.length, 1), body),
      join("\xad", be(body.length, 2), body),
      join("\xae", be(body.length, 4), body),
      join("\xaf", body),
    ])
      expect(openWith(openpgp, bytes)).toMatchObject({
        read: [["x", "hello"]],
        findings: [],
      });
  });

  test("is given from two-octet lengths too", () => {
    const content = "x".repeat(1000);
    const body = join("b\x01x", be(0, 4), content);
    const length = body.length - 192;
    const bytes = join("\xcb", be(192 + (length >> 8), 1), be(length, 1), body);
    expect(openWith(openpgp, bytes).read).toEqual([["x", content]]);
  });

  test.each([
    [0, (bytes: Bytes) => bytes],
    [1, deflateRawSync],
    [2, deflateSync],
  ])("is given from packets compressed by method %i", (method, compress) => {
    const bytes = compressed(method, compress(join(onePass, file, signature)));
    const { read, findings } = openWith(openpgp, bytes, {
      filename: "a.exe.gpg",
    });
    expect(read).toEqual([["a.exe", "MZ content"]]);
    expect(findings).toEqual([]);
  });

  test("is given by 7-Zip where bzip2 packed it, chunks joined", async () => {
    const [one, two] = [bzip2.subarray(0, 31), bzip2.subarray(31)];
    // A chunk of 32 bytes, of which the algorithm is the first, and the rest.
    const bytes = join("\xc8\xe5\x03", one, be(two.length, 1), two);
    const { entries, findings } = openWith(openpgp, bytes, {
      filename: "a.exe.gpg",
    });
    expect(entries).toMatchObject([{ filename: "a.exe.gpg.bz2" }]);
    expect(findings).toEqual([]);
    const mail = Buffer.concat([
      Buffer.from("Content-Type: application/octet-stream; name=x.pgp\n"),
      Buffer.from("Content-Transfer-Encoding: base64\n\n"),
      Buffer.from(Buffer.from(bytes).toString("base64")),
    ]);
    const { parts } = await expand(mail, defaultLimits);
    expect(parts.at(-1)).toMatchObject({ filename: "a.exe" });
    expect(Buffer.from(parts.at(-1)?.content ?? []).toString()).toBe(
      "MZ content",
    );
  });

  test("is malformed where bzip2 did not pack what says so", () => {
    const bytes = compressed(3, bytesOf("nothing"));
    expect(openWith(openpgp, bytes, { filename: "x.pgp" }).findings).toEqual([
      "malformed openpgp-malformed",
    ]);
  });

  test("is given from signed messages, old and new", () => {
    for (const bytes of [
      join(onePass, file, signature),
      join(signature, file),
      join(packet(10, "PGP"), file),
    ])
      expect(openWith(openpgp, bytes).read).toEqual([["a.exe", "MZ content"]]);
  });

  test("is given from armor inside text, block by block", () => {
    const text = `Hello\n${armored(file)}and\n${armored(literal("", "two"))}`;
    for (const version of [text, text.replaceAll("\n", "\r\n")])
      expect(openWith(openpgp, version)).toMatchObject({
        read: [
          ["a.exe", "MZ content"],
          ["literal", "two"],
        ],
        findings: [],
      });
  });

  test("is a message where it begins with a header", () => {
    const bytes = literal("", "Content-Type: text/plain\n\nx", "m");
    expect(openWith(openpgp, bytes).entries[0]).toMatchObject({
      declaredType: "message/rfc822",
    });
  });

  test("takes its name from the file where it has none", () => {
    const bytes = literal("_CONSOLE", "x");
    const name = (filename: string) =>
      openWith(openpgp, bytes, { filename }).entries[0];
    expect(name("a.pdf.pgp")).toMatchObject({ filename: "a.pdf" });
    expect(name("message")).toMatchObject({ filename: null });
  });
});

describe("what nobody else can read", () => {
  const closed = (type: number) => packet(type, be(1, 1), "secret bytes");

  test.each([
    ["a public key", join(sessionKey, sessionKey, closed(18))],
    ["a password", join(packet(3, be(4, 1), "\x09\x03\x08"), closed(18))],
    ["the older packet", join(sessionKey, closed(9))],
    ["the packet for AEAD", join(sessionKey, closed(20))],
  ])("for %s is one finding", (_, bytes) => {
    for (const given of [bytes, armored(bytes)])
      expect(openWith(openpgp, given).findings).toEqual([
        "encrypted openpgp-encrypted",
      ]);
  });
});

describe("a part of the type application/pgp-encrypted", () => {
  test("is opened whether it is armored or not", () => {
    const detectedType = "application/pgp-encrypted";
    for (const bytes of [file, bytesOf(armored(file))])
      expect(openWith(openpgp, bytes, { detectedType }).read).toEqual([
        ["a.exe", "MZ content"],
      ]);
  });
});

describe("what is no message", () => {
  test("is left alone: keys, signatures, and the lines around other words", () => {
    const key = packet(6, be(4, 1), "key");
    for (const text of [
      armored(key, "PGP PUBLIC KEY BLOCK"),
      armored(signature, "PGP SIGNATURE"),
      "-----BEGIN PGP MESSAGE-----\n\nblah, blah\n-----END PGP MESSAGE-----\n",
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\ntext\n",
    ])
      expect(openWith(openpgp, text).recognized).toBe(false);
    for (const bytes of [
      key,
      signature,
      bytesOf("\x89PNG\r\n\x1a\n"),
      bytesOf("\xff\xd8\xff\xe0"),
      bytesOf("\xa3\x01"),
    ])
      expect(openWith(openpgp, bytes).recognized).toBe(false);
  });
});

describe("hostile OpenPGP", () => {
  test("nested beyond the limit of depth ends with a finding", () => {
    let bytes = file;
    for (let i = 0; i < 30; i++) bytes = compressed(2, deflateSync(bytes));
    expect(openWith(openpgp, bytes)).toMatchObject({
      read: [],
      findings: ["limit depth"],
    });
  });

  test("that is a bomb stops at the limit", () => {
    const zeros = literal("x", "\0".repeat(1 << 20));
    expect(
      openWith(openpgp, compressed(2, deflateSync(zeros)), {
        limits: { expansionFreeBytes: 100_000, expansionRatio: 1 },
      }).limit,
    ).toBe("expansionRatio");
  });

  test("that branches at each level stops at the limit of parts", () => {
    let bytes = file;
    for (let i = 0; i < 15; i++) bytes = compressed(0, join(bytes, bytes));
    expect(
      openWith(openpgp, bytes, { filename: "x.gpg", limits: { parts: 500 } })
        .limit,
    ).toBe("parts");
  });

  test("that is cut off or followed by junk is given with a remark", () => {
    const cut = armored(file.subarray(0, file.length - 3));
    expect(openWith(openpgp, cut)).toMatchObject({
      read: [["a.exe", "MZ cont"]],
      findings: ["malformed openpgp-truncated last"],
    });
    expect(openWith(openpgp, join(file, "junk"))).toMatchObject({
      read: [["a.exe", "MZ content"]],
      findings: ["malformed openpgp-malformed"],
    });
    const open = armored(file).replace(/=njUN[^]*$/, "");
    expect(openWith(openpgp, open)).toMatchObject({
      read: [["a.exe", "MZ content"]],
      findings: ["malformed openpgp-no-end"],
    });
  });

  test("changed anywhere never makes it fail", () => {
    const bytes = compressed(2, deflateSync(join(onePass, file, signature)));
    expectHardy(openpgp, bytes, { filename: "x.gpg" });
    expectHardy(openpgp, join(onePass, file, signature), { filename: "x.gpg" });
    expectHardy(openpgp, armored(bytes), { detectedType: "text/plain" });
  });
});
