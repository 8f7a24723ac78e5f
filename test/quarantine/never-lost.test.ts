// Every file operation of `hold` made to fail in turn: it throws, and then
// nothing is listed and nothing is left in tmp; or it returns, and then the
// message is there, and the operations came in the order that makes it durable.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type * as fsPromises from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test, vi } from "vitest";

const faults = vi.hoisted(() => ({
  /** Counts down; the operation at 0 fails. */
  left: Infinity,
  done: [] as string[],
}));

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof fsPromises>();
  const step = (what: string): void => {
    if (faults.left-- === 0)
      throw Object.assign(new Error(`EIO: ${what}`), { code: "EIO" });
    faults.done.push(what);
  };
  const name = (path: unknown): string => basename(String(path));
  return {
    ...fs,
    lstat: async (...args: Parameters<typeof fs.lstat>) => {
      step("lstat");
      return fs.lstat(...args);
    },
    mkdir: async (...args: Parameters<typeof fs.mkdir>) => {
      step(`mkdir ${name(args[0])}`);
      return fs.mkdir(...args);
    },
    rename: async (...args: Parameters<typeof fs.rename>) => {
      step("rename");
      await fs.rename(...args);
    },
    open: async (...args: Parameters<typeof fs.open>) => {
      step(`open ${name(args[0])}`);
      const file = await fs.open(...args);
      return {
        writeFile: async (data: Uint8Array) => {
          // Half of it is written, as on a full disk.
          try {
            step("write");
          } catch (error) {
            await file.writeFile(data.subarray(0, data.length / 2));
            throw error;
          }
          await file.writeFile(data);
        },
        sync: async () => {
          step(`fsync ${name(args[0])}`);
          await file.sync();
        },
        close: () => file.close(),
      };
    },
  };
});

const { hold } = await import("../../src/quarantine/hold.ts");
const { list, verifyBytes } = await import("../../src/quarantine/store.ts");
const { sampleEntry } = await import("./sample-entry.ts");

function run(): { path: string; entry: ReturnType<typeof sampleEntry> } {
  const path = join(mkdtempSync(join(tmpdir(), "qsift-lost-")), "q");
  return { path, entry: sampleEntry() };
}

test("with the nth operation failing, a message is held whole or not at all", async () => {
  let failures = 0;
  for (let n = 0; n < 200; n++) {
    const { path, entry } = run();
    faults.left = n;
    const held = await hold(path, entry).then(
      () => true,
      (error: unknown) => {
        expect(String(error)).toContain("EIO");
        return false;
      },
    );
    faults.left = Infinity;
    const found = [...list(path)];
    expect(found.map((one) => one.kind)).toEqual(held ? ["entry"] : []);
    for (const one of found) if (one.kind === "entry") verifyBytes(one);
    let stale: string[] = [];
    try {
      stale = readdirSync(join(path, "virus/tmp"));
    } catch {
      // It never came so far.
    }
    expect(stale).toEqual([]);
    rmSync(join(path, ".."), { recursive: true });
    if (held) break;
    failures += 1;
  }
  expect(failures).toBeGreaterThan(15);
  expect(failures).toBeLessThan(200);
});

test("the file is synced before the rename and the folder after it", async () => {
  const { path, entry } = run();
  faults.done.length = 0;
  await hold(path, entry);
  expect(faults.done.slice(-7)).toEqual([
    "write",
    "write",
    `fsync ${entry.id}`,
    "lstat",
    "rename",
    "open new",
    "fsync new",
  ]);
  // Every folder that was made is durable in the one above it.
  const folders = faults.done.filter((step) => step.startsWith("fsync"));
  expect(folders).toContain("fsync q");
  expect(folders).toContain("fsync virus");
  expect(folders).toContain(`fsync ${basename(join(path, ".."))}`);
  rmSync(join(path, ".."), { recursive: true });
});
