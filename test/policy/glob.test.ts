import fc from "fast-check";
import { expect, test } from "vitest";
import { globList, globMatches } from "../../src/policy/glob.ts";

test.each([
  ["*.exe", "a.exe", true],
  ["*.exe", "A.EXE", true],
  ["*.EXE", "a.exe", true],
  ["*.exe", "a.exe.txt", false],
  ["*.exe", ".exe", true],
  ["*.exe", "exe", false],
  ["*", "", true],
  ["?", "", false],
  ["a?c", "abc", true],
  ["a*b*c", "a-b-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["application/*", "application/zip", true],
  ["[a].txt", "[a].txt", true],
  ["[a].txt", "a.txt", false],
  ["", "", true],
  ["", "a", false],
])("%j on %j is %j", (pattern, text, expected) => {
  expect(globMatches(pattern, text)).toBe(expected);
  expect(globList([pattern])(text)).toBe(expected);
});

test("a list matches where any of its patterns does", () => {
  const matches = globList(["*.exe", "*.tar.gz", "invoice*"]);
  expect(["a.tar.gz", "invoice.pdf", "x.exe"].map(matches)).toEqual([
    true,
    true,
    true,
  ]);
  expect(matches("gz")).toBe(false);
});

test("globs agree with the regular expression that says the same", () => {
  const letters = (characters: string) =>
    fc.string({
      unit: fc.constantFrom(...Array.from(characters)),
      maxLength: 12,
    });
  fc.assert(
    fc.property(letters("ab*?"), letters("ab"), (pattern, text) => {
      const source = pattern.replaceAll("*", "[^]*").replaceAll("?", "[^]");
      const expected = new RegExp(`^${source}$`).test(text);
      expect(globMatches(pattern, text)).toBe(expected);
      expect(globList([pattern])(text)).toBe(expected);
    }),
  );
});

test("a long hostile name costs little", () => {
  const started = performance.now();
  expect(globMatches("*a*a*a*a*b", "a".repeat(100_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});
