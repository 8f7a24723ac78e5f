import { describe, expect, it } from "vitest";
import { readParameter } from "../../src/mime/rfc2231.ts";
import { parseStructured } from "../../src/mime/structured-field.ts";

const read = (text: string) =>
  readParameter(parseStructured(`a/b; ${text}`).parameters, "x");

describe("readParameter", () => {
  it.each([
    ["x*=utf-8'de'a%20%C3%A4", ["a ä"]],
    ["x*=iso-8859-1''%E4", ["ä"]],
    ["x*=''%C3%A4", ["ä"]],
    ["x*=no%20quotes", ["no quotes"]],
    ["x*=utf-8''%zz%4", ["%zz%4"]],
    ['x*0="a"; x*1="b"', ["ab"]],
    ['x*1="b"; x*0="a"', ["ab"]],
    ['x*1="a"; x*2="b"', ["ab"]],
    ["x*0*=utf-8''%C3; x*1*=%A4; x*2=\".txt\"", ["ä.txt"]],
    ['x*0="a"; x*2="c"', ["a"]],
    ['x*0="a"; x*0="b"', ["a"]],
    ['x*99999="a"', []],
  ])("reads %s", (text, extended) => {
    expect(read(text).extended).toEqual(extended);
  });

  it("gives plain values beside", () => {
    expect(read("x*=''a; x=b; x=c; xy=d")).toEqual({
      extended: ["a"],
      plain: ["b", "c"],
    });
  });
});
