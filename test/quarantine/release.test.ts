import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import {
  beginRelease,
  cancelRelease,
  endRelease,
  readRecords,
  releaseState,
} from "../../src/quarantine/release.ts";

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "qsift-release-"));
});
afterEach(() => {
  rmSync(path, { recursive: true, force: true });
});

const now = Date.UTC(2026, 10, 22);

async function state(id: string) {
  return releaseState(path, id, await readRecords(path));
}

async function begin(id: string, again = false) {
  const release = await beginRelease(path, id, again, now);
  if (release === null) throw new Error("not begun");
  return release;
}

test("an entry goes from held to releasing to released, on disk at each step", async () => {
  expect(await state("a.2")).toEqual({ kind: "held" });
  const release = await begin("a.2");
  expect(await state("a.2")).toEqual({
    kind: "releasing",
    since: "2026-11-22T00:00:00.000Z",
    by: `pid ${process.pid}`,
  });
  await endRelease(release, now + 1000);
  expect(await state("a.2")).toEqual({
    kind: "released",
    at: "2026-11-22T00:00:01.000Z",
  });
  // The entry whose ID is a part of the other's is another one.
  expect(await state("a")).toEqual({ kind: "held" });
});

test("of ten releases at once one begins", async () => {
  const begun = await Promise.all(
    Array.from({ length: 10 }, () => beginRelease(path, "a", false, now)),
  );
  expect(begun.filter((release) => release !== null)).toHaveLength(1);
});

test("of ten releases at once with `again` one begins for each record", async () => {
  await endRelease(await begin("a"), now);
  const begun = await Promise.all(
    Array.from({ length: 10 }, () => beginRelease(path, "a", true, now)),
  );
  const files = begun.flatMap((release) => release?.file ?? []);
  expect(new Set(files).size).toBe(files.length);
  expect(files.length).toBeGreaterThanOrEqual(1);
});

test("a released entry is not released a second time, unless asked", async () => {
  await endRelease(await begin("a"), now);
  expect(await beginRelease(path, "a", false, now)).toBeNull();
  await endRelease(await begin("a", true), now + 5000);
  expect(await state("a")).toMatchObject({ at: "2026-11-22T00:00:05.000Z" });
});

test("a release that was cut short stays visible and blocks the next", async () => {
  await begin("a");
  expect(await beginRelease(path, "a", false, now)).toBeNull();
  expect((await state("a")).kind).toBe("releasing");
});

test("a cancelled release can be begun anew", async () => {
  await cancelRelease(await begin("a"));
  expect(await state("a")).toEqual({ kind: "held" });
  await begin("a");
});

test("a cancelled second release leaves the first one's record", async () => {
  await endRelease(await begin("a"), now);
  await cancelRelease(await begin("a", true));
  expect((await state("a")).kind).toBe("released");
});

test.each([
  "",
  "releasing",
  "releasing 2026-11-22T00:00:00.000Z pid 1\nrelea",
  "\0\0\0",
])("a record cut to %j counts as not ended", async (text) => {
  const release = await begin("a");
  writeFileSync(release.file, text);
  expect((await state("a")).kind).toBe("releasing");
});

test("a record's name can't leave the folder", async () => {
  await expect(beginRelease(path, "../x", false, now)).rejects.toThrow("no ID");
  expect(readdirSync(path)).toEqual([]);
});

test("a record is two lines of text", async () => {
  const release = await begin("a");
  await endRelease(release, now);
  expect(readFileSync(release.file, "latin1")).toMatch(
    /^releasing \S+ pid \d+\nreleased \S+\n$/,
  );
});
