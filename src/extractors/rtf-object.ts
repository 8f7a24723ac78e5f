// An OLE 1 object as RTF holds it (MS-OLEDS 2.2.5, EmbeddedObject): usually a
// compound file (ole.ts opens it) or a package with a file. Called by rtf.ts.

import { asBuffer, latin1 } from "../mime/bytes.ts";
import { u32le } from "./archive-bytes.ts";
import type { Entry } from "./extractor.ts";
import { parsePackage } from "./ole-package.ts";
import { untilNul } from "./ole-text.ts";

// ObjectHeader (2.2.4):
//  0  4  OLEVersion     ignored: Word doesn't look either
//  4  4  FormatID       1 linked, 2 embedded; ignored: the data speaks
//  8  .  ClassName      length (4) with the NUL, then 8-bit text
//  .  .  TopicName      the same                       ignored
//  .  .  ItemName       the same                       ignored
//  .  4  NativeDataSize
//  .  n  NativeData     a lying size means up to the end
//  .  .  presentation   another object with a picture  ignored
const headerBytes = 8;

const compoundFile = Buffer.from("d0cf11e0a1b11ae1", "hex");

export function* objectEntries(
  bytes: Uint8Array,
  place: string,
): Generator<Entry> {
  let at = headerBytes;
  const strings: string[] = [];
  for (let i = 0; i < 3; i++) {
    const length = u32le(bytes, at);
    if (at + 4 + length > bytes.length) {
      yield* carved(bytes, place);
      return;
    }
    strings.push(
      untilNul(latin1(bytes, at + 4, at + 4 + Math.min(length, 256))),
    );
    at += 4 + length;
  }
  const className = strings[0] ?? "";
  // Equation Editor runs what a crafted formula says (CVE-2017-11882).
  if (/^equation/i.test(className))
    yield { kind: "remark", finding: "macro", name: "equation-editor-object" };
  const size = u32le(bytes, at);
  const native = bytes.subarray(at + 4, at + 4 + size);
  const file = parsePackage(native, 0) ?? parsePackage(native, 4);
  if (file !== null)
    yield {
      kind: "read",
      place: `${place}/package`,
      declaredType: null,
      ...file,
    };
  else if (native.length > 0)
    yield {
      kind: "read",
      place,
      filename: null,
      declaredType: null,
      content: native,
    };
  // Word also takes an object whose header is nonsense.
  if (file === null && !asBuffer(native).includes(compoundFile))
    yield* carved(bytes, place);
}

/** A compound file within; or all of it, where no header was understood. */
function* carved(bytes: Uint8Array, place: string): Generator<Entry> {
  const found = asBuffer(bytes).indexOf(compoundFile);
  if (found >= 0)
    yield {
      kind: "read",
      place: `${place}/carved`,
      filename: null,
      declaredType: null,
      content: bytes.subarray(found),
    };
}
