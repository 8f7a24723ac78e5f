import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pdf } from "../../src/extractors/pdf.ts";
import { cpuMs } from "./ole-cost.ts";
import { bytesOf, expectHardy, latin1, openWith } from "./open-with.ts";

const header = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const object = (number: number, content: string) =>
  `${number} 0 obj\n${content}\nendobj\n`;
const stream = (
  number: number,
  dictionary: string,
  data: string,
  length: number | string = data.length,
) =>
  object(
    number,
    `<<${dictionary} /Length ${length}>>\nstream\r\n${data}\nendstream`,
  );
const deflate = (text: string) => latin1(deflateSync(bytesOf(text)));
const open = (...parts: readonly string[]) =>
  openWith(pdf, bytesOf(header + parts.join("")));

const fileSpec = object(
  3,
  "<</Type/Filespec /F (short.txt) /UF <FEFF0070007200F6002E007400780074> /EF <</F 4 0 R /UF 4 0 R>> >>",
);

describe("attachments", () => {
  test("have the names of their file specification", () => {
    const { entries, findings } = open(
      fileSpec,
      stream(
        4,
        "/Type /EmbeddedFile /Subtype /text#2Fplain /Filter /FlateDecode",
        deflate("content"),
      ),
    );
    expect(entries).toMatchObject([
      {
        place: "pr\u00f6.txt",
        filename: "pr\u00f6.txt",
        otherFilenames: ["short.txt"],
        declaredType: "text/plain",
      },
    ]);
    expect(findings).toEqual([]);
  });

  test("need neither a type nor a direct /EF, and may be told in an object stream", () => {
    const { read } = open(
      stream(4, "/Filter [/Fl]", deflate("one")),
      object(9, "<< /F 4 0 R >>"),
      stream(
        8,
        "/Type/ObjStm /N 1 /First 4 /Filter/FlateDecode",
        deflate("3 0 << /UF (a.txt) /EF 9 0 R >>"),
      ),
    );
    expect(read).toEqual([["a.txt", "one"]]);
  });

  test("hide behind no name escape, comment or odd spacing", () => {
    const { read } = open(
      "4 0 obj<</#54ype%c\n/Embedded#46ile/Filter/#46lateDecode>>stream\n",
      deflate("found"),
      "endstream",
    );
    expect(read).toEqual([["object-4", "found"]]);
  });

  test("are found after a string that never ends and outside the table", () => {
    const { read } = open(
      "1 0 obj\n(never closed\n",
      fileSpec,
      stream(4, "", "x"),
      "xref\n0 0\ntrailer <<>>",
    );
    expect(read).toEqual([["pr\u00f6.txt", "x"]]);
  });

  test("are whole though the length lies or endstream is in the data", () => {
    const text = "a endstream b".repeat(3);
    const stored = latin1(deflateSync(bytesOf(text), { level: 0 }));
    for (const length of [1, 0, 10 ** 9, -5, "7 0 R"])
      expect(
        open(stream(4, "/Type/EmbeddedFile/Filter/FlateDecode", stored, length))
          .read,
      ).toEqual([["object-4", text]]);
  });

  test("are read up to where a stream breaks", () => {
    const data = deflate("0123456789".repeat(2000) + "\xff".repeat(9));
    const { read } = open(
      stream(4, "/Type/EmbeddedFile/Filter/FlateDecode", data.slice(0, -12)),
    );
    expect(read[0]?.[1]).toMatch(/^(0123456789){100}/);
  });

  test("with a filter that is not known are told, and handed on as they are", () => {
    const { read, findings } = open(
      stream(4, "/Type/EmbeddedFile/Filter/Odd", "raw"),
    );
    expect(read).toEqual([["object-4", "raw"]]);
    expect(findings).toEqual(["unsupported pdf-filter-unknown"]);
  });
});

describe("filters", () => {
  const filtered = (filter: string, data: string) =>
    open(stream(4, `/Type/EmbeddedFile/Filter ${filter}`, data)).read[0]?.[1];

  test("of hex, base 85, run lengths and LZW are undone", () => {
    expect(filtered("/ASCIIHexDecode", "4 1\n4 2 4>")).toBe("AB@");
    expect(filtered("/A85", '87cURD]i,"Ebo80~>')).toBe("Hello World!");
    expect(filtered("/ASCII85Decode", "z!!~>")).toBe("\0\0\0\0\0");
    expect(filtered("/RunLengthDecode", "\x02abc\xfed\x80x")).toBe("abcddd");
    // ISO 32000-1 7.4.4.2, example 2.
    expect(filtered("/LZWDecode", "\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01")).toBe(
      "-----A---B",
    );
  });

  test("in a chain are undone in order", () => {
    const hex = Buffer.from(deflate("chained"), "latin1").toString("hex");
    expect(filtered("[/AHx /FlateDecode]", `${hex}>`)).toBe("chained");
  });

  test("with a PNG predictor give the rows without it", () => {
    const rows = "\x02abc\x02\x01\x01\x01\x01\x05\x01\x01";
    const parameters = "/DecodeParms<</Predictor 12/Columns 3>>";
    expect(
      open(
        stream(
          4,
          `/Type/EmbeddedFile/Filter/FlateDecode${parameters}`,
          deflate(rows),
        ),
      ).read[0]?.[1],
    ).toBe("abcbcd\x05\x06\x07");
  });

  test("never throw, whatever they are given", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom("/Fl", "/AHx", "/A85", "/LZW", "/RL", "[/LZW/RL/Fl]"),
        (data, filter) => {
          expect(() => filtered(filter, latin1(data))).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("remarks", () => {
  const found = (...parts: readonly string[]) => open(...parts).findings;

  test("tell of scripts, and what runs by itself with them", () => {
    const { read, findings } = open(
      object(1, "<</OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>> >>"),
    );
    expect(findings).toEqual(["macro pdf-javascript", "macro pdf-open-action"]);
    expect(read).toEqual([["script-1", "app.alert(1)"]]);
  });

  test("tell of scripts in streams", () => {
    const { read } = open(
      object(1, "<</S/Java#53cript /JS 5 0 R>>"),
      stream(5, "/Filter/FlateDecode", deflate("evil()")),
    );
    expect(read).toEqual([["object-5", "evil()"]]);
  });

  test("tell of programs that are launched", () => {
    expect(found(object(1, "<</A <</S /Launch /F (cmd.exe)>> >>"))).toEqual([
      "macro pdf-launch",
    ]);
  });

  test("don't tell of a page to open at", () => {
    expect(
      found(
        object(1, "<</OpenAction [3 0 R /FitH 700]>>"),
        object(2, "<</OpenAction 5 0 R>>"),
      ),
    ).toEqual([]);
  });

  test("tell of encryption, in a trailer and in a cross-reference stream", () => {
    expect(found("trailer\n<< /Encrypt 9 0 R /Size 4 >>")).toEqual([
      "encrypted pdf-encrypted",
    ]);
    expect(found(stream(2, "/Type/XRef/Encrypt 9 0 R", "x"))).toEqual([
      "encrypted pdf-encrypted",
    ]);
  });
});

test("a plain stream is an entry where it begins as a file does", () => {
  const { read } = open(
    stream(4, "/Filter/FlateDecode", deflate("MZ program")),
    stream(5, "/Filter/FlateDecode", deflate("BT /F1 12 Tf ET")),
  );
  expect(read).toEqual([["object-4", "MZ program"]]);
});

describe("a hostile PDF", () => {
  test("that is a bomb ends at a limit", () => {
    const bomb = latin1(deflateSync(Buffer.alloc(20_000_000)));
    const { limit } = openWith(
      pdf,
      bytesOf(header + stream(4, "/Type/EmbeddedFile/Filter/Fl", bomb)),
      { limits: { expansionFreeBytes: 1 << 20, expansionRatio: 10 } },
    );
    expect(limit).toBe("expansionRatio");
  });

  test("of streams that overlap ends at a limit", () => {
    const head = "1 0 obj<</Type/EmbeddedFile/Length 99999999>>stream\n";
    const { limit } = openWith(pdf, bytesOf(header + head.repeat(3000)), {
      limits: { expansionFreeBytes: 1 << 20, expansionRatio: 10 },
    });
    expect(limit).toBe("expansionRatio");
  });

  test.each([
    "1 0 obj",
    "<<",
    "[",
    "(",
    "<",
    "/A ",
    "1 0 R ",
    "stream\n",
    "1 0 obj<<>>stream\n",
    "trailer<</A/B>>",
    "/#",
    "obj ",
    "1 0 obj(",
  ])("of 100,000 times %j takes linear time", (filler) => {
    const text = `${header}1 0 obj <</Length 5 ${filler.repeat(100_000)}`;
    expect(cpuMs(() => openWith(pdf, bytesOf(text)))).toBeLessThan(2000);
  });

  test("is opened within the budget whatever is done to it", () => {
    expectHardy(
      pdf,
      bytesOf(
        header +
          fileSpec +
          stream(
            4,
            "/Type/EmbeddedFile/Filter/FlateDecode",
            deflate("content"),
          ) +
          object(5, "<</OpenAction<</S/JavaScript/JS(x)>> >>") +
          stream(
            6,
            "/Type/ObjStm/First 4/Filter/LZWDecode",
            "\x80\x0b\x60\x50",
          ),
      ),
      {},
      300,
    );
  });
});
