import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64 } from "../../src/mime/base64.ts";

const decode = (text: string, paddingIsJunk = false) => {
  const { bytes, ...rest } = decodeBase64(
    Buffer.from(text, "latin1"),
    paddingIsJunk,
  );
  return { text: Buffer.from(bytes).toString("latin1"), ...rest };
};

describe("decodeBase64", () => {
  it.each([
    ["", ""],
    ["aGVsbG8=", "hello"],
    ["aGVs\r\nbG8=\r\n", "hello"],
    ["aGVsbG8", "hello"],
    ["a G\tV\ns b\0G!8-=", "hello"],
    ["aGVsbA", "hell"],
    ["a", ""],
  ])("decodes %j", (text, expected) => {
    expect(decode(text).text).toBe(expected);
  });

  it("takes - and _ for junk, not for data", () => {
    expect(decode("aG-Vs_bG8=")).toMatchObject({ text: "hello", junk: 2 });
  });

  it("decodes each unit that padding ends, and tells where the first did", () => {
    expect(decode("aGk=aGk=")).toEqual({
      text: "hihi",
      firstUnitEnd: 2,
      junk: 0,
    });
    expect(decode("aGk=\n=\n").firstUnitEnd).toBe(null);
  });

  it("can skip padding as other readers do", () => {
    expect(decode("aGV=sbG8=", true).text).toBe("hello");
  });

  it("gives back what was encoded, with line ends and junk anywhere", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(
          fc.tuple(fc.nat(), fc.constantFrom("\n", "\r\n", " ", "!", "\0")),
        ),
        (bytes, insertions) => {
          let text = Buffer.from(bytes).toString("base64");
          for (const [at, what] of insertions) {
            const split = at % (text.length + 1);
            text = text.slice(0, split) + what + text.slice(split);
          }
          expect(decode(text).text).toBe(Buffer.from(bytes).toString("latin1"));
        },
      ),
      { numRuns: 300 },
    );
  });
});
