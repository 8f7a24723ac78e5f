// The directory of a compound file (MS-CFB 2.6): a tree of storages and
// streams. Called by ole-file.ts. Whatever the tree doesn't reach is listed
// too, at the root: a reader that repairs files may find it.

import { u32le, u64le, u8 } from "./archive-bytes.ts";
import { untilNul, utf16 } from "./ole-text.ts";

/** A stream or a storage. */
export interface OleEntry {
  /** Names from the root, without the root's own; as stored, control characters and all. */
  readonly path: readonly string[];
  readonly name: string;
  readonly isStream: boolean;
  /** First sector, or first mini sector. */
  readonly start: number;
  /** As stated; a stream may turn out shorter. */
  readonly size: number;
}

export interface OleDirectory {
  readonly entries: readonly OleEntry[];
  readonly root: {
    /** First sector of the mini stream. */
    readonly start: number;
    /** CLSID, lower-case hex as stored. */
    readonly classId: string;
  };
  /** A link pointed nowhere or to what was linked already. */
  readonly isBroken: boolean;
}

// Directory entry (2.6.1), 128 bytes:
//   0  64  name in UTF-16        32 units with the NUL
//  64   2  bytes of the name     with the NUL; ignored, the NUL ends it
//  66   1  type                  0 free, 1 storage, 2 stream, 5 root
//  67   1  colour                ignored (of a red-black tree)
//  68   4  left sibling
//  72   4  right sibling
//  76   4  first child
//  80  16  CLSID
//  96   4  state bits            ignored
// 100   8  created               ignored
// 108   8  modified              ignored
// 116   4  first sector
// 120   8  size                  high half ignored in version 3
const directoryEntryBytes = 128;
const noEntry = 0xffffffff;

// Honest documents nest objects a few storages deep. Deeper ones are listed
// under the storage at this depth, so that paths stay short.
const maxStorageDepth = 32;

/** `hasWideSizes`: sizes are of 64 bits (version 4). */
export function parseDirectory(
  directory: Uint8Array,
  hasWideSizes: boolean,
): OleDirectory {
  const count = Math.floor(directory.length / directoryEntryBytes);
  const listed = new Uint8Array(count);
  const entries: OleEntry[] = [];
  let isBroken = false;
  const root = rootId(directory, count);
  const rootAt = root * directoryEntryBytes;
  const todo: { id: number; path: readonly string[] }[] = [];

  const visit = (id: number, path: readonly string[]): void => {
    const at = id * directoryEntryBytes;
    const type = u8(directory, at + 66);
    const name = untilNul(utf16(directory, at, at + 64));
    const own = [...path, name];
    if (type === 1 || type === 2)
      entries.push({
        path: own,
        name,
        isStream: type === 2,
        start: u32le(directory, at + 116),
        size: hasWideSizes
          ? u64le(directory, at + 120)
          : u32le(directory, at + 120),
      });
    // 2.6.4: siblings form a binary tree, children hang below a storage.
    todo.push(
      { id: u32le(directory, at + 68), path },
      { id: u32le(directory, at + 72), path },
    );
    if (type === 1)
      todo.push({
        id: u32le(directory, at + 76),
        path: own.length < maxStorageDepth ? own : path,
      });
  };
  const drain = (): void => {
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const { id, path } = next;
      if (id === noEntry) continue;
      if (id >= count || listed[id] === 1) {
        isBroken = true;
        continue;
      }
      listed[id] = 1;
      visit(id, path);
    }
  };

  if (count > 0) {
    listed[root] = 1;
    todo.push({ id: u32le(directory, rootAt + 76), path: [] });
  }
  drain();
  for (let id = 0; id < count; id++) {
    const type = u8(directory, id * directoryEntryBytes + 66);
    if (listed[id] === 1 || (type !== 1 && type !== 2)) continue;
    todo.push({ id, path: [] });
    drain();
  }
  return {
    entries,
    root: {
      start: u32le(directory, rootAt + 116),
      classId: Buffer.from(
        directory.subarray(rootAt + 80, rootAt + 96),
      ).toString("hex"),
    },
    isBroken,
  };
}

/** The first entry of type root, which is the first of all in honest files. */
function rootId(directory: Uint8Array, count: number): number {
  for (let id = 0; id < count; id++)
    if (directory[id * directoryEntryBytes + 66] === 5) return id;
  return 0;
}

// Ignored: colours and order of the tree, state bits, times: nothing that
// holds data; a second root entry.
