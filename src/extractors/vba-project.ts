// Modules of VBA projects in a compound file (MS-OVBA 2.3.4): their names and
// sources. Called by ole-macros.ts for vbaProject.bin, .doc, .xls and the
// storage that ppt.ts unpacks.
//
// The `dir` stream tells where each module's source starts. As malware lies
// there (and as Office itself reads the compiled code beside it), streams that
// `dir` doesn't explain are searched for the start of a compressed source.

import type { Budget } from "../budget.ts";
import { asBuffer, latin1 } from "../mime/bytes.ts";
import { u16le, u32le } from "./archive-bytes.ts";
import type { OleEntry } from "./ole-directory.ts";
import type { CompoundFile } from "./ole-file.ts";
import { decodeCodepage, utf16 } from "./ole-text.ts";
import { decompressVba } from "./vba-compression.ts";

export interface VbaModule {
  readonly path: readonly string[];
  readonly name: string;
  /** Null where the stream is there, but no source in it. */
  readonly source: Uint8Array | null;
  readonly codepage: number;
  /** Bytes before the source: the compiled code. */
  readonly compiledBytes: number;
  readonly stream: OleEntry;
}

interface DirModule {
  name: string;
  streamName: string;
  offset: number;
}

// Streams beside the modules, none of which holds a source (MS-OVBA 2.2).
const notModules = /^(?:dir|_vba_project|__srp_[0-9a-f]+)$/;

/** Modules in every storage that is a VBA storage. Charged; throws LimitReached. */
export function* vbaModules(
  file: CompoundFile,
  budget: Budget,
): Generator<VbaModule> {
  for (const streams of vbaStorages(file).values()) {
    const dir = streams.get("dir");
    const list =
      dir === undefined
        ? { modules: [], codepage: 1252 }
        : parseDir(
            decompressVba(file.read(dir, budget), 0, budget),
            streams.size,
          );
    const { codepage } = list;
    const offsets = new Map<string, DirModule>();
    for (const module of list.modules)
      offsets.set(module.streamName.toLowerCase(), module);
    for (const [key, stream] of streams) {
      if (notModules.test(key)) continue;
      const bytes = file.read(stream, budget);
      const declared = offsets.get(key);
      const start = sourceStart(bytes, declared?.offset ?? null);
      // A stream that neither `dir` nor its contents call a module is none.
      if (start < 0 && declared === undefined) continue;
      yield {
        path: stream.path,
        name: declared?.name ?? stream.name,
        source: start < 0 ? null : decompressVba(bytes, start, budget),
        codepage,
        compiledBytes: Math.max(start, 0),
        stream,
      };
    }
  }
}

/** Storages with a stream `dir` or `_VBA_PROJECT`: their streams by lower-case name. */
function vbaStorages(file: CompoundFile): Map<string, Map<string, OleEntry>> {
  const storages = new Map<string, Map<string, OleEntry>>();
  for (const entry of file.entries) {
    if (!entry.isStream) continue;
    const key = entry.path.slice(0, -1).join("/");
    let streams = storages.get(key);
    if (streams === undefined) {
      streams = new Map<string, OleEntry>();
      storages.set(key, streams);
    }
    streams.set(entry.name.toLowerCase(), entry);
  }
  for (const [key, streams] of storages)
    if (!streams.has("dir") && !streams.has("_vba_project"))
      storages.delete(key);
  return storages;
}

// Sources begin "Attribute VB_Name"; compressed that is the container's 0x01,
// a chunk header of two bytes, a flag byte 0 and eight letters as they are.
const sourceBeginning = "\0Attribut\0e";

function sourceStart(bytes: Uint8Array, declared: number | null): number {
  if (
    declared !== null &&
    declared < bytes.length &&
    bytes[declared] === 1 &&
    (u16le(bytes, declared + 1) & 0x7000) === 0x3000
  )
    return declared;
  const found = asBuffer(bytes).indexOf(sourceBeginning, 0, "latin1");
  return found >= 3 && bytes[found - 3] === 1 ? found - 3 : -1;
}

// Records of the dir stream (2.3.4.2): id (2), size (4), data. Those of use:
//  0x03 code page (2)               0x19 module name (8-bit)
//  0x1a stream name (8-bit)         0x32 stream name (UTF-16)
//  0x31 offset of the source (4)    0x47 module name (UTF-16)
//  0x2b end of a module             0x09 version: states 4 and has 6 bytes
const record = {
  codepage: 0x03,
  version: 0x09,
  moduleName: 0x19,
  streamName: 0x1a,
  moduleEnd: 0x2b,
  offset: 0x31,
  streamNameUnicode: 0x32,
  moduleNameUnicode: 0x47,
} as const;

/** More modules than there are streams are lies. */
function parseDir(
  dir: Uint8Array | null,
  maxModules: number,
): { modules: DirModule[]; codepage: number } {
  const modules: DirModule[] = [];
  let codepage = 1252;
  let module: DirModule | null = null;
  if (dir === null) return { modules, codepage };
  let at = 0;
  while (at + 6 <= dir.length && modules.length < maxModules) {
    const id = u16le(dir, at);
    const size = id === record.version ? 6 : u32le(dir, at + 2);
    const data = dir.subarray(at + 6, at + 6 + size);
    at += 6 + size;
    switch (id) {
      case record.codepage:
        codepage = u16le(data, 0);
        break;
      case record.moduleName:
        module = {
          name: decodeCodepage(data, codepage),
          streamName: "",
          offset: 0,
        };
        break;
      case record.moduleNameUnicode:
        if (module !== null) module.name = utf16(data);
        break;
      case record.streamName:
        if (module !== null) module.streamName = decodeCodepage(data, codepage);
        break;
      case record.streamNameUnicode:
        if (module !== null) module.streamName = utf16(data);
        break;
      case record.offset:
        if (module !== null) module.offset = u32le(data, 0);
        break;
      case record.moduleEnd:
        if (module !== null) modules.push(module);
        module = null;
        break;
      default:
    }
  }
  return { modules, codepage };
}

/** The source has a statement: not only attributes, options and comments, as in a document that never had a macro. */
export function hasStatements(source: Uint8Array): boolean {
  for (const line of latin1(source).split(/[\r\n]/))
    if (!/^\s*(?:$|'|Attribute |Option |Rem )/i.test(line)) return true;
  return false;
}

// Procedures that Office runs by itself when a document is opened, made,
// closed or shown (MS-VBAL doesn't list them; Word's and Excel's object models do).
const automatic =
  /\b(?:auto_?(?:open|close|exec|exit|new|activate|deactivate)|document_?(?:open|close|new|beforeclose|beforesave|change)|newdocument|workbook_?(?:open|activate|deactivate|close|beforeclose|windowactivate|addininstall)|worksheet_(?:activate|calculate)|\w{1,40}_(?:painted|painting|layout|gotfocus|mousehover|onconnecting|onlogincomplete)|inkpicture\w{1,8}_\w{1,16}|app_presentationopen|onslideshow\w{1,20})\b/i;

/** The source has a procedure that runs without being asked for. */
export function runsByItself(source: Uint8Array): boolean {
  return automatic.test(latin1(source));
}

// Ignored: references to other projects, the compiled code (`__SRP_*`,
// `_VBA_PROJECT` and what precedes each source), the PROJECT stream and its
// password, which only hides the source from the editor.
