import { describe, expect, test } from "vitest";
import type { Password } from "../../src/extractors/extractor.ts";
import { pdf } from "../../src/extractors/pdf.ts";
import { rc4 } from "../../src/extractors/rc4.ts";
import { cpuMs } from "./ole-cost.ts";
import { bytesOf, expectHardy, latin1, openWith } from "./open-with.ts";
import {
  encryptedPdf,
  encryptedPdfs,
  type EncryptedPdf,
} from "./pdf-encrypted-samples.ts";

const named = (...texts: readonly string[]): Password[] =>
  texts.map((text) => ({ text, isNamed: true }));
const open = (name: EncryptedPdf, passwords: readonly Password[] = []) =>
  openWith(pdf, encryptedPdf(name), { passwords });
const contents = [
  ["note.txt", "attached text\n"],
  ["script-1", "app.alert(1)"],
];
const remarks = ["macro pdf-javascript", "macro pdf-open-action"];

const empty = encryptedPdfs.filter((name) => !name.endsWith("-secret"));

test.each(empty)(
  "%s opens with the empty password, and nothing is said of it",
  (name) => {
    expect(open(name)).toMatchObject({ read: contents, findings: remarks });
  },
);

describe.each(["rc4-128-secret", "aes-256-secret"] as const)("%s", (name) => {
  test("opens with the right one of several passwords, which is told", () => {
    expect(open(name, named("wrong", "secret", "more"))).toMatchObject({
      read: contents,
      findings: [...remarks, "policy password-in-message"],
    });
  });

  test("opens with a configured password, which is not told", () => {
    const { read, findings } = open(name, [{ text: "secret", isNamed: false }]);
    expect(read).toEqual(contents);
    expect(findings).toEqual(remarks);
  });

  test("stays encrypted with none that fits, and no noise comes of it", () => {
    for (const passwords of [[], named("Secret", "owner?", "")])
      expect(open(name, passwords)).toMatchObject({
        read: [],
        findings: ["encrypted pdf-encrypted", ...remarks],
      });
  });
});

describe("what only says that it is encrypted", () => {
  const attached =
    "8 0 obj <</Type/EmbeddedFile /Length 13>>\nstream\nplain as text\nendstream\nendobj\n" +
    "9 0 obj <</S/JavaScript/JS(plain script)>>\nendobj\n";

  test("hides nothing, though no password fits", () => {
    const bytes = bytesOf(
      `%PDF-1.4\n${attached}trailer <</Encrypt <</Filter/Standard/V 2/R 3>> >>`,
    );
    expect(openWith(pdf, bytes)).toMatchObject({
      read: [
        ["object-8", expect.stringContaining("plain as text")],
        ["script-1", "plain script"],
      ],
      findings: ["encrypted pdf-encrypted", "macro pdf-javascript"],
    });
  });

  test("hides nothing, though the empty password fits", () => {
    const bytes = bytesOf(latin1(encryptedPdf("rc4-128")) + attached);
    const { read } = openWith(pdf, bytes);
    expect(read).toContainEqual(["note.txt", "attached text\n"]);
    expect(read).toContainEqual(["object-8", "plain as text"]);
    expect(read).toContainEqual(["script-1", "plain script"]);
  });

  test("in two ways is encrypted still: which holds is for each reader to say", () => {
    const other = /trailer.*/s.exec(latin1(encryptedPdf("aes-128")))?.[0] ?? "";
    const second = "6 0 obj <</Filter/Standard/V 1/R 2/U(x)>> endobj\n";
    const bytes = bytesOf(latin1(encryptedPdf("aes-128")) + second + other);
    const { read, findings } = openWith(pdf, bytes);
    expect(read).toEqual(contents);
    expect(findings).toContain("encrypted pdf-encrypted");
  });
});

test("RC4 gives the published streams", () => {
  // RFC 6229, keys of 40 and 128 bits.
  const zeros = new Uint8Array(8);
  const hex = (key: string) =>
    Buffer.from(rc4(Buffer.from(key, "hex"), zeros)).toString("hex");
  expect(hex("0102030405")).toBe("b2396305f03dc027");
  expect(hex("0102030405060708090a0b0c0d0e0f10")).toBe("9ac7cc9a609d1ef7");
});

describe("a hostile encrypted PDF", () => {
  test.each(encryptedPdfs)(
    "made of %s is opened within the budget whatever is done to it",
    (name) => {
      expectHardy(pdf, encryptedPdf(name), { passwords: named("secret") }, 25);
    },
  );

  test.each([
    "<</F(abcdefgh)>>",
    "1 0 obj<</JS(abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv)>>\n",
    "1 0 obj<<>>stream\n",
    "trailer<</Encrypt 6 0 R>>\n",
    "6 0 obj<</Filter/Standard/V 5/R 6>>\n",
  ])("of 5,000 times %j takes linear time", (filler) => {
    const text = latin1(encryptedPdf("aes-128")) + filler.repeat(5000);
    expect(cpuMs(() => openWith(pdf, bytesOf(text)))).toBeLessThan(2000);
  });
});
