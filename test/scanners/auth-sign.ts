// Signs messages as a sending host does (RFC 6376), by Node's crypto alone, so
// that the verifier is not checked against itself. Messages have CRLF here, as
// on the wire; `received` gives what qmail would hand over.

import {
  createHash,
  generateKeyPairSync,
  sign as signBytes,
  type KeyObject,
} from "node:crypto";

export interface Key {
  readonly domain: string;
  readonly selector: string;
  readonly privateKey: KeyObject;
  /** Zone entry: `TXT name` and its value. */
  readonly record: readonly [string, readonly string[]];
}

export function makeKey(
  domain: string,
  selector: string,
  modulusLength = 1024,
): Key {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength,
  });
  const p = publicKey
    .export({ type: "spki", format: "der" })
    .toString("base64");
  return {
    domain,
    selector,
    privateKey,
    record: [
      `TXT ${selector}._domainkey.${domain}`,
      [`v=DKIM1; k=rsa; p=${p}`],
    ],
  };
}

export interface SignOptions {
  readonly canonicalization?: "relaxed" | "simple";
  readonly signed?: string;
  readonly digest?: "sha256" | "sha1";
  /** `l=`, and so many bytes of the body are signed. */
  readonly length?: number;
  /** Other tags, `x=1; `. */
  readonly tags?: string;
}

/** The message with a DKIM-Signature on top. */
export function dkimSign(
  message: string,
  { domain, selector, privateKey }: Key,
  {
    canonicalization = "relaxed",
    signed = "from:to:subject",
    digest = "sha256",
    length,
    tags = "",
  }: SignOptions = {},
): string {
  const split = message.indexOf("\r\n\r\n");
  const fields = message.slice(0, split).split(/\r\n(?![ \t])/);
  const canonical =
    canonicalization === "relaxed" ? relaxedField : (field: string) => field;
  const body = canonicalBody(message.slice(split + 4), canonicalization);
  const bh = createHash(digest)
    .update(body.slice(0, length ?? body.length), "latin1")
    .digest("base64");
  const field = `DKIM-Signature: v=1; a=rsa-${digest}; c=${canonicalization}/${canonicalization};\r\n\td=${domain}; s=${selector}; h=${signed}; ${length === undefined ? "" : `l=${length}; `}${tags}bh=${bh};\r\n\tb=`;
  const left = [...fields];
  const lines = signed.split(":").flatMap((name) => {
    const at = left.findLastIndex((one) =>
      one.toLowerCase().startsWith(`${name.toLowerCase()}:`),
    );
    return at === -1 ? [] : left.splice(at, 1).map(canonical);
  });
  const input = [...lines, canonical(field)].join("\r\n");
  const b = signBytes(digest, Buffer.from(input, "latin1"), privateKey);
  return `${field}${b.toString("base64")}\r\n${message}`;
}

/** RFC 6376 3.4.2. */
function relaxedField(field: string): string {
  const colon = field.indexOf(":");
  const value = field
    .slice(colon + 1)
    .replace(/\r\n/g, "")
    .replace(/[ \t]+/g, " ")
    .trim();
  return `${field.slice(0, colon).trim().toLowerCase()}:${value}`;
}

/** RFC 6376 3.4.3 and 3.4.4. */
function canonicalBody(body: string, how: "relaxed" | "simple"): string {
  const text =
    how === "relaxed"
      ? body
          .replace(/[ \t]+/g, " ")
          .replace(/ \r\n/g, "\r\n")
          .replace(/ $/, "")
      : body;
  const ended = text.replace(/(?:\r\n)*$/, "");
  return ended === "" && how === "relaxed" ? "" : `${ended}\r\n`;
}

/** As it stands on qmail's fd 0. */
export function received(message: string): Buffer {
  return Buffer.from(message.replaceAll("\r\n", "\n"), "latin1");
}
