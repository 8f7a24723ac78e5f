// Reading and writing the memory of a WebAssembly instance: the strings,
// vectors and structures of the system calls in seven-zip-host.ts.

import { asBuffer } from "../mime/bytes.ts";
import { u32le } from "./archive-bytes.ts";
import { type WasmMemory, webAssembly } from "./seven-zip-module.ts";

export class SevenZipMemory {
  #memory: WasmMemory = new webAssembly.Memory({ initial: 0 });
  #view = new DataView(this.#memory.buffer);

  /** To be called once, when the instance is there. */
  use(memory: WasmMemory): void {
    this.#memory = memory;
  }

  /** False where that would be more than `most`, or than the machine has. */
  grow(wanted: number, most: number): boolean {
    if (wanted > most) return false;
    try {
      // A page has 64 KiB.
      const missing = wanted - this.#memory.buffer.byteLength;
      this.#memory.grow(Math.max(0, Math.ceil(missing / 65_536)));
      return true;
    } catch {
      return false;
    }
  }

  /** The buffer is another one after each growth. */
  get view(): DataView {
    if (this.#view.buffer !== this.#memory.buffer)
      this.#view = new DataView(this.#memory.buffer);
    return this.#view;
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at >>> 0, length >>> 0);
  }

  /** Up to NUL. */
  string(at: number): string {
    const all = new Uint8Array(this.#memory.buffer, at >>> 0);
    const end = all.indexOf(0);
    return asBuffer(all.subarray(0, Math.max(end, 0))).toString("utf8");
  }

  putString(value: string, at: number): void {
    const encoded = Buffer.from(`${value}\0`, "utf8");
    this.bytes(at, encoded.length).set(encoded);
  }

  /** iovec: address 0, length 4; 8 bytes each. */
  vectors(at: number, count: number): Uint8Array[] {
    return Array.from({ length: count }, (_, i) => {
      const vector = this.bytes(at + 8 * i, 8);
      return this.bytes(u32le(vector, 0), u32le(vector, 4));
    });
  }

  /**
   * struct stat of emscripten's musl: dev 0, mode 4, nlink 8, uid 12, gid 16,
   * rdev 20, size 24 (64 bits), blksize 32, blocks 36, three times from 40,
   * ino 88 (64 bits); 96 bytes.
   */
  putStat(at: number, mode: number, size: number, inode: number): void {
    this.bytes(at, 96).fill(0);
    this.view.setUint32(at, 1, true);
    this.view.setUint32(at + 4, mode, true);
    this.view.setUint32(at + 8, 1, true);
    this.view.setBigInt64(at + 24, BigInt(size), true);
    this.view.setUint32(at + 32, 4096, true);
    this.view.setUint32(at + 36, Math.ceil(size / 512), true);
    this.view.setBigInt64(at + 88, BigInt(inode), true);
  }
}
