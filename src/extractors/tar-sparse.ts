// Files with holes in tar: GNU tar's own type S and its three ways of saying
// it in pax headers (formats 0.0, 0.1 and 1.0 of its manual, "Storing Sparse
// Files"). Called by tar.ts.

import type { Budget } from "../budget.ts";
import { u8 } from "./archive-bytes.ts";
import { blockBytes, type PaxRecords, tarNumber } from "./tar-header.ts";

export interface SparseMap {
  /** Offset and length in turn. */
  readonly segments: readonly number[];
  readonly realSize: number;
  /** Offset of the data, after the map. */
  readonly dataAt: number;
}

/**
 * Type S: from 386 four segments (offset 12, length 12), "more blocks follow"
 * 482, real size 483. Further blocks: 21 segments, "more follow" 504.
 */
export function readGnuMap(bytes: Uint8Array, at: number): SparseMap {
  const segments: number[] = [];
  let dataAt = at + blockBytes;
  readSegments(bytes, at + 386, 4, segments);
  let more = u8(bytes, at + 482) !== 0;
  while (more && dataAt + blockBytes <= bytes.length) {
    readSegments(bytes, dataAt, 21, segments);
    more = u8(bytes, dataAt + 504) !== 0;
    dataAt += blockBytes;
  }
  return { segments, realSize: tarNumber(bytes, at + 483, 12), dataAt };
}

function readSegments(
  bytes: Uint8Array,
  at: number,
  count: number,
  segments: number[],
): void {
  for (let i = 0; i < count; i++) {
    if (u8(bytes, at + 24 * i) === 0) return;
    segments.push(
      tarNumber(bytes, at + 24 * i, 12),
      tarNumber(bytes, at + 24 * i + 12, 12),
    );
  }
}

/** Null where the pax header says nothing of holes. */
export function readPaxMap(
  { values, sparse }: PaxRecords,
  bytes: Uint8Array,
  dataAt: number,
): SparseMap | null {
  const realSize = Number(
    values.get("GNU.sparse.realsize") ?? values.get("GNU.sparse.size") ?? "-1",
  );
  if (values.get("GNU.sparse.major") === "1")
    return readLeadingMap(bytes, dataAt, realSize);
  const map = values.get("GNU.sparse.map");
  if (map !== undefined)
    return { segments: map.split(",").map(Number), realSize, dataAt };
  return sparse.length > 0 ? { segments: sparse, realSize, dataAt } : null;
}

/** Format 1.0: the data begins with decimal lines, the number of segments and then each; padded to a block. */
function readLeadingMap(
  bytes: Uint8Array,
  start: number,
  realSize: number,
): SparseMap {
  let at = start;
  const line = (): number => {
    let value = 0;
    for (; at < bytes.length; at++) {
      const digit = u8(bytes, at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    at += 1;
    return value;
  };
  const segments: number[] = [];
  const count = 2 * line();
  while (segments.length < count && at < bytes.length) segments.push(line());
  const mapBytes = Math.ceil((at - start) / blockBytes) * blockBytes;
  return { segments, realSize, dataAt: start + mapBytes };
}

/** The file with its holes as zeros; null where it is larger than the budget. */
export function fillHoles(
  { segments, realSize }: SparseMap,
  data: Uint8Array,
  budget: Budget,
): Uint8Array | null {
  if (!(realSize >= 0 && realSize <= budget.bytesLeft)) return null;
  budget.chargeBytes(realSize);
  const file = new Uint8Array(realSize);
  let from = 0;
  for (let i = 0; i + 1 < segments.length && from < data.length; i += 2) {
    const offset = segments[i] ?? 0;
    const length = segments[i + 1] ?? 0;
    if (!(offset >= 0 && offset <= realSize && length >= 0)) continue;
    file.set(
      data.subarray(from, from + Math.min(length, realSize - offset)),
      offset,
    );
    from += length;
  }
  return file;
}
