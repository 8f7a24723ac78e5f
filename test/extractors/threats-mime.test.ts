// Messages in which filter and mail reader see different parts: where each
// kind is tested.
//
// boundaries, delimiters, transfer encodings, types, blank lines, bare CR:
//   mime/ambiguous-messages.ts, run by mime.test.ts
// lines in a header that are no field: mime/header-*.eml, run by
//   mime-fixtures.test.ts; how they are read: ../mime/header.test.ts
// message/partial, message/external-body: mime/external-and-partial.eml
// names by RFC 2231 and 2047: mime/names.eml, ../mime/rfc2231.test.ts,
//   ../mime/encoded-word.test.ts; names as they are shown: filename.test.ts
// uuencode, yEnc, BinHex by themselves: uuencode.test.ts, yenc.test.ts,
//   binhex.test.ts
//
// Here: encodings that stand in a message's text, and names that disagree, in
// whole messages with every extractor.

import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { expand } from "./expand-all.ts";

const head = "From: a@example.test\nSubject: x\nMIME-Version: 1.0\n";
const open = (message: string) =>
  expand(Buffer.from(message, "latin1"), defaultLimits);

describe("a file encoded in a text part is found", () => {
  // "attack" in each encoding.
  test.each([
    ["uuencode", "begin 644 a.bin\n&871T86-K\n`\nend\n"],
    [
      "yEnc",
      "=ybegin line=128 size=6 name=a.bin\n\x8b\x9e\x9e\x8b\x8d\x95\n=yend size=6\n",
    ],
    ["base64 by uuencode", "begin-base64 644 a.bin\nYXR0YWNr\n====\n"],
  ])("%s", async (_, text) => {
    const { parts } = await open(
      `${head}Content-Type: text/plain\n\nhello\n\n${text}\nbye\n`,
    );
    const found = parts.map(({ content }) =>
      Buffer.from(content).toString("latin1"),
    );
    expect(found).toContain("attack");
  });
});

describe("a name given in two ways is had in both", () => {
  test.each([
    ['attachment; filename="a.txt"; filename="a.exe"', "a.txt", "a.exe"],
    [
      "attachment; filename=\"a.txt\"; filename*=us-ascii''a.exe",
      "a.txt",
      "a.exe",
    ],
    ['attachment; filename="=?utf-8?q?a=2Eexe?="', "a.exe", "a.exe"],
    ['attachment; filename="a.exe. "', "a.exe", "a.exe"],
    ['attachment; filename="a.exe\0.txt"', "a.exe", "a.exe"],
  ])("%j", async (disposition, ...names) => {
    const { parts } = await open(
      `${head}Content-Type: application/octet-stream\nContent-Disposition: ${disposition}\n\nx\n`,
    );
    const all = parts.flatMap(({ filename, otherFilenames }) => [
      filename,
      ...otherFilenames,
    ]);
    for (const name of names) expect(all).toContain(name);
  });
});

test("a name written backwards is told", async () => {
  const { findings } = await open(
    `${head}Content-Type: application/octet-stream; name*=utf-8''invoice%E2%80%AEfdp.exe\n\nx\n`,
  );
  expect(findings.map(({ name }) => name)).toContain("policy-name-reordered");
});

describe("a text in a charset that hides ASCII is had as text too", () => {
  const text = "begin 644 a.bin\n&871T86-K\n`\nend\n";
  const wide = (bytesEach: number) => {
    const bytes = Buffer.alloc(text.length * bytesEach);
    for (let i = 0; i < text.length; i++)
      bytes[i * bytesEach] = text.charCodeAt(i);
    return bytes;
  };
  const utf7 = text.replace(
    /[^\n]/g,
    (c) =>
      `+${Buffer.from([0, c.charCodeAt(0)])
        .toString("base64")
        .replace(/=+$/, "")}-`,
  );
  test.each([
    ["charset=unicode", wide(2)],
    ["charset=cp1200", wide(2)],
    ["charset=utf-32le", wide(4)],
    ["charset=utf-7", Buffer.from(utf7)],
    ["charset=unicode-2-0-utf-7", Buffer.from(utf7)],
    ["charset*=us-ascii''utf-7", Buffer.from(utf7)],
    ["charset*0=utf; charset*1=-7", Buffer.from(utf7)],
  ])("%s", async (charset, body) => {
    const { parts } = await open(
      `${head}Content-Type: text/plain; ${charset}\nContent-Transfer-Encoding: base64\n\n${body.toString("base64")}\n`,
    );
    const found = parts.map(({ content }) =>
      Buffer.from(content).toString("latin1"),
    );
    expect(found).toContain("attack");
  });
  test("EBCDIC is told", async () => {
    const { findings } = await open(
      `${head}Content-Type: text/plain; charset=ibm037\n\nx\n`,
    );
    expect(findings.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "unsupported mime-charset-ebcdic",
    ]);
  });
});

describe("a multipart that only some readers take for one is split", () => {
  test.each([
    "multipart/mixed; boundary=X,y",
    'multipart/mixed; boundary=X"',
    "multipart; boundary=X",
    "mixed/multipart; boundary=X",
    "multipart/mixed; boundary=%58",
  ])("%s", async (type) => {
    const { parts, findings } = await open(
      `${head}Content-Type: ${type}\n\n--X\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYXR0YWNr\n--X--\n`,
    );
    expect(
      parts.map(({ content }) => Buffer.from(content).toString("latin1")),
    ).toContain("attack");
    expect(findings.map(({ kind }) => kind)).toContain("malformed");
  });
  test("an ordinary boundary with signs in it is not", async () => {
    const { findings } = await open(
      `${head}Content-Type: multipart/mixed; boundary="X:y=z"\n\n--X:y=z\n\na\n--X:y=z--\n`,
    );
    expect(findings).toEqual([]);
  });
});

test("the same bytes are opened under each type that reads them otherwise", async () => {
  // As a p7m file it begins with bare base64; as text it holds a block further on.
  const signed = (content: string) => {
    const der = (tag: number, ...inner: Buffer[]) => {
      const all = Buffer.concat(inner);
      return Buffer.concat([
        Buffer.from([tag, 0x82, all.length >> 8, all.length & 0xff]),
        all,
      ]);
    };
    const oid = (end: number) =>
      Buffer.from([6, 9, 42, 134, 72, 134, 247, 13, 1, 7, end]);
    const data = der(0x30, oid(1), der(0xa0, der(4, Buffer.from(content))));
    return der(0x30, oid(2), der(0xa0, der(0x30, data)))
      .toString("base64")
      .replace(/.{64}/g, "$&\n");
  };
  const body = `${signed("attack")}\n-----BEGIN PKCS7-----\n${signed("harmless")}\n-----END PKCS7-----\n`;
  const { parts } = await open(
    `${head}Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: text/plain\n\n${body}\n--X\nContent-Type: application/pkcs7-mime; name=a.p7m\n\n${body}\n--X--\n`,
  );
  const found = parts.map(({ content }) =>
    Buffer.from(content).toString("latin1"),
  );
  expect(found).toContain("harmless");
  expect(found).toContain("attack");
});
