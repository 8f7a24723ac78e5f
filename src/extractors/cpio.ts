// cpio archives: old binary (both byte orders), odc, newc and its variant
// with sums, as cpio(5) of the BSDs describes them.
//
// Ignored: inode, owner, links, times, the sums. Hard links are entries;
// in newc only the last one has the data. Directories and devices are none.

import type { Entry, Extractor } from "./extractor.ts";
import { findSignature, hasSignature, u16be, u16le } from "./archive-bytes.ts";
import { archiveName, untilNul } from "./archive-name.ts";
import { memberEntries } from "./member.ts";

interface CpioHeader {
  readonly mode: number;
  /** With its NUL. */
  readonly nameLength: number;
  readonly size: number;
  /** Bytes of the header before the name. */
  readonly headerBytes: number;
  /** Header with name, and data, are padded to a multiple of this. */
  readonly padding: number;
}

export const cpio: Extractor = {
  format: "cpio",
  recognizes: ({ bytes }) => {
    const header = readHeader(bytes, 0);
    return (
      header !== null &&
      header.nameLength > 0 &&
      header.nameLength <= 4096 &&
      header.headerBytes + header.nameLength <= bytes.length
    );
  },
  *entries({ bytes }, budget): Generator<Entry> {
    for (let at = 0; at < bytes.length;) {
      const header = readHeader(bytes, at);
      if (header === null) {
        yield { kind: "remark", finding: "malformed", name: "cpio-malformed" };
        const next = findSignature(bytes, "07070", at);
        if (next <= at) return;
        at = next;
        continue;
      }
      const { mode, nameLength, size, headerBytes, padding } = header;
      const name = archiveName(
        untilNul(bytes, at + headerBytes, Math.min(nameLength, 65_536)),
      );
      const start = at + pad(headerBytes + nameLength, padding);
      const content = bytes.subarray(start, start + size);
      at = start + pad(size, padding);
      if (name === "TRAILER!!!" && size === 0) {
        // Linux reads several archives in one file as one (initramfs).
        while (at < bytes.length && bytes[at] === 0) at += 1;
        if (readHeader(bytes, at) === null) return;
        continue;
      }
      // Regular file, symbolic link (its content is the target), or whatever
      // has data in spite of its type.
      const type = mode & 0o170000;
      if (size === 0 && type !== 0o100000 && type !== 0o120000) continue;
      const damage = content.length < size ? "cpio-truncated" : null;
      yield* memberEntries(name, content, damage, budget);
    }
  },
};

function pad(length: number, multiple: number): number {
  return Math.ceil(length / multiple) * multiple;
}

function readHeader(bytes: Uint8Array, at: number): CpioHeader | null {
  // newc: magic 6, then 8 hexadecimal digits each: inode, mode 14, owner,
  // group, links, time, size 54, device (2), device of a device (2), length
  // of the name 94, sum.
  if (hasSignature(bytes, "070701", at) || hasSignature(bytes, "070702", at))
    return numbers(bytes, 16, 110, 4, [
      [at + 14, 8],
      [at + 94, 8],
      [at + 54, 8],
    ]);
  // odc: magic 6, octal digits: device 6, inode 6, mode 6 (at 18), owner 6,
  // group 6, links 6, device 6, time 11, length of the name 6 (at 59), size 11.
  if (hasSignature(bytes, "070707", at))
    return numbers(bytes, 8, 76, 1, [
      [at + 18, 6],
      [at + 59, 6],
      [at + 65, 11],
    ]);
  // Old binary, 16 bits each: magic, device, inode, mode 6, owner, group,
  // links, device, time (2), length of the name 20, size (2, high half first).
  const u16 = hasSignature(bytes, "\xc7\x71", at)
    ? u16le
    : hasSignature(bytes, "\x71\xc7", at)
      ? u16be
      : null;
  if (u16 === null || at + 26 > bytes.length) return null;
  const mode = u16(bytes, at + 6);
  const nameLength = u16(bytes, at + 20);
  // The magic number has only two bytes: the name's NUL is looked for, too.
  if (nameLength === 0 || bytes[at + 26 + nameLength - 1] !== 0) return null;
  return {
    mode,
    nameLength,
    size: u16(bytes, at + 22) * 65_536 + u16(bytes, at + 24),
    headerBytes: 26,
    padding: 2,
  };
}

function numbers(
  bytes: Uint8Array,
  base: 8 | 16,
  headerBytes: number,
  padding: number,
  fields: readonly (readonly [at: number, digits: number])[],
): CpioHeader | null {
  const [mode, nameLength, size] = fields.map(([at, digits]) => {
    const text = archiveName(bytes.subarray(at, at + digits));
    const pattern = base === 16 ? /^[0-9a-fA-F]{8}$/ : /^[0-7]{6,11}$/;
    return pattern.test(text) ? Number.parseInt(text, base) : NaN;
  });
  if (mode === undefined || nameLength === undefined || size === undefined)
    return null;
  if (Number.isNaN(mode + nameLength + size)) return null;
  return { mode, nameLength, size, headerBytes, padding };
}
