// What the main streams of Office 97 documents tell: encryption, Excel 4 macro
// sheets, DDE fields. Called by ole.ts for one stream at a time, wherever it
// is in the compound file, so that embedded documents are looked at too.
//
// MS-DOC 2.5.1 (Fib), MS-XLS 2.4 (records), MS-PPT 2.3.2 (CurrentUserAtom),
// MS-OFFCRYPTO 2.3.4 (EncryptionInfo).

import type { Budget } from "../budget.ts";
import { asBuffer, latin1 } from "../mime/bytes.ts";
import { u16le, u32le, u8 } from "./archive-bytes.ts";
import type { Entry } from "./extractor.ts";
import type { OleEntry } from "./ole-directory.ts";
import type { CompoundFile } from "./ole-file.ts";
import { macro } from "./ole-macros.ts";
import { utf16 } from "./ole-text.ts";
import { powerPointEntries } from "./ppt.ts";

/** Entries of one of Office's own streams; null where the name is not one of them. */
export function officeStream(
  file: CompoundFile,
  stream: OleEntry,
  place: string,
  budget: Budget,
): Iterable<Entry> | null {
  const reader = readers.get(stream.name.toLowerCase());
  if (reader === undefined) return null;
  return reader(file.read(stream, budget), place, budget);
}

type Reader = (
  bytes: Uint8Array,
  place: string,
  budget: Budget,
) => Iterable<Entry>;

const readers: ReadonlyMap<string, Reader> = new Map([
  ["worddocument", wordEntries],
  ["workbook", workbookEntries],
  ["book", workbookEntries],
  ["powerpoint document", powerPointEntries],
  ["current user", currentUserEntries],
  ["encryptioninfo", encryptionInfoEntries],
  ["\x09drmcontent", drmEntries],
  ["\x01ole", oleLinkEntries],
  ["equation native", equationEntries],
]);

// FibBase, 32 bytes:
//  0 2 wIdent 0xA5EC   2 2 nFib   4 2 unused   6 2 lid   8 2 pnNext   (ignored)
// 10 2 flags: 0x0100 fEncrypted, 0x8000 fObfuscated (XOR); others ignored
// 12 .. back-compatibility, reserved                                  (ignored)
function* wordEntries(bytes: Uint8Array, place: string): Generator<Entry> {
  const flags = u16le(bytes, 10);
  if ((flags & 0x0100) !== 0)
    yield encrypted(
      place,
      (flags & 0x8000) !== 0 ? "doc-encrypted-xor" : "doc-encrypted",
    );
  if (hasDdeField(bytes)) yield macro("dde-field");
}

// A field is 0x13, instruction, 0x14 or 0x15. The text is 8-bit or UTF-16.
function hasDdeField(bytes: Uint8Array): boolean {
  const instruction = /^[\s"\0]{0,16}DDE(?:AUTO)?[\s"\0]/i;
  for (
    let at = bytes.indexOf(0x13);
    at >= 0;
    at = bytes.indexOf(0x13, at + 1)
  ) {
    if (instruction.test(latin1(bytes, at + 1, at + 28))) return true;
    if (
      u8(bytes, at + 1) === 0 &&
      instruction.test(utf16(bytes, at + 2, at + 56))
    )
      return true;
  }
  return false;
}

// BIFF records: type (2), length (2), data. Used:
//  0x2f FILEPASS    type (2): 0 XOR, 1 RC4 (any kind); present: encrypted
//  0x85 BOUNDSHEET  position (4), state (1), type (1): 1 = Excel 4 macro sheet
//  0x18 LBL         flags (2): 0x20 built-in name; name from offset 14 (after a
//                   byte of flags in BIFF8): 1 Auto_Open, 2 Auto_Close
const biff = { filePass: 0x2f, boundSheet: 0x85, definedName: 0x18 } as const;

function* workbookEntries(bytes: Uint8Array, place: string): Generator<Entry> {
  let isMacroSheet = false;
  let isAutomatic = false;
  for (let at = 0; at + 4 <= bytes.length; at += 4 + u16le(bytes, at + 2)) {
    const type = u16le(bytes, at);
    const data = at + 4;
    if (type === biff.filePass) {
      yield encrypted(
        place,
        u16le(bytes, data) === 0 ? "xls-encrypted-xor" : "xls-encrypted-rc4",
      );
      return; // What follows is cipher text.
    }
    if (type === biff.boundSheet && u8(bytes, data + 5) === 1)
      isMacroSheet = true;
    if (type === biff.definedName && (u16le(bytes, data) & 0x20) !== 0)
      isAutomatic ||= [u8(bytes, data + 14), u8(bytes, data + 15)].some(
        (name) => name === 1 || name === 2,
      );
  }
  if (isMacroSheet) yield macro("xlm-macro");
  if (isMacroSheet && isAutomatic) yield macro("xlm-autoexec");
}

// CurrentUserAtom: record header (8), size (4), headerToken (4): 0xF3D1C4DF
// says that the document is encrypted; the rest is ignored.
function* currentUserEntries(
  bytes: Uint8Array,
  place: string,
): Generator<Entry> {
  if (u32le(bytes, 12) === 0xf3d1c4df) yield encrypted(place, "ppt-encrypted");
}

// EncryptionInfo: version major (2), minor (2), the rest ignored: 4.4 agile,
// x.2 standard, x.3 extensible. The document is in the stream EncryptedPackage.
function* encryptionInfoEntries(
  bytes: Uint8Array,
  place: string,
): Generator<Entry> {
  const minor = u16le(bytes, 2);
  const scheme =
    minor === 4 ? "agile" : minor === 2 ? "standard" : "extensible";
  yield encrypted(place, `office-encrypted-${scheme}`);
}

function* drmEntries(_: Uint8Array, place: string): Generator<Entry> {
  yield encrypted(place, "office-encrypted-drm");
}

// MS-OLEDS 2.3.3: a linked object's moniker; a URL moniker starts with this
// CLSID. Opening the document may fetch and run what it names (CVE-2017-0199).
const urlMoniker = Buffer.from("e0c9ea79f9bace118c8200aa004ba90b", "hex");

function* oleLinkEntries(bytes: Uint8Array): Generator<Entry> {
  if (asBuffer(bytes).includes(urlMoniker)) yield macro("ole-url-link");
}

function* equationEntries(bytes: Uint8Array, place: string): Generator<Entry> {
  yield {
    kind: "read",
    place,
    filename: null,
    declaredType: null,
    content: bytes,
    leaf: true,
  };
  yield macro("equation-editor-object");
}

function encrypted(place: string, name: string): Entry {
  return { kind: "unread", place, filename: null, reason: "encrypted", name };
}

// Ignored: the text of documents, formulas of macro sheets (the remark is
// enough for a policy), DDE links of workbooks, passwords against editing,
// which encrypt nothing.
