// Compound files ("OLE2"): Office 97 documents and vbaProject.bin, Outlook's
// .msg, Windows installer packages, embedded objects of all kinds. The
// container is ole-file.ts; this file says what each stream is.

import type { Budget } from "../budget.ts";
import { u32le } from "./archive-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { messageEntries } from "./msg.ts";
import { decodeMsiName } from "./msi-names.ts";
import type { OleEntry } from "./ole-directory.ts";
import { CompoundFile, isCompoundFile } from "./ole-file.ts";
import { macro, macroEntries } from "./ole-macros.ts";
import { officeStream } from "./ole-office.ts";
import { isLinkedPackage, parsePackage } from "./ole-package.ts";
import { chargingParts } from "./ole-parts.ts";
import { encryptedPackageEntries } from "./ooxml-encrypted.ts";

export const ole: Extractor = {
  format: "ole",
  recognizes: ({ bytes }) => isCompoundFile(bytes),
  entries: chargingParts(oleEntries),
};

function* oleEntries(
  { bytes, passwords }: Candidate,
  budget: Budget,
): Generator<Entry> {
  const file = new CompoundFile(bytes, budget);
  const taken = new Set<OleEntry>();
  yield* messageEntries(file, taken, budget);
  yield* macroEntries(file, taken, budget);
  yield* encryptedPackageEntries(file, taken, passwords, budget);
  for (const stream of file.entries)
    if (stream.isStream && stream.size > 0 && !taken.has(stream))
      yield* streamEntries(file, stream, budget);
  if (file.isBroken || file.entries.length === 0)
    yield { kind: "remark", finding: "malformed", name: "ole-broken" };
}

function* streamEntries(
  file: CompoundFile,
  stream: OleEntry,
  budget: Budget,
): Generator<Entry> {
  const place = stream.path
    .map((name) => decodeMsiName(name) ?? name)
    .join("/");
  const office = officeStream(file, stream, place, budget);
  if (office !== null) {
    yield* office;
    return;
  }
  if (isStructural(stream)) return;
  const content = file.read(stream, budget);
  if (stream.name.toLowerCase() === "\x01ole10native") {
    yield* nativeEntries(content, place);
    return;
  }
  const msiName = decodeMsiName(stream.name);
  yield {
    kind: "read",
    place,
    filename: msiName !== null && !msiName.startsWith("!") ? msiName : null,
    declaredType: null,
    content,
  };
}

// MS-OLEDS 2.3.6: size (4), native data. Of class Package it is a file, or a
// link to one, which a click starts.
function* nativeEntries(bytes: Uint8Array, place: string): Generator<Entry> {
  const file = parsePackage(bytes, 4) ?? parsePackage(bytes, 0);
  yield file === null
    ? {
        kind: "read",
        place,
        filename: null,
        declaredType: null,
        content: bytes.subarray(4, 4 + u32le(bytes, 0)),
      }
    : { kind: "read", place, declaredType: null, ...file };
  if (isLinkedPackage(bytes, 4)) yield macro("package-link");
}

// Streams that describe a document or an object and hold no file.
const structural: ReadonlySet<string> = new Set([
  "\x05summaryinformation",
  "\x05documentsummaryinformation",
  "\x01compobj",
  "\x01ole10itemname",
  "\x02olepres000", // the object's picture
  "\x03objinfo",
  "\x03linkinfo",
  "\x03accesscontrol",
  "\x03eprint", // the object's picture for printers
  "0table",
  "1table",
  "data", // Word's pictures and form fields
  "pictures", // PowerPoint's
  "project",
  "projectwm",
  "projectlk",
  "_vba_project",
  "dir",
  "encryptedpackage", // said by EncryptionInfo
  "__properties_version1.0",
]);

function isStructural({ name, path }: OleEntry): boolean {
  const key = name.toLowerCase();
  return (
    structural.has(key) ||
    key.startsWith("__srp_") ||
    // MS-OFFCRYPTO 2.1: how the encrypted stream is encrypted.
    path[0] === "\x06DataSpaces"
  );
}

// Ignored: the streams above; Word's and Excel's main streams, which
// ole-office.ts inspects but which hold no file; empty streams.
