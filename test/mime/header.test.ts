import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { parseHeader } from "../../src/mime/header.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");
const parse = (text: string) => parseHeader(bytes(text), defaultLimits);
const pairs = (text: string) =>
  parse(text).fields.map(({ name, value }) => [name, value]);

describe("parseHeader", () => {
  it("gives names, values with their folding, and offsets that cover each field", () => {
    const text = "Subject: a\n b\nTo : c\r\n\r\nbody";
    const { fields, bodyStart } = parse(text);
    expect(fields).toEqual([
      { name: "Subject", value: " a\n b", start: 0, end: 14 },
      { name: "To", value: " c", start: 14, end: 22 },
    ]);
    expect(text.slice(bodyStart)).toBe("body");
  });

  it.each([
    ["an mbox line above", "From a@b Thu Jan  1 00:00:00 1970\nA: b\n\n"],
    ["empty lines above", "\n\r\nA: b\n\n"],
    ["a byte order mark above", "\xEF\xBB\xBFA: b\n\n"],
    ["CR CR LF line ends", "A: b\r\r\n\r\r\n"],
    ["bare CR line ends", "A: b\r\rC: d"],
    ["no empty line", "A: b"],
    ["an escaped mbox line between fields", ">From x\nA: b\n\n"],
  ])("reads the fields with %s", (_, text) => {
    expect(pairs(text)[0]).toEqual(["A", " b"]);
  });

  it("keeps a NUL or a comment in a field's name", () => {
    expect(pairs("Sub\0ject: x\nContent-Type(c): y\n\n")).toEqual([
      ["Sub\0ject", " x"],
      ["Content-Type(c)", " y"],
    ]);
  });

  it("takes lines that are no field for the body where no field follows", () => {
    const text = "A: b\nprose, and no colon\n";
    const { fields, bodyStart } = parse(text);
    expect(fields).toHaveLength(1);
    expect(text.slice(bodyStart)).toBe("prose, and no colon\n");
  });

  it("reads on after a line that is no field, and tells where others end", () => {
    const text = "A: b\nprose\nC: d\n\nbody";
    const { fields, bodyStart, others } = parse(text);
    expect(fields).toHaveLength(2);
    expect(text.slice(bodyStart)).toBe("body");
    expect(others).toEqual([
      {
        fields: [fields[0]],
        bodyStart: 5,
        because: "mime-header-garbage",
      },
      {
        fields: [{ ...fields[0], value: " b\nprose" }, fields[1]],
        bodyStart: 17,
        because: "mime-header-garbage",
      },
    ]);
  });

  it("takes a line of white space for a continuation, and tells where others end", () => {
    const text = "A: b\n \nC: d\n\nbody";
    const { fields, others } = parse(text);
    expect(fields.map(({ value }) => value)).toEqual([" b\n ", " d"]);
    expect(others).toMatchObject([
      { bodyStart: 7, because: "mime-header-blank-line" },
    ]);
  });

  it("takes a line of white space for the end where no field follows", () => {
    const text = "A: b\n \nbody text\n";
    expect(text.slice(parse(text).bodyStart)).toBe("body text\n");
  });

  it("tells what is read on after a line of white space and one that is no field", () => {
    const text = "A: b\n \nnone\nC: d\n\nbody";
    const { fields, bodyStart, others } = parse(text);
    expect(fields.map(({ name }) => name)).toEqual(["A"]);
    expect(text.slice(bodyStart)).toBe("none\nC: d\n\nbody");
    const [on] = others;
    expect(on?.fields.map(({ name }) => name)).toEqual(["A", "C"]);
    expect(text.slice(on?.bodyStart)).toBe("body");
    expect(on?.because).toBe("mime-header-blank-line");
  });

  it("tells how a folded line after one that is no field can continue a field", () => {
    const values = parse("A: b\nnone\n c\n d\n\n").others.map(
      ({ fields }) => fields[0]?.value,
    );
    expect(values).toContain(" b\nnone\n c\n d");
    expect(values).toContain(" b\n c\n d");
  });

  it("tells of more stray lines than it keeps", () => {
    const text = `${"A: b\nnone\n c\n".repeat(1001)}\nbody`;
    expect(parse(text).remarks).toContain("mime-header-garbage");
  });

  it("finds the colon however far from the name it is", () => {
    const blanks = " ".repeat(70_000);
    expect(pairs(`A${blanks}: b\n\n`)).toEqual([["A", " b"]]);
  });

  it("reads a header with a bare CR both ways", () => {
    const { fields, others, remarks } = parse("A: b\rC: d\nE: f\n\n");
    expect(fields.map(({ name }) => name)).toEqual(["A", "E"]);
    expect(others[0]?.fields.map(({ name }) => name)).toEqual(["A", "C", "E"]);
    expect(remarks).toContain("mime-bare-cr");
  });

  it("has no fields for a part that begins with an empty line", () => {
    const part = bytes("\ntext: not a field\n\nmore");
    const { fields, bodyStart } = parseHeader(
      part,
      defaultLimits,
      0,
      part.length,
      "part",
    );
    expect([fields.length, bodyStart]).toEqual([0, 1]);
  });

  it("looks at no more fields than the limit, and still finds the body", () => {
    const text = `${"A: b\n".repeat(50)}\nbody`;
    const limits = { ...defaultLimits, headerFields: 10 };
    const header = parseHeader(bytes(text), limits);
    expect(header.fields).toHaveLength(10);
    expect(header.limits).toEqual(["headerFields"]);
    expect(text.slice(header.bodyStart)).toBe("body");
  });

  it("cuts a field that is longer than the limit, and tells", () => {
    const limits = { ...defaultLimits, headerBytes: 100 };
    const text = `Subject: ${"x".repeat(1000)}\n\nbody`;
    const header = parseHeader(bytes(text), limits);
    expect(header.fields[0]?.value).toHaveLength(100);
    expect(header.limits).toEqual(["headerBytes"]);
  });

  it("reads no further than its end, whatever follows", () => {
    const text = "A: b\nC: d\n\nbody";
    const { fields, bodyStart } = parseHeader(bytes(text), defaultLimits, 0, 5);
    expect([fields.length, bodyStart]).toEqual([1, 5]);
  });
});
