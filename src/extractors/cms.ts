// Cryptographic Message Syntax (RFC 5652), the container of S/MIME (RFC 8551)
// and of signed files (.p7m). Signed, digested, authenticated and compressed
// content can be read by anyone and is given; enveloped and encrypted content
// is `encrypted`.
//
//   ContentInfo ::= SEQUENCE {
//     contentType  OBJECT IDENTIFIER,
//     content [0]  EXPLICIT ANY DEFINED BY contentType }
//
// Raw, as PEM, and as bare base64 (signed files are often encoded twice).

import type { Budget } from "../budget.ts";
import { decodeBase64 } from "../mime/base64.ts";
import { latin1 } from "../mime/bytes.ts";
import { findArmor } from "./armor.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import {
  children,
  joinPieces,
  oidHex,
  readElement,
  tags,
  type Element,
} from "./der.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { entityType } from "./entity-type.ts";
import { inflateWithin } from "./inflate.ts";
import { isText } from "./text-lines.ts";

// Content types: 1.2.840.113549.1.7.n (RFC 5652 14) and .1.9.16.1.n.
const pkcs7 = "2a864886f70d0107";
const smime = "2a864886f70d01091001";

/** What a content type's value is, by its OID in hex. */
const kinds: ReadonlyMap<string, "wrapped" | "compressed" | "closed"> = new Map(
  [
    [`${pkcs7}02`, "wrapped"], // signedData (5.1)
    [`${pkcs7}03`, "closed"], // envelopedData (6.1)
    [`${pkcs7}04`, "closed"], // signedAndEnvelopedData (PKCS #7 11.1)
    [`${pkcs7}05`, "wrapped"], // digestedData (7)
    [`${pkcs7}06`, "closed"], // encryptedData (8)
    [`${smime}02`, "wrapped"], // authenticatedData (9.1)
    [`${smime}09`, "compressed"], // RFC 3274 1.1
    [`${smime}17`, "closed"], // authEnvelopedData (RFC 5083 2.1)
  ],
);

export const cms: Extractor = {
  format: "cms",

  recognizes(candidate: Candidate): boolean {
    const { bytes } = candidate;
    return (
      readContentInfo(bytes) !== null ||
      isBareBase64(candidate) ||
      (isText(candidate) && findCmsArmor(bytes, 0) !== null)
    );
  },

  *entries(candidate: Candidate, budget: Budget): Generator<Entry> {
    const { bytes, filename } = candidate;
    if (readContentInfo(bytes) !== null) {
      yield* open(bytes, filename, budget);
      return;
    }
    let armor = findCmsArmor(bytes, 0);
    // The same bytes are opened once, and what is text here may stand under
    // another type elsewhere in the message.
    if (armor !== null && beginsAsBase64(bytes))
      yield* openBase64(bytes, 0, armor.start, filename, budget);
    else if (isBareBase64(candidate))
      yield* openBase64(bytes, 0, bytes.length, filename, budget);
    while (armor !== null) {
      // Each block costs a look, whatever comes of it.
      budget.chargePart();
      yield* openBase64(bytes, armor.start, armor.end, filename, budget);
      armor = findCmsArmor(bytes, armor.next);
    }
  },
};

const pemLabels: ReadonlySet<string> = new Set([
  "PKCS7",
  "CMS",
  "PKCS #7 SIGNED DATA",
]);

function findCmsArmor(
  bytes: Uint8Array,
  from: number,
): ReturnType<typeof findArmor> {
  return findArmor(bytes, from, (label) => pemLabels.has(label));
}

/** Base64 of a SEQUENCE with a long length: "MI" (0x30 0x82), "MA" (0x30 0x80). */
function isBareBase64({ bytes, declaredType, filename }: Candidate): boolean {
  if (
    !/^application\/(x-)?pkcs7-/.test(declaredType ?? "") &&
    !/\.p7[mscz]$/i.test(filename ?? "")
  )
    return false;
  return beginsAsBase64(bytes);
}

function beginsAsBase64(bytes: Uint8Array): boolean {
  const head = latin1(bytes, 0, Math.min(bytes.length, 64));
  return /^M[IA][A-Za-z0-9+/=\s]*$/.test(head);
}

function* openBase64(
  bytes: Uint8Array,
  start: number,
  end: number,
  filename: string | null,
  budget: Budget,
): Generator<Entry> {
  const decoded = decodeBase64(bytes.subarray(start, end)).bytes;
  budget.chargeBytes(decoded.length);
  yield* open(decoded, filename, budget);
}

function isBroken(inflated: ReturnType<typeof inflateWithin> | null): boolean {
  return inflated !== null && inflated.ending !== "complete";
}

/** The content type and the element inside [0], which may be missing. */
interface ContentInfo {
  readonly kind: "wrapped" | "compressed" | "closed";
  readonly oid: string;
  readonly content: Element | null;
}

function readContentInfo(bytes: Uint8Array): ContentInfo | null {
  const outer = readElement(bytes, 0, bytes.length);
  if (outer?.tag !== tags.sequence || !outer.constructed) return null;
  const type = readElement(bytes, outer.start, outer.end);
  if (type?.tag !== tags.oid) return null;
  const oid = oidHex(bytes, type);
  const kind = kinds.get(oid);
  if (kind === undefined) return null;
  return { kind, oid, content: explicit0(bytes, type.end, outer.end) };
}

/** What stands inside an EXPLICIT [0] at `at`. */
function explicit0(
  bytes: Uint8Array,
  at: number,
  limit: number,
): Element | null {
  const tagged = readElement(bytes, at, limit);
  if (tagged?.tag !== tags.context0 || !tagged.constructed) return null;
  return readElement(bytes, tagged.start, tagged.end);
}

function* open(
  bytes: Uint8Array,
  filename: string | null,
  budget: Budget,
): Generator<Entry> {
  const info = readContentInfo(bytes);
  if (info?.content?.constructed !== true) {
    yield unread("malformed", "cms-malformed");
    return;
  }
  if (info.kind === "closed") {
    yield unread(
      "encrypted",
      info.oid === `${pkcs7}06` ? "cms-encrypted" : "cms-enveloped",
    );
    return;
  }
  const encapsulated = findEncapsulated(bytes, info.content);
  if (encapsulated === null) {
    yield unread("malformed", "cms-malformed");
    return;
  }
  // None: a detached signature, or certificates alone (RFC 5652 5.2).
  if (encapsulated.content === null) return;

  budget.chargePart();
  const joined = octets(bytes, encapsulated.content, budget);
  // zlib (RFC 3274 1.1.1): two bytes of header, which tell nothing more.
  const inflated =
    info.kind === "compressed"
      ? inflateWithin(joined.content.subarray(2), budget)
      : null;
  const content = inflated?.content ?? joined.content;
  yield {
    kind: "read",
    place: "content",
    filename: innerName(filename),
    declaredType: entityType(content),
    content,
  };
  if (joined.isCut || isBroken(inflated))
    yield {
      kind: "remark",
      finding: "malformed",
      name: "cms-truncated",
      aboutLastEntry: true,
    };
}

/**
 * encapContentInfo: the first child that is a SEQUENCE of an OID and an
 * explicit [0]. An AlgorithmIdentifier before it begins with an OID too, but
 * has no [0]; where no child has one, the content is elsewhere (null inside).
 */
function findEncapsulated(
  bytes: Uint8Array,
  value: Element,
): { content: Element | null } | null {
  let found: { content: Element | null } | null = null;
  for (const child of children(bytes, value)) {
    if (child.tag !== tags.sequence || !child.constructed) continue;
    const type = readElement(bytes, child.start, child.end);
    if (type?.tag !== tags.oid) continue;
    const content = explicit0(bytes, type.end, child.end);
    if (content !== null) return { content };
    // Without content it may be an algorithm; remember that there was one.
    found = { content: null };
  }
  return found;
}

/** The octets of eContent. In PKCS #7 it may be another type than OCTET STRING: then its own encoding. */
function octets(
  bytes: Uint8Array,
  element: Element,
  budget: Budget,
): { content: Uint8Array; isCut: boolean } {
  if (element.tag !== tags.octetString || !element.constructed)
    return {
      content: bytes.subarray(element.start, element.end),
      isCut: false,
    };
  const output = new ChargedBytes(budget, element.end - element.start);
  const isWhole = joinPieces(bytes, element, output);
  return { content: output.finish(), isCut: !isWhole };
}

/** "contract.pdf.p7m" holds contract.pdf; "smime.p7m" tells nothing. */
function innerName(filename: string | null): string | null {
  const inner = /^(.+\.[^.]+)\.p7[mscz]$/i.exec(filename ?? "")?.[1];
  return inner ?? null;
}

function unread(reason: "encrypted" | "malformed", name: string): Entry {
  return { kind: "unread", place: null, filename: null, reason, name };
}

// Ignored: versions, algorithms, certificates, revocation lists, signer infos
// and attributes. Signatures are not verified: that is for who reads the mail.
// Certificates may hold any bytes in extensions; no mail program opens those.
