import { describe, expect, it } from "vitest";
import {
  grepBoundary,
  parseNaively,
  parseStructured,
  withoutComments,
} from "../../src/mime/structured-field.ts";

const read = (text: string) => {
  const { value, parameters } = parseStructured(text);
  return [value, ...parameters.map((p) => `${p.name}=${p.value}`)];
};

describe("parseStructured", () => {
  it.each([
    [" text/plain", ["text/plain"]],
    ["Text/HTML; Charset=UTF-8", ["text/html", "charset=UTF-8"]],
    ['a/b; x="c;d"; y=z', ["a/b", "x=c;d", "y=z"]],
    ['a/b; x="c\\"d"', ["a/b", 'x=c"d']],
    ["a/b (a (nested) comment); x=(c)y(d)", ["a/b", "x=y"]],
    ["a / b; x = y", ["a/b", "x=y"]],
    ['"a/b"; x=y', ["a/b", "x=y"]],
    ["a/b x=y z=w", ["a/b", "x=y", "z=w"]],
    ['a/b; x="y" z=w', ["a/b", "x=y", "z=w"]],
    ["a/b; name=two words.txt; x=y", ["a/b", "name=two words.txt", "x=y"]],
    ["a/b; name=word x=y", ["a/b", "name=word", "x=y"]],
    ['a/b; x="unclosed; y=z', ["a/b", "x=unclosed", "y=z"]],
    ["a/b; x", ["a/b"]],
    ["a/b;;;=; x=y", ["a/b", "=", "x=y"]],
    ["", [""]],
  ])("reads %j", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it("reads a path in a name both with and without its backslashes", () => {
    expect(read('a/b; name="C:\\t\\x.exe"')).toEqual([
      "a/b",
      "name=C:\\t\\x.exe",
      "name=C:tx.exe",
    ]);
  });
});

describe("other readers", () => {
  it("cut at every semicolon and strip quotes", () => {
    expect(parseNaively('a/b; x="c;d"; y = "z" e')).toEqual({
      value: "a/b",
      parameters: [
        { name: "x", value: "c" },
        { name: "y", value: "z" },
      ],
    });
  });

  it("find a boundary anywhere", () => {
    expect(grepBoundary('x="boundary=a"; boundary=b')).toBe('a"');
    expect(grepBoundary("multipart/mixed BOUNDARY = 'b'")).toBe("b");
    expect(grepBoundary("text/plain")).toBe(null);
  });

  it("strip comments", () => {
    expect(withoutComments("a(b(c)\\))d (e")).toBe("ad ");
  });
});
