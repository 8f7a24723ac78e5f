// Every file operation of the index, of a release and of a deletion made to
// fail in turn. The index may fail as it likes: nothing is refused or hidden
// for it. A release that fails is held, released, or said to be uncertain; a
// message is there or gone, never there in part.

import type * as nodeFs from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import type * as fsPromises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const faults = vi.hoisted(() => ({
  /** Counts down; the operation at 0 fails. */
  left: Infinity,
  /** Only operations of paths with this in them count. */
  about: "",
}));

function strike(path: unknown): void {
  if (!String(path).includes(faults.about)) return;
  if (faults.left-- === 0)
    throw Object.assign(new Error("EIO: injected"), { code: "EIO" });
}

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof nodeFs>();
  const opened = new Map<number, string>();
  const named = (file: unknown): string =>
    typeof file === "number" ? (opened.get(file) ?? "") : String(file);
  const wrap =
    <Args extends readonly unknown[], Result>(
      act: (...args: Args) => Result,
    ): ((...args: Args) => Result) =>
    (...args) => {
      strike(named(args[0]));
      return act(...args);
    };
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      strike(args[0]);
      const file = fs.openSync(...args);
      opened.set(file, String(args[0]));
      return file;
    },
    writeSync: (file: number, bytes: Uint8Array) => {
      try {
        strike(named(file));
      } catch (error) {
        // Half of it, as on a full disk.
        fs.writeSync(file, bytes.subarray(0, bytes.length / 2));
        throw error;
      }
      return fs.writeSync(file, bytes);
    },
    readSync: wrap(fs.readSync),
    fstatSync: wrap(fs.fstatSync),
    closeSync: wrap(fs.closeSync),
    renameSync: wrap(fs.renameSync),
    unlinkSync: wrap(fs.unlinkSync),
  };
});

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof fsPromises>();
  const wrap =
    <Args extends readonly unknown[], Result>(
      act: (...args: Args) => Promise<Result>,
    ): ((...args: Args) => Promise<Result>) =>
    async (...args) => {
      strike(args[0]);
      return act(...args);
    };
  return {
    ...fs,
    mkdir: wrap(fs.mkdir),
    readdir: wrap(fs.readdir as (path: string) => Promise<string[]>),
    readFile: wrap(fs.readFile),
    unlink: wrap(fs.unlink),
    open: async (...args: Parameters<typeof fs.open>) => {
      strike(args[0]);
      const file = await fs.open(...args);
      return {
        chown: (uid: number, gid: number) => file.chown(uid, gid),
        writeFile: async (data: Uint8Array) => {
          strike(args[0]);
          await file.writeFile(data);
        },
        sync: async () => {
          strike(args[0]);
          await file.sync();
        },
        close: () => file.close(),
      };
    },
  };
});

const { hold } = await import("../../src/quarantine/hold.ts");
const { list, locate, read } = await import("../../src/quarantine/store.ts");
const { rebuildIndex, survey } = await import("../../src/quarantine/survey.ts");
const { beginRelease, cancelRelease, endRelease, readRecords, releaseState } =
  await import("../../src/quarantine/release.ts");
const { remove } = await import("../../src/quarantine/remove.ts");
const { sampleEntry } = await import("./sample-entry.ts");

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "qsift-faults-"));
});
afterEach(() => {
  noFault();
  rmSync(path, { recursive: true, force: true });
});

const id = sampleEntry().id;
const now = Date.UTC(2026, 10, 22);

function failAt(n: number, about: string): void {
  faults.left = n;
  faults.about = about;
}

function noFault(): void {
  faults.left = Infinity;
  faults.about = "";
}

async function stateNow(): Promise<string> {
  return (await releaseState(path, id, await readRecords(path))).kind;
}

/** Runs with n = 0, 1, 2 ... until one goes through without a fault; returns how many did not. */
async function everyFault(
  about: string,
  run: (n: number) => Promise<void>,
): Promise<number> {
  for (let n = 0; n < 100; n++) {
    failAt(n, about);
    await run(n);
    const struck = faults.left < 0;
    noFault();
    if (!struck) return n;
  }
  throw new Error("no run without a fault within 100");
}

test("with the nth operation on the index failing, messages are held and found all the same", async () => {
  const held: string[] = [];
  const found = () =>
    survey(path)
      .found.map((one) => one.id)
      .sort();
  const count = await everyFault(".index", async (n) => {
    const one = `20261122-000000-${String(n).padStart(8, "0")}`;
    held.push(await hold(path, sampleEntry({ id: one })));
    expect(found()).toEqual(held);
    noFault();
    expect(found()).toEqual(held);
  });
  expect(count).toBe(0);
  for (let n = 0; n < 12; n++) {
    failAt(n, ".index");
    expect(found()).toEqual(held);
    noFault();
    expect(found()).toEqual(held);
  }
});

test("with the nth operation of a new index failing, the old one or none is in its place", async () => {
  for (let n = 0; n < 10; n++)
    await hold(path, sampleEntry({ id: `20261122-000000-0000000${n}` }));
  const count = await everyFault(".index", () => {
    try {
      rebuildIndex(path, () => undefined);
    } catch (error) {
      expect(String(error)).toContain("EIO");
    }
    const struck = faults.left;
    noFault();
    expect(survey(path).found).toHaveLength(10);
    faults.left = struck;
    return Promise.resolve();
  });
  expect(count).toBeGreaterThanOrEqual(3);
});

test("with the nth operation failing, a release begins and is recorded, or the message is held", async () => {
  const count = await everyFault(".releases", async () => {
    const begun = await beginRelease(path, id, false, now).catch(() => null);
    const struck = faults.left;
    noFault();
    expect(await stateNow()).toBe(begun === null ? "held" : "releasing");
    if (begun !== null) await cancelRelease(begun);
    faults.left = struck;
  });
  expect(count).toBeGreaterThan(3);
});

test("with the nth operation failing, a release that was queued is never taken for held", async () => {
  const count = await everyFault(".releases", async () => {
    const struck = faults.left;
    noFault();
    const release = await beginRelease(path, id, true, now);
    if (release === null) throw new Error("not begun");
    failAt(struck, ".releases");
    await endRelease(release, now).catch(() => undefined);
    const after = faults.left;
    noFault();
    expect(["releasing", "released"]).toContain(await stateNow());
    faults.left = after;
  });
  expect(count).toBe(3);
});

test("with the nth operation failing, a message is deleted, or there and whole", async () => {
  const count = await everyFault("", async () => {
    const struck = faults.left;
    noFault();
    if (read(path, id) === null) await hold(path, sampleEntry());
    const place = locate(path, id);
    if (place === null) throw new Error("not held");
    const records = await readRecords(path);
    failAt(struck, "");
    const removal = await remove(path, place, {
      records,
      force: false,
      now,
    }).catch(() => null);
    const after = faults.left;
    noFault();
    const kinds = [...list(path)].map(({ kind }) => kind);
    expect([[], ["entry"]]).toContainEqual(kinds);
    if (removal === "removed") expect(kinds).toEqual([]);
    // Whatever was left behind, it can be done again.
    const again = locate(path, id);
    if (again !== null)
      expect(
        await remove(path, again, {
          records: await readRecords(path),
          force: false,
          now,
        }),
      ).toBe("removed");
    faults.left = after;
  });
  expect(count).toBeGreaterThan(4);
});
