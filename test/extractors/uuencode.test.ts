import { describe, expect, test } from "vitest";
import { uuencode } from "../../src/extractors/uuencode.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

/** POSIX uuencode's data lines; `zero` is a backtick or a blank. */
function dataLines(content: string, zero = "`"): string {
  const bytes = bytesOf(content);
  const char = (value: number) =>
    value === 0 ? zero : String.fromCharCode(value + 32);
  let text = "";
  for (let at = 0; at < bytes.length; at += 45) {
    const line = bytes.subarray(at, at + 45);
    text += char(line.length);
    for (let i = 0; i < line.length; i += 3) {
      const [a = 0, b = 0, c = 0] = line.subarray(i, i + 3);
      const bits = (a << 16) | (b << 8) | c;
      for (const shift of [18, 12, 6, 0]) text += char((bits >> shift) & 63);
    }
    text += "\n";
  }
  return text;
}

const uuencoded = (name: string, content: string) =>
  `begin 644 ${name}\n${dataLines(content)}\`\nend\n`;
const sample = "The quick brown fox\0\0\0jumps over the lazy dog, ".repeat(3);

describe("a uuencoded file in a text", () => {
  test("is found between the lines around it", () => {
    const { read, findings } = openWith(
      uuencode,
      `Hello,\n\n${uuencoded("fox.txt", sample)}\nbye\n`,
    );
    expect(read).toEqual([["fox.txt", sample]]);
    expect(findings).toEqual([]);
  });

  test("is found with each kind of line end", () => {
    for (const end of ["\r\n", "\r"]) {
      const text = uuencoded("a b.txt", sample).replaceAll("\n", end);
      expect(openWith(uuencode, text).read).toEqual([["a b.txt", sample]]);
    }
  });

  test("may be one of several, the first without an end", () => {
    const first = uuencoded("one", "1").replace("`\nend\n", "");
    const { read, findings } = openWith(
      uuencode,
      first + uuencoded("two", "2") + uuencoded("two", "22"),
    );
    expect(read).toEqual([
      ["one", "1"],
      ["two", "2"],
      ["two", "22"],
    ]);
    expect(findings).toEqual(["malformed uuencode-no-end last"]);
  });

  test("may use blanks for zero, and have lost those at line ends", () => {
    const blanks = `begin 600 x\n${dataLines(sample, " ")} \nend\n`;
    expect(openWith(uuencode, blanks).read).toEqual([["x", sample]]);
    const stripped = blanks.replaceAll(/ +\n/g, "\n");
    expect(openWith(uuencode, stripped).read).toEqual([["x", sample]]);
  });

  test("may have a checksum character on each line", () => {
    const text = uuencoded("x", sample).replaceAll(/^(M.*)$/gm, "$1%");
    expect(openWith(uuencode, text).read).toEqual([["x", sample]]);
  });

  test("may leave out the padding of the last group", () => {
    const text = `begin 644 x\n!00\n\`\nend\n`;
    expect(openWith(uuencode, text).read).toEqual([["x", "A"]]);
  });

  test("may be empty", () => {
    expect(openWith(uuencode, "begin 644 x\n`\nend\n").read).toEqual([
      ["x", ""],
    ]);
    expect(openWith(uuencode, "begin 644 x\nend\n").read).toEqual([["x", ""]]);
  });

  test("may lack the mode if a full line follows, or the name", () => {
    const text = uuencoded("x.exe", sample);
    expect(
      openWith(uuencode, text.replace("begin 644 ", "begin  ")).read,
    ).toEqual([["x.exe", sample]]);
    expect(openWith(uuencode, text.replace(" x.exe", "")).read).toEqual([
      ["uuencoded", sample],
    ]);
  });

  test("is read over lines that are no data, with a remark", () => {
    const text = uuencoded("x", sample).replace(
      /\n/,
      "\nthis line is not of the data, of course\n",
    );
    const { read, findings } = openWith(uuencode, text);
    expect(read).toEqual([["x", sample]]);
    expect(findings).toEqual(["malformed uuencode-junk last"]);
  });

  test("is read with and without a line that is cut short and not the last, with a remark", () => {
    const text = uuencoded("x", sample).replace(/\n/, "\nXXX\n");
    const { read, findings } = openWith(uuencode, text);
    expect(read.map(([, content]) => content.slice(-sample.length))).toEqual([
      sample,
      sample,
    ]);
    expect(read.map(([, content]) => content.length - sample.length)).toEqual([
      56, 0,
    ]);
    expect(findings).toContain("malformed uuencode-junk last");
  });

  test("is read with characters that only masking decoders take, with a remark", () => {
    // 0x61 is one above the alphabet; masked it is "!".
    const text = "begin 644 x\n#4$a%\n#0T-#\n`\nend\n";
    const { read, findings } = openWith(uuencode, text);
    expect(read[0]?.[1]).toHaveLength(6);
    expect(read[0]?.[1].slice(3)).toBe("CCC");
    expect(findings).toEqual(["malformed uuencode-characters last"]);
  });

  test("ends with the text if the end line is missing, and not with prose after it", () => {
    const text = `begin 644 x\n${dataLines(sample)}\nRegards,\nSomebody\n---------\n`;
    const { read, findings } = openWith(uuencode, text);
    expect(read).toEqual([["x", sample]]);
    expect(findings).toEqual(["malformed uuencode-no-end last"]);
  });
});

describe("other encodings with the same lines around", () => {
  test("base64 is decoded up to its end mark", () => {
    const base64 = Buffer.from(sample, "latin1").toString("base64");
    const lines = base64.replaceAll(/(.{60})/g, "$1\n");
    const text = `begin-base64 644 x.bin\n${lines}\n====\n`;
    const { read, findings } = openWith(uuencode, text + text);
    expect(read).toEqual([
      ["x.bin", sample],
      ["x.bin", sample],
    ]);
    expect(findings).toEqual([]);
  });

  test("base64 without an end mark ends at the next block", () => {
    const text = "begin-base64 644 x\nQUJD\n";
    const { read, findings } = openWith(uuencode, text + text);
    expect(read).toEqual([
      ["x", "ABC"],
      ["x", "ABC"],
    ]);
    expect(findings).toHaveLength(2);
  });

  test("xxencode is decoded with its own alphabet", () => {
    const line = `h${"Eq3o".repeat(15)}`;
    const { read } = openWith(uuencode, `begin 644 y\n${line}\n+\nend\n`);
    expect(read).toEqual([["y", "Cat".repeat(15)]]);
  });
});

describe("ordinary text", () => {
  test.each([
    "begin with the end in mind\nand so on\n",
    "begin 2024 with a plan\nwe shall\nend\n",
    "begin 644 is what the line says,\nand then the data follows.\n",
    "begin\nend\n",
    "begin  here\nTHE END\n",
    "We begin 644 x\n#0V%T\nend\n",
    "procedure X;\nbegin\n  Y := 1;\nend;\nbegin x;\nM\nend.\n",
  ])("is left alone: %j", (text) => {
    expect(openWith(uuencode, text).read).toEqual([]);
  });

  test("of another type is not looked at", () => {
    expect(
      openWith(uuencode, uuencoded("x", "1"), {
        detectedType: "application/pdf",
      }).recognized,
    ).toBe(false);
  });
});

describe("hostile text", () => {
  test("of very many begin lines takes linear time", () => {
    const lines = ["begin 644 x\n", "begin-base64 644 x\n", "begin 644 x\nM\n"];
    for (const line of lines) {
      const started = performance.now();
      openWith(uuencode, line.repeat(100_000));
      expect(performance.now() - started).toBeLessThan(4000);
    }
  });

  test("stops at the limit of bytes, and of parts", () => {
    const large = `begin 644 x\n${dataLines("x".repeat(9000))}end\n`;
    expect(
      openWith(uuencode, large, {
        limits: { expansionFreeBytes: 5000, expansionRatio: 0 },
      }).limit,
    ).toBe("expansionRatio");
    const many = "begin 644 x\nend\n".repeat(30);
    const { read, limit } = openWith(uuencode, many, { limits: { parts: 20 } });
    expect({ parts: read.length, limit }).toEqual({
      parts: 20,
      limit: "parts",
    });
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(
      uuencode,
      uuencoded("fox", sample) + "begin-base64 644 x\nQUJD\n====\n",
    );
  });
});
