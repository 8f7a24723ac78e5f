// Why a file that another program took out of a message is not, byte for byte,
// one of our parts: normalised step by step until one of ours agrees. Used by
// compare-corpus.mjs and compare-expected.mjs.

import { createHash } from "node:crypto";

export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

function text(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
  );
}

/** Each makes what the one before it makes, and more, the same. */
const normalisations = [
  ["line ends", (s) => s.replace(/\r/g, "")],
  [
    "line ends and the last empty lines",
    (s) => s.replace(/\r/g, "").replace(/\n+$/, ""),
  ],
  [
    "blanks at line ends",
    (s) =>
      s
        .replace(/\r/g, "")
        .replace(/[ \t]+\n/g, "\n")
        .trimEnd(),
  ],
  ["white space", (s) => s.replace(/[\s\0]+/g, "")],
];

/** What is asked about one message many times, made once. */
export function prepareParts(parts) {
  const made = new Map();
  const texts = () => {
    if (!made.has("texts"))
      made.set(
        "texts",
        parts.map((part) => text(part.content)),
      );
    return made.get("texts");
  };
  return {
    parts,
    digests: new Set(parts.map((part) => part.sha256)),
    texts,
    normalised: (name, change) => {
      if (!made.has(name)) made.set(name, texts().map(change));
      return made.get(name);
    },
  };
}

/** "same", or in what they differ; null where nothing of ours is like it. */
export function causeOf(content, ours) {
  if (content.length === 0) return "empty";
  if (ours.digests.has(sha256(content))) return "same";
  const theirs = text(content);
  for (const [name, change] of normalisations) {
    const wanted = change(theirs);
    if (wanted === "") return "white space alone";
    if (new Set(ours.normalised(name, change)).has(wanted)) return name;
  }
  return causeOfPieces(theirs, ours);
}

/** White space left out: where theirs stands in ours, or ours in theirs. */
function causeOfPieces(theirs, ours) {
  const [name, squeeze] = normalisations.at(-1);
  // A program that keeps C's EOF in a char writes it out as a byte of 255.
  const wanted = squeeze(theirs).replace(/\xff$/, "");
  const [message = "", ...inner] = ours.normalised(name, squeeze);
  const whole = inner.findIndex((part) => part.includes(wanted));
  if (whole >= 0)
    return isText(ours.parts[whole + 1])
      ? "a piece of a text of ours"
      : "a piece of an attachment of ours";
  if (inner.some((part) => part.length >= 16 && wanted.includes(part)))
    return "a part of ours and text around it";
  if (message.includes(wanted)) return "text of the message as it stands";
  if (ours.texts().some((text) => quotes(text, wanted, squeeze)))
    return "decoded from a message that a text quotes";
  return null;
}

function isText({ declaredType }) {
  return (
    declaredType === null || /^(text|message|multipart)\//.test(declaredType)
  );
}

/** Text that holds a header and a body, encoded, without being one: a bounce, a forwarded source. */
function quotes(text, wanted, squeeze) {
  const plain = text
    .replace(/\r/g, "")
    .replace(/=[ \t]*\n/g, "")
    .replace(/=([0-9A-F]{2})/gi, (_, hex) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
  if (squeeze(plain).includes(wanted)) return true;
  for (const { index } of text.matchAll(
    /^Content-Transfer-Encoding:|^[^\n]*\bbase64\b/gim,
  )) {
    const body = text.slice(index).replace(/\r/g, "");
    const from = body.indexOf("\n\n");
    const digits = body.slice(from).replace(/[^A-Za-z0-9+/]/g, "");
    const decoded = squeeze(Buffer.from(digits, "base64").toString("latin1"));
    if (from >= 0 && decoded.startsWith(wanted.slice(0, 16))) return true;
  }
  return false;
}
