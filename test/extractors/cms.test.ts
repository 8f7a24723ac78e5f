import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { cms } from "../../src/extractors/cms.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

type Bytes = Uint8Array;

/** A definite length in DER. */
function length(count: number): number[] {
  if (count < 0x80) return [count];
  const octets: number[] = [];
  for (let rest = count; rest > 0; rest = Math.floor(rest / 256))
    octets.unshift(rest & 0xff);
  return [0x80 | octets.length, ...octets];
}

const der = (tag: number, ...content: Bytes[]): Bytes => {
  const body = Buffer.concat(content);
  return Buffer.concat([Uint8Array.of(tag, ...length(body.length)), body]);
};
const indefinite = (tag: number, ...content: Bytes[]): Bytes =>
  Buffer.concat([Uint8Array.of(tag, 0x80), ...content, Uint8Array.of(0, 0)]);

const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const pkcs7 = (last: string) => oid(`2a864886f70d0107${last}`);
const smime = (last: string) => oid(`2a864886f70d01091001${last}`);
const data = pkcs7("01");
const version = der(0x02, Uint8Array.of(1));
const sha256 = der(0x30, oid("608648016503040201"), der(0x05));
const contentInfo = (type: Bytes, content: Bytes) =>
  der(0x30, type, der(0xa0, content));
const octets = (content: Bytes | string) =>
  der(0x04, typeof content === "string" ? bytesOf(content) : content);

const signed = (encapsulated: Bytes) =>
  contentInfo(
    pkcs7("02"),
    der(0x30, version, der(0x31, sha256), encapsulated, der(0x31)),
  );
const entity = "Content-Type: text/plain\r\n\r\nhello\r\n";
const opaque = signed(der(0x30, data, der(0xa0, octets(entity))));

describe("content that anyone can read", () => {
  test("of signed data is given, as a message where it has a header", () => {
    const { entries, read, findings } = openWith(cms, opaque);
    expect(read).toEqual([["content", entity]]);
    expect(entries[0]).toMatchObject({ declaredType: "message/rfc822" });
    expect(findings).toEqual([]);
  });

  test("in pieces of indefinite length is put together", () => {
    const pieces = indefinite(
      0x24,
      octets("Content-"),
      der(0x24, octets("Type: "), octets("x/y")),
    );
    const message = indefinite(
      0x30,
      pkcs7("02"),
      indefinite(
        0xa0,
        indefinite(
          0x30,
          version,
          indefinite(0x31, indefinite(0x30, oid("2a03"))),
          indefinite(0x30, data, indefinite(0xa0, pieces)),
          der(0x31),
        ),
      ),
    );
    expect(openWith(cms, message).read).toEqual([
      ["content", "Content-Type: x/y"],
    ]);
  });

  test("of digested, authenticated and compressed data is given", () => {
    const encapsulated = der(0x30, data, der(0xa0, octets("hello")));
    const digested = der(0x30, version, sha256, encapsulated, octets("sum"));
    const authenticated = der(
      0x30,
      version,
      der(0xa0),
      der(0x31),
      sha256,
      encapsulated,
      octets("mac"),
    );
    const zlib = der(0x30, data, der(0xa0, octets(deflateSync("hello"))));
    const compressed = der(0x30, version, der(0x30, smime("0308")), zlib);
    for (const message of [
      contentInfo(pkcs7("05"), digested),
      contentInfo(smime("02"), authenticated),
      contentInfo(smime("09"), compressed),
    ])
      expect(openWith(cms, message).read).toEqual([["content", "hello"]]);
  });

  test("of another type than octets is given in its own encoding", () => {
    const message = signed(
      der(0x30, oid("2a03"), der(0xa0, der(0x30, octets("x")))),
    );
    expect(openWith(cms, message).read).toEqual([["content", "\x04\x01x"]]);
  });

  test("bears the name of the file without .p7m", () => {
    const name = (filename: string) =>
      openWith(cms, opaque, { filename }).entries[0];
    expect(name("offer.pdf.p7m")).toMatchObject({ filename: "offer.pdf" });
    expect(name("smime.p7m")).toMatchObject({ filename: null });
  });

  test("is found in base64 and in PEM", () => {
    // Real ones are never so short that their length takes one octet.
    const long = entity + "x".repeat(300);
    const base64 = Buffer.from(signed(der(0x30, data, der(0xa0, octets(long)))))
      .toString("base64")
      .replaceAll(/(.{64})/g, "$1\n");
    expect(openWith(cms, base64, { filename: "a.txt.p7m" }).read).toEqual([
      ["content", long],
    ]);
    const pem = `-----BEGIN PKCS7-----\n${base64}\n-----END PKCS7-----\n`;
    expect(openWith(cms, `text\n${pem}`).read).toEqual([["content", long]]);
    expect(openWith(cms, base64).recognized).toBe(false);
  });
});

describe("content that nobody else can read", () => {
  test.each([
    ["03", "cms-enveloped"],
    ["04", "cms-enveloped"],
    ["06", "cms-encrypted"],
  ])("of type 1.2.840.113549.1.7.%s is %s", (type, name) => {
    const message = contentInfo(pkcs7(type), der(0x30, version));
    expect(openWith(cms, message).findings).toEqual([`encrypted ${name}`]);
  });

  test("of authenticated-enveloped data is encrypted", () => {
    const message = contentInfo(smime("17"), der(0x30, version));
    expect(openWith(cms, message).findings).toEqual([
      "encrypted cms-enveloped",
    ]);
  });
});

describe("without content", () => {
  test("a detached signature gives nothing, and no finding", () => {
    const { recognized, entries } = openWith(cms, signed(der(0x30, data)));
    expect({ recognized, entries }).toEqual({ recognized: true, entries: [] });
  });

  test("other ASN.1 is not taken for it", () => {
    const certificate = der(0x30, der(0x30, version), sha256, octets("x"));
    expect(openWith(cms, certificate).recognized).toBe(false);
    expect(openWith(cms, contentInfo(data, octets("x"))).recognized).toBe(
      false,
    );
  });
});

describe("hostile CMS", () => {
  test("with a length beyond its end is read up to the end", () => {
    const message = Buffer.from(opaque);
    const at = message.indexOf(entity) - 1;
    message[at] = 0x7f;
    expect(openWith(cms, message).read[0]?.[1].startsWith(entity)).toBe(true);
  });

  test("with octets nested without end is malformed, not an exception", () => {
    const head = Buffer.from(
      "308006092a864886f70d010702a080308002010131003080" +
        "06092a864886f70d010701a080",
      "hex",
    );
    const nested = Buffer.alloc(2_000_000, Uint8Array.of(0x24, 0x80));
    const { read, findings } = openWith(cms, Buffer.concat([head, nested]));
    expect(read).toEqual([["content", ""]]);
    expect(findings).toEqual(["malformed cms-truncated last"]);
  });

  test("without any content where some must be is malformed", () => {
    const message = contentInfo(pkcs7("02"), der(0x30, version));
    expect(openWith(cms, message).findings).toEqual([
      "malformed cms-malformed",
    ]);
  });

  test("that is a bomb stops at the limit", () => {
    const zeros = deflateSync(new Uint8Array(1 << 20));
    const zlib = der(0x30, data, der(0xa0, octets(zeros)));
    const message = contentInfo(
      smime("09"),
      der(0x30, version, der(0x30, smime("0308")), zlib),
    );
    expect(
      openWith(cms, message, {
        limits: { expansionFreeBytes: 100_000, expansionRatio: 1 },
      }).limit,
    ).toBe("expansionRatio");
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(cms, opaque);
    expectHardy(
      cms,
      indefinite(
        0x30,
        pkcs7("02"),
        indefinite(
          0xa0,
          indefinite(
            0x30,
            version,
            indefinite(
              0x30,
              data,
              indefinite(0xa0, indefinite(0x24, octets("x"))),
            ),
          ),
        ),
      ),
    );
  });
});
