import { describe, expect, test } from "vitest";
import { extractors } from "../../src/extractors/index.ts";
import { expand } from "../../src/extractors/expand.ts";
import { defaultLimits, type Limits } from "../../src/limits.ts";
import { helloText, samples, zipFile } from "./archive-samples.ts";

interface Section {
  readonly type: string;
  readonly content: string | Buffer;
}

const text = (content: string, type = "text/plain"): Section => ({
  type,
  content,
});
const zip: Section = {
  type: "application/zip; name=a.zip",
  content: samples["zip-aes256"],
};

function message(sections: readonly Section[], subject = "Invoice"): Buffer {
  return Buffer.from(
    [
      `From: a@example.test\nSubject: ${subject}\nMIME-Version: 1.0`,
      "Content-Type: multipart/mixed; boundary=b\n",
      ...sections.map(
        ({ type, content }) =>
          `--b\nContent-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${Buffer.from(content).toString("base64")}`,
      ),
      "--b--\n",
    ].join("\n"),
  );
}

async function open(
  bytes: Buffer,
  passwords: readonly string[] = [],
  limits: Partial<Limits> = {},
) {
  const { parts, findings } = await expand(
    bytes,
    { ...defaultLimits, ...limits },
    extractors,
    { passwords },
  );
  return {
    isOpen: parts.some(
      ({ content }) => Buffer.from(content).toString() === helloText,
    ),
    findings: findings.map(({ kind, name }) => `${kind} ${name}`),
  };
}

const opened = { isOpen: true, findings: ["policy password-in-message"] };
const closed = { isOpen: false, findings: ["encrypted zip-encrypted-aes256"] };

describe("an archive opens with a password", () => {
  test.each([
    ["in the text before it", message([text("Password: secret"), zip])],
    ["in the text after it", message([zip, text("Password: secret")])],
    [
      "in HTML",
      message([
        zip,
        text(
          "<html><style>p{}</style><p>Pass<b>word</b>:&nbsp;<i>sec</i>ret</p></html>",
          "text/html",
        ),
      ]),
    ],
    ["in the subject", message([zip], "file, pw secret")],
    [
      "in an encoded subject",
      message([zip], "=?utf-8?B?UGFzc3dvcnQ6IHNlY3JldA==?="),
    ],
    [
      "in a later message that is encoded",
      message([
        zip,
        {
          // Read as a message by its name: it has a transfer encoding.
          type: "application/octet-stream; name=x.eml",
          content: message([text("the pin is secret")]),
        },
      ]),
    ],
    [
      "in UTF-16",
      message([
        zip,
        {
          type: "text/plain; charset=utf-16le",
          content: Buffer.from("Пароль: secret", "utf16le"),
        },
      ]),
    ],
    [
      "in its own name",
      message([{ ...zip, type: "application/zip; name=a_pass_secret.zip" }]),
    ],
  ])("%s", async (_, bytes) => {
    expect(await open(bytes)).toEqual(opened);
  });

  test("of the configuration, and nothing is said of it", async () => {
    expect(await open(message([zip]), ["secret"])).toEqual({
      isOpen: true,
      findings: [],
    });
  });

  test("within another archive", async () => {
    const outer = zipFile([
      { name: "inner.zip", content: samples["zip-aes256"] },
    ]);
    const bytes = message([
      { type: "application/zip", content: outer },
      text("Password: secret"),
    ]);
    expect(await open(bytes)).toEqual(opened);
  });
});

describe("an archive stays closed", () => {
  test("without a password", async () => {
    expect(await open(message([zip, text("Hello!")]))).toEqual(closed);
  });

  test("where the password is in a file within another archive", async () => {
    const outer = zipFile([
      { name: "readme.txt", content: Buffer.from("Password: secret") },
    ]);
    const bytes = message([{ type: "application/zip", content: outer }, zip]);
    expect(await open(bytes)).toEqual(closed);
  });

  test("where the password is after the last that may be tried", async () => {
    const decoys = Array.from({ length: 16 }, (_, i) => `Password: no${i}\n`);
    const bytes = message([text(`${decoys.join("")}Password: secret`), zip]);
    expect(await open(bytes)).toEqual(closed);
    expect(await open(bytes, [], { passwordCandidates: 20 })).toEqual(opened);
  });
});
