// The world that 7-Zip, compiled to WebAssembly (the file 7zz.wasm of the
// package 7z-wasm 1.2.0), sees: one input file, any number of output files
// that are kept in memory, and text on standard output and error. Called by
// seven-zip-run.ts.
//
// The package's own JavaScript is not used: it brings a file system that can
// reach the real one, writes to the console and sets process.exitCode. Here
// is no real file system, no clock, no environment, and nothing to ask:
// standard input is at its end. Names that 7-Zip wants to create never become
// paths: each creation gets a new output file, whatever its name. Directories
// and links are agreed to and not made. Memory can be refused, so a stated
// dictionary size cannot exhaust the machine.
//
// The numbers are those of the WASI preview 1 ABI and of emscripten's musl.

import { LineSplitter } from "./seven-zip-lines.ts";
import { SevenZipMemory } from "./seven-zip-memory.ts";
import {
  type WasmMemory,
  type WasmModule,
  webAssembly,
} from "./seven-zip-module.ts";

/** What the host tells its owner. Any of these may throw: that ends 7-Zip. */
export interface SevenZipObserver {
  /** A file is created; the bytes written to it go to the returned sink. */
  create(): OutputSink;
  /** A symbolic link is made at `path`. */
  link(target: string, path: string): void;
  /** Its memory has grown to this; null where it was refused more. */
  memory(bytes: number | null): void;
  /** A complete line of standard output (1) or standard error (2). */
  line(fd: 1 | 2, text: string): void;
}

export interface OutputSink {
  write(bytes: Uint8Array, position: number): void;
  truncate(length: number): void;
  readonly length: number;
}

/** 7-Zip ended otherwise than by returning: a C++ exception, exit, abort. */
export class SevenZipStopped extends Error {}

export const inputPath = "/a";
/** Where 7-Zip believes to put files. */
export const outputPath = "/o";

// errno as emscripten numbers it.
const EBADF = 8;
const EINVAL = 28;
const ENOENT = 44;
const ENOTTY = 59;

const O_CREAT = 0o100;
const modeFile = 0o100600;
const modeDirectory = 0o040700;

interface OpenFile {
  /** Null for the input. */
  readonly sink: OutputSink | null;
  position: number;
}

export function runSevenZip(
  module: WasmModule,
  input: Uint8Array,
  args: readonly string[],
  memoryBytes: number,
  observer: SevenZipObserver,
): number {
  const files = new Map<number, OpenFile>();
  let nextFd = 3;
  /** 7-Zip looks at what it has just created, to set its attributes. */
  let created = "";
  let directory = "";
  const text = { 1: new LineSplitter(), 2: new LineSplitter() };
  const memory = new SevenZipMemory();

  const stop = (why: string) => (): never => {
    throw new SevenZipStopped(why);
  };
  const agree = (): number => 0;

  const putStat = (at: number, mode: number, size: number, inode: number) => {
    memory.putStat(at, mode, size, inode);
    return 0;
  };
  const stat = (path: string, at: number): number => {
    if (path === inputPath) return putStat(at, modeFile, input.length, 2);
    if (path === "/" || path === "" || path === ".")
      return putStat(at, modeDirectory, 0, 1);
    if (path === created) return putStat(at, modeFile, 0, 3);
    if (path === directory) return putStat(at, modeDirectory, 0, 4);
    return -ENOENT;
  };
  const lengthOf = (file: OpenFile): number =>
    file.sink === null ? input.length : file.sink.length;

  const env = {
    __cxa_throw: stop("C++ exception"),
    _abort_js: stop("abort"),
    exit: (status: number): never => {
      throw new SevenZipStopped(`exit ${status}`);
    },
    __syscall_chmod: agree,
    __syscall_fchownat: agree,
    __syscall_utimensat: agree,
    __syscall_mkdirat: (_dir: number, path: number): number => {
      directory = memory.string(path);
      return 0;
    },
    __syscall_renameat: agree,
    __syscall_unlinkat: agree,
    __syscall_rmdir: agree,
    __syscall_getdents64: agree,
    __syscall_readlinkat: (): number => -EINVAL,
    __syscall_ioctl: (): number => -ENOTTY,
    __syscall_symlinkat: (
      target: number,
      _dir: number,
      path: number,
    ): number => {
      observer.link(memory.string(target), memory.string(path));
      return 0;
    },
    __syscall_getcwd: (at: number, size: number): number => {
      if (size < 2) return -EINVAL;
      memory.putString("/", at);
      return 2;
    },
    __syscall_stat64: (path: number, at: number): number =>
      stat(memory.string(path), at),
    __syscall_lstat64: (path: number, at: number): number =>
      stat(memory.string(path), at),
    __syscall_newfstatat: (_dir: number, path: number, at: number): number =>
      stat(memory.string(path), at),
    __syscall_fstat64: (fd: number, at: number): number => {
      const file = files.get(fd);
      return file === undefined
        ? -EBADF
        : putStat(at, modeFile, lengthOf(file), fd);
    },
    __syscall_ftruncate64: (fd: number, length: bigint): number => {
      files.get(fd)?.sink?.truncate(Number(length));
      return 0;
    },
    __syscall_openat: (_dir: number, path: number, flags: number): number => {
      const creating = (flags & O_CREAT) !== 0;
      if (creating) created = memory.string(path);
      else if (memory.string(path) !== inputPath) return -ENOENT;
      const fd = nextFd++;
      files.set(fd, { sink: creating ? observer.create() : null, position: 0 });
      return fd;
    },
    // No time: what is made of it are dates of files that nobody keeps.
    emscripten_date_now: (): number => 0,
    _mktime_js: (): bigint => 0n,
    _localtime_js: (_time: bigint, at: number): void => {
      memory.bytes(at, 44).fill(0);
    },
    _gmtime_js: (_time: bigint, at: number): void => {
      memory.bytes(at, 44).fill(0);
    },
    _tzset_js: (zone: number, daylight: number, a: number, b: number): void => {
      memory.view.setUint32(zone, 0, true);
      memory.view.setUint32(daylight, 0, true);
      memory.putString("UTC", a);
      memory.putString("UTC", b);
    },
    emscripten_get_heap_max: (): number => memoryBytes,
    emscripten_resize_heap: (requested: number): number => {
      const granted = memory.grow(requested >>> 0, memoryBytes);
      observer.memory(granted ? requested >>> 0 : null);
      return granted ? 1 : 0;
    },
  };

  const wasi = {
    clock_time_get: (_id: number, _precision: bigint, at: number): number => {
      memory.view.setBigInt64(at, 0n, true);
      return 0;
    },
    // One variable: without it names would not be UTF-8.
    environ_sizes_get: (count: number, size: number): number => {
      memory.view.setUint32(count, 1, true);
      memory.view.setUint32(size, "LANG=C.UTF-8".length + 1, true);
      return 0;
    },
    environ_get: (pointers: number, at: number): number => {
      memory.view.setUint32(pointers, at, true);
      memory.putString("LANG=C.UTF-8", at);
      return 0;
    },
    fd_fdstat_get: (fd: number, at: number): number => {
      memory.bytes(at, 24).fill(0);
      // File type: 2 character device, 4 regular file.
      memory.view.setUint8(at, fd < 3 ? 2 : 4);
      return 0;
    },
    fd_close: (fd: number): number => (files.delete(fd) ? 0 : EBADF),
    fd_read: (fd: number, at: number, count: number, done: number): number => {
      const file = files.get(fd);
      let total = 0;
      if (file?.sink === null)
        for (const vector of memory.vectors(at, count)) {
          const piece = input.subarray(
            file.position,
            file.position + vector.length,
          );
          vector.set(piece);
          file.position += piece.length;
          total += piece.length;
        }
      memory.view.setUint32(done, total, true);
      return 0;
    },
    fd_seek: (fd: number, offset: bigint, whence: number, at: number) => {
      const file = files.get(fd);
      if (file === undefined) return EBADF;
      const from = [0, file.position, lengthOf(file)][whence] ?? 0;
      const position = from + Number(offset);
      if (!Number.isSafeInteger(position) || position < 0) return EINVAL;
      file.position = position;
      memory.view.setBigInt64(at, BigInt(position), true);
      return 0;
    },
    fd_write: (fd: number, at: number, count: number, done: number): number => {
      const file = files.get(fd);
      let total = 0;
      for (const vector of memory.vectors(at, count)) {
        total += vector.length;
        if (fd === 1 || fd === 2) {
          for (const line of text[fd].push(vector)) observer.line(fd, line);
        } else if (file?.sink != null) {
          file.sink.write(vector, file.position);
          file.position += vector.length;
        }
      }
      memory.view.setUint32(done, total, true);
      return 0;
    },
  };

  const instance = new webAssembly.Instance(module, {
    env,
    wasi_snapshot_preview1: wasi,
  });
  const exports = instance.exports as SevenZipExports;
  memory.use(exports.memory);
  exports.__wasm_call_ctors();
  const argv = ["7zz", ...args].map((arg) => {
    const at = exports._emscripten_stack_alloc(Buffer.byteLength(arg) + 1);
    memory.putString(arg, at);
    return at;
  });
  const table = exports._emscripten_stack_alloc(4 * (argv.length + 1));
  [...argv, 0].forEach((at, i) => {
    memory.view.setUint32(table + 4 * i, at, true);
  });
  return exports.__main_argc_argv(argv.length, table);
}

/** The exports of 7zz.wasm that are used. */
interface SevenZipExports {
  readonly memory: WasmMemory;
  __wasm_call_ctors(): void;
  _emscripten_stack_alloc(bytes: number): number;
  __main_argc_argv(count: number, table: number): number;
}
