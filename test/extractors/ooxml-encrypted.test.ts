import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { ole } from "../../src/extractors/ole.ts";
import { hello, zipFile } from "./archive-samples.ts";
import { compoundFile } from "./ole-writer.ts";
import { expectHardy, openWith } from "./open-with.ts";

const document = zipFile([
  { name: "word/document.xml", content: Buffer.alloc(9000, hello), method: 0 },
]);
const le = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const padded = (bytes: Uint8Array) =>
  Buffer.concat([bytes, Buffer.alloc((16 - (bytes.length % 16)) % 16)]);
const sum = (name: string, ...pieces: Uint8Array[]) =>
  createHash(name).update(Buffer.concat(pieces)).digest();
const aes = (key: Buffer, iv: Buffer | null, bytes: Uint8Array) => {
  const mode = iv === null ? "ecb" : "cbc";
  const cipher = createCipheriv(`aes-${key.length * 8}-${mode}`, key, iv);
  return cipher.setAutoPadding(false).update(padded(bytes));
};
const spun = (name: string, salt: Buffer, password: string, rounds: number) => {
  let last = sum(name, salt, Buffer.from(password, "utf16le"));
  for (let i = 0; i < rounds; i++) last = sum(name, le(i), last);
  return last;
};
const sized = Buffer.concat([le(document.length), le(0)]);
const file = (info: Buffer, data: Buffer) =>
  compoundFile([
    { path: "EncryptionInfo", content: info },
    { path: "EncryptedPackage", content: Buffer.concat([sized, data]) },
  ]);

function agile(password: string, rounds = 1000, name = "SHA512"): Buffer {
  const [salt, keySalt, key, verifier] = [16, 16, 32, 16].map((n) =>
    randomBytes(n),
  ) as [Buffer, Buffer, Buffer, Buffer];
  // More rounds than are worth it are only claimed.
  const last = spun(name, salt, password, Math.min(rounds, 1000));
  const put = (block: string, value: Buffer) => {
    const own = sum(name, last, Buffer.from(block, "hex"));
    const full = Buffer.alloc(32, 0x36);
    own.copy(full);
    return aes(full, salt, value).toString("base64");
  };
  const common = (own: Buffer) =>
    `saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="${name}" saltValue="${own.toString("base64")}"`;
  const xml = `<?xml version="1.0"?><encryption><keyData ${common(keySalt)}/><keyEncryptors><keyEncryptor uri="certificate"><c:encryptedKey encryptedKeyValue="AAAA"/></keyEncryptor><keyEncryptor uri="password"><p:encryptedKey spinCount="${rounds}" ${common(salt)} encryptedVerifierHashInput="${put("fea7d2763b4b9e79", verifier)}" encryptedVerifierHashValue="${put("d7aa0f6d3061344e", sum(name, verifier))}" encryptedKeyValue="${put("146e0be7abacd0d6", key)}"/></keyEncryptor></keyEncryptors></encryption>`;
  const segments: Buffer[] = [];
  for (let at = 0; at < document.length; at += 4096)
    segments.push(
      aes(
        key,
        sum(name, keySalt, le(at / 4096)).subarray(0, 16),
        document.subarray(at, at + 4096),
      ),
    );
  return file(
    Buffer.concat([Buffer.of(4, 0, 4, 0), le(0x40), Buffer.from(xml)]),
    Buffer.concat(segments),
  );
}

function standard(password: string): Buffer {
  const [salt, verifier] = [randomBytes(16), randomBytes(16)];
  const last = sum("sha1", spun("sha1", salt, password, 50_000), le(0));
  const filled = (value: number) =>
    sum(
      "sha1",
      Buffer.alloc(64, value).map((byte, i) => byte ^ (last[i] ?? 0)),
    );
  const key = Buffer.concat([filled(0x36), filled(0x5c)]).subarray(0, 16);
  const header = Buffer.concat(
    [0x24, 0, 0x660e, 0x8004, 128, 0x18, 0, 0].map(le),
  );
  return file(
    Buffer.concat([
      Buffer.of(3, 0, 2, 0),
      le(0x24),
      le(header.length),
      header,
      le(16),
      salt,
      aes(key, null, verifier),
      le(20),
      aes(key, null, sum("sha1", verifier)),
    ]),
    aes(key, null, document),
  );
}

const opened = (bytes: Buffer, ...texts: string[]) => {
  const passwords = texts.map((text) => ({ text, isNamed: true }));
  const { entries, findings } = openWith(ole, bytes, { passwords });
  const isOpen = entries.some(
    (entry) => entry.kind === "read" && document.equals(entry.content),
  );
  return { isOpen, findings };
};

describe("an encrypted Office document", () => {
  test.each([
    ["standard", standard],
    ["agile", agile],
    ["agile with SHA-1", (password: string) => agile(password, 1000, "SHA1")],
  ])("(%s) opens with Office's own password, and no finding", (_, make) => {
    expect(opened(make("VelvetSweatshop"))).toEqual({
      isOpen: true,
      findings: [],
    });
  });

  test.each([
    ["standard", standard("päss-1")],
    ["agile", agile("päss-1")],
  ])("(%s) opens with a password of the message", (scheme, bytes) => {
    expect(opened(bytes, "wrong", "päss-1")).toEqual({
      isOpen: true,
      findings: ["policy password-in-message"],
    });
    expect(opened(bytes, "wrong")).toEqual({
      isOpen: false,
      findings: [`encrypted office-encrypted-${scheme}`],
    });
  });

  test("that asks for too much work stays closed", () => {
    const start = performance.now();
    expect(opened(agile("VelvetSweatshop", 10_000_000))).toEqual({
      isOpen: false,
      findings: ["encrypted office-encrypted-agile"],
    });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(ole, agile("VelvetSweatshop", 10), {}, 150);
  });
});

const samples = join(
  process.env["QSIFT_CORPUS"] ?? "",
  "archives/oletools/tests/test-data/encrypted",
);

test.skipIf(process.env["QSIFT_CORPUS"] === undefined)(
  "workbooks that Excel encrypted with its own password are opened",
  () => {
    const names = readdirSync(samples).filter((name) =>
      /\.xls[xmb]$/.test(name),
    );
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) {
      const { read, findings } = openWith(
        ole,
        readFileSync(join(samples, name)),
      );
      expect(read[0]?.[1].slice(0, 2), name).toBe("PK");
      expect(findings, name).toEqual([]);
    }
  },
);
