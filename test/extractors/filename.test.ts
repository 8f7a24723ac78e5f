import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanFilename } from "../../src/extractors/filename.ts";

const clean = (name: string) => cleanFilename(name, [], "text/plain");

describe("cleanFilename", () => {
  it.each([
    ["a.txt", "a.txt"],
    ["../../etc/passwd", "passwd"],
    ["C:\\dir\\a.exe", "a.exe"],
    ["\\\\host\\share\\a.exe", "a.exe"],
    ["dir/", "dir"],
    [" a.txt ", "a.txt"],
    ["a\r\n.txt", "a.txt"],
    ["cod\u202Efdp.exe", "codfdp.exe"],
    ["a\u200B.e\u00ADxe", "a.exe"],
    ["\x1B[31ma", "[31ma"],
    ["lone \uD800 surrogate", "lone \uFFFD surrogate"],
    ["", null],
    ["///", null],
  ])("shows %j as %j", (raw, expected) => {
    expect(clean(raw).filename).toBe(expected);
  });

  it("keeps the ending of a name that is too long", () => {
    const { filename } = clean(`${"a".repeat(1000)}.exe`);
    expect(filename?.length).toBeLessThanOrEqual(255);
    expect(filename?.endsWith(".exe")).toBe(true);
  });

  it.each([
    ["a.exe. . ", "a.exe"],
    ["a.exe\0.txt", "a.exe"],
    ["a.exe:stream.txt", "a.exe"],
  ])("tells that %j may be %j for somebody", (raw, other) => {
    const { filename, otherFilenames } = clean(raw);
    expect([filename, ...otherFilenames]).toContain(other);
  });

  it("keeps names given otherwise, cleaned and once each", () => {
    expect(
      cleanFilename("a.txt", ["x/a.txt", "b.exe", "b.exe"], "text/plain"),
    ).toEqual({ filename: "a.txt", otherFilenames: ["b.exe"], findings: [] });
  });

  it.each([
    "invoice.pdf.exe",
    "invoice.PDF      .EXE",
    "photo.jpg.scr. ",
    "page.html.js",
  ])("tells of the double ending of %j", (raw) => {
    expect(clean(raw).findings).toContain("policy-double-extension");
  });

  it.each([
    "setup-1.2.exe",
    "a.tar.gz",
    "notes.txt",
    "v1.0.pdf",
    "jquery.min.js",
  ])("finds nothing wrong with %j", (raw) => {
    expect(clean(raw).findings).toEqual([]);
  });

  it("tells of reordered letters", () => {
    expect(clean("a\u202Egpj.exe").findings).toContain("policy-name-reordered");
  });

  it("tells of a program under a document's name", () => {
    expect(
      cleanFilename("a.jpg", [], "application/x-dosexec").findings,
    ).toContain("policy-disguised-executable");
    expect(
      cleanFilename("a.exe", [], "application/x-dosexec").findings,
    ).toEqual([]);
  });

  it("never gives a path, a control character or more than 255 characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (raw) => {
        const { filename, otherFilenames } = clean(raw);
        for (const name of [filename ?? "a", ...otherFilenames]) {
          expect(name).not.toMatch(/[/\\\x00-\x1F\x7F-\x9F\u202A-\u202E]/);
          expect(name.length).toBeLessThanOrEqual(255);
          expect(name).not.toBe("");
        }
      }),
      { numRuns: 500 },
    );
  });
});

it("a name of any length takes no time, and keeps its beginning and its ending", () => {
  const before = process.cpuUsage();
  for (const filler of [".", " ", "\x01", "/", "a", "\0"]) {
    const { filename, otherFilenames } = cleanFilename(
      `start${filler.repeat(5_000_000)}.exe`,
      [],
      "text/plain",
    );
    expect([filename, ...otherFilenames].join()).toContain("exe");
  }
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
});
