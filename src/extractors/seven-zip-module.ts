// 7-Zip's compiled WebAssembly module: 7zz.wasm of the package 7z-wasm, read
// and compiled once a thread, when the first archive needs it (20-30 ms).

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A compiled module: opaque, survives structuredClone. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What is used of WebAssembly. Its types are in TypeScript's DOM library, which a program for Node doesn't load. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: unknown };
  readonly Memory: new (size: { initial: number }) => WasmMemory;
  readonly RuntimeError: new () => Error;
}

export const webAssembly = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }
).WebAssembly;

let shared: WasmModule | null = null;

/** Throws where the package is not installed. */
export function sevenZipModule(): WasmModule {
  shared ??= new webAssembly.Module(
    readFileSync(createRequire(import.meta.url).resolve("7z-wasm/7zz.wasm")),
  );
  return shared;
}
