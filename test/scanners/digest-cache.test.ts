import { expect, test } from "vitest";
import { DigestCache } from "../../src/scanners/digest-cache.ts";

test("what is kept is had until its time is over", () => {
  let now = 0;
  const cache = new DigestCache<string>(10, 100, () => now);
  cache.set("a", "A");
  now = 99;
  expect(cache.get("a")).toBe("A");
  expect(cache.get("b")).toBe(undefined);
  now = 100;
  // Looking it up did not make it younger.
  expect(cache.has("a")).toBe(false);
  expect(cache.get("a")).toBe(undefined);
  expect(cache.entries).toBe(0);
});

test("null is something to keep", () => {
  const cache = new DigestCache<null>(10, 100);
  cache.set("a", null);
  expect(cache.get("a")).toBe(null);
});

test("of too many the one that was not asked for the longest goes", () => {
  const cache = new DigestCache<number>(3, 1000);
  for (const [value, key] of ["a", "b", "c"].entries()) cache.set(key, value);
  cache.get("a");
  cache.set("d", 3);
  expect(["a", "b", "c", "d"].filter((key) => cache.has(key))).toEqual([
    "a",
    "c",
    "d",
  ]);
});

test("what changes is not kept twice, and what is taken back is gone", () => {
  const cache = new DigestCache<number>(2, 1000);
  cache.set("a", 1);
  cache.set("b", 1);
  cache.set("a", 2);
  expect([cache.get("a"), cache.get("b"), cache.entries]).toEqual([2, 1, 2]);
  cache.delete("a");
  expect(cache.get("a")).toBe(undefined);
});

test("hits and what had to be asked are counted", () => {
  const cache = new DigestCache<number>(2, 1000);
  cache.get("a");
  cache.set("a", 1);
  cache.get("a");
  cache.has("a");
  expect({ hits: cache.hits, misses: cache.misses }).toEqual({
    hits: 1,
    misses: 1,
  });
});
