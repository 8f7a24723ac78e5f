// Files embedded by Windows' object packager: the native data of OLE 1 class
// `Package`, in the stream `\x01Ole10Native` of Office 97 documents, in RTF
// and in OOXML's oleObject*.bin. Called by ole.ts and rtf-object.ts.
//
// The layout isn't documented by Microsoft; this is what Windows writes.

import { latin1 } from "../mime/bytes.ts";
import { u16le, u32le } from "./archive-bytes.ts";
import { utf16 } from "./ole-text.ts";

export interface Package {
  readonly filename: string | null;
  readonly otherFilenames: readonly string[];
  readonly content: Uint8Array;
}

// Names longer than this aren't names.
const maxNameBytes = 1024;

//  0  2  type           2
//  2  .  label          NUL-ended, 8-bit: what is shown
//  .  .  source path    NUL-ended: where it came from
//  .  2  flags          0                                            ignored
//  .  2  kind           3 embedded, 1 linked: a link has no data
//  .  4  length         of the temporary path                        ignored
//  .  .  temporary path NUL-ended: where it will be written, and run
//  .  4  size           of data; a lie means up to the end
//  .  n  data
//  .  .  the three paths again in UTF-16, each after its length in characters
/** The embedded file at `at`, or null where none is. A view. */
export function parsePackage(bytes: Uint8Array, at: number): Package | null {
  const head = parseHead(bytes, at);
  if (head?.kind !== embedded) return null;
  const { label, source } = head;
  // The NUL ends the temporary path whatever its stated length is.
  const target = nulEnded(bytes, source.end + 8);
  if (target === null) return null;
  const start = target.end + 4;
  const size = u32le(bytes, target.end);
  const content = bytes.subarray(start, start + size);
  const names = [
    ...unicodeNames(bytes, start + size),
    label.text,
    lastComponent(source.text),
    lastComponent(target.text),
  ].filter((name) => name !== "");
  const [filename = null, ...otherFilenames] = new Set(names);
  return { filename, otherFilenames, content };
}

/** A package that names a file instead of holding it. */
export function isLinkedPackage(bytes: Uint8Array, at: number): boolean {
  return parseHead(bytes, at)?.kind === linked;
}

const embedded = 3;
const linked = 1;

function parseHead(bytes: Uint8Array, at: number) {
  if (u16le(bytes, at) !== 2) return null;
  const label = nulEnded(bytes, at + 2);
  if (label === null) return null;
  const source = nulEnded(bytes, label.end);
  if (source === null) return null;
  return { label, source, kind: u16le(bytes, source.end + 2) };
}

/** Temporary path, label, source path: the label is what a reader shows. */
function unicodeNames(bytes: Uint8Array, start: number): string[] {
  const paths: string[] = [];
  let at = start;
  for (let i = 0; i < 3; i++) {
    const length = u32le(bytes, at) * 2;
    if (length === 0 || length > maxNameBytes || at + 4 + length > bytes.length)
      break;
    paths.push(utf16(bytes, at + 4, at + 4 + length));
    at += 4 + length;
  }
  const [target = "", label = "", source = ""] = paths;
  return [label, lastComponent(source), lastComponent(target)];
}

function nulEnded(
  bytes: Uint8Array,
  at: number,
): { text: string; end: number } | null {
  const nul = bytes.indexOf(0, at);
  if (nul < 0 || nul - at > maxNameBytes) return null;
  return { text: latin1(bytes, at, nul), end: nul + 1 };
}

function lastComponent(path: string): string {
  return path.slice(
    Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/")) + 1,
  );
}

// Ignored: the path that a linked package holds (that it is one makes a remark);
// the command line that some versions keep in place of a source path.
