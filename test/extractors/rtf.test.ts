import { describe, expect, test } from "vitest";
import { rtf } from "../../src/extractors/rtf.ts";
import { cpuMs } from "./ole-cost.ts";
import { compoundFile, packageOf } from "./ole-writer.ts";
import { bytesOf, expectHardy, latin1, openWith } from "./open-with.ts";
import { u32 } from "./tnef-writer.ts";

/** An OLE 1 object (MS-OLEDS 2.2.5) as hex. */
function objectData(
  className: string,
  native: Buffer,
  { nameBytes = className.length + 1, size = native.length } = {},
): string {
  return Buffer.concat([
    u32(0x501),
    u32(2),
    u32(nameBytes),
    Buffer.from(`${className}\0`),
    u32(0),
    u32(0),
    u32(size),
    native,
  ]).toString("hex");
}

const payload = objectData("Package", packageOf("run.exe", "MZ payload"));
const document = (data: string) =>
  `{\\rtf1\\ansi{\\object\\objemb{\\*\\objclass Package}{\\*\\objdata ${data}}{\\result x}}}`;
const contents = (text: string) =>
  openWith(rtf, bytesOf(text)).read.map(([, content]) => content);

describe("objects", () => {
  test("of the packager are files with their names", () => {
    const { entries, findings } = openWith(rtf, bytesOf(document(payload)));
    expect(entries).toMatchObject([{ filename: "run.exe" }]);
    expect(contents(document(payload))).toEqual(["MZ payload"]);
    expect(findings).toEqual([]);
  });

  test("are found through what malware puts between the digits", () => {
    const half = payload.length / 2;
    const [a, b] = [payload.slice(0, half), payload.slice(half)];
    for (const data of [
      payload.replace(/../g, "$& \r\n\t"),
      payload.replace(/./g, "$& "),
      payload.toUpperCase(),
      `${a}\\foo12 ${b}`,
      `${a}\\'41${b}`,
      `${a}{}${b}`,
      `${a}{\\*\\foo ffff}${b}`,
      `${a}{${b}}`,
      `${a}\\bin0 ${b}`,
      `zzz!${a}?${b}`,
    ])
      expect(contents(document(data))).toContain("MZ payload");
  });

  test("may be raw bytes in a bin run, braces and all", () => {
    const native = latin1(Buffer.from(payload, "hex"));
    expect(contents(document(`\\bin${native.length} ${native}`))).toEqual([
      "MZ payload",
    ]);
  });

  test("without an end are read to the end", () => {
    expect(contents(`{\\rt{\\*\\objdata ${payload}`)).toEqual(["MZ payload"]);
  });

  test("whose header lies still give the compound file in them", () => {
    const inner = compoundFile([{ path: "x", content: "y" }]);
    for (const lie of [
      { nameBytes: 0xffffffff },
      { nameBytes: 0x7fffffff },
      { size: 0 },
      { size: 4 },
    ])
      expect(
        contents(document(objectData("Word.Document.8", inner, lie))),
      ).toContain(inner.toString("latin1"));
  });

  test("of the Equation Editor, and those updated when opened, are told", () => {
    const { findings } = openWith(
      rtf,
      bytesOf(
        document(objectData("eQuATiOn.3", Buffer.of(1))).replace(
          "\\objemb",
          "\\objautlink\\objupdate",
        ),
      ),
    );
    expect(findings).toEqual([
      "macro equation-editor-object",
      "macro rtf-auto-link",
      "macro rtf-object-update",
    ]);
  });
});

test("a template elsewhere is told, one on a disk is not", () => {
  const found = (target: string) =>
    openWith(rtf, bytesOf(`{\\rtf1{\\*\\template ${target}}}`)).findings;
  for (const target of [
    "http://192.0.2.1/a.dotm",
    "\\\\\\\\192.0.2.1\\\\a",
    "\\'68ttp://192.0.2.1/",
    "\\u104?ttp://192.0.2.1/",
  ])
    expect(found(target)).toEqual(["macro rtf-external-template"]);
  expect(found("C:\\\\Normal.dot")).toEqual([]);
});

describe("HTML from Outlook", () => {
  test("is unwrapped", () => {
    const { entries } = openWith(
      rtf,
      bytesOf(
        "{\\rtf1\\ansi\\ansicpg1251\\fromhtml1{\\fonttbl{\\f0 Arial;}}" +
          '{\\*\\htmltag64 <p class="a">}\\htmlrtf {\\b\\htmlrtf0 ' +
          "\\'cf\\'f0 \\u8364?\\{x\\}\\par\r\n{\\*\\mhtmltag <b>}{\\*\\htmltag72 </p>}\\htmlrtf }\\htmlrtf0}",
      ),
    );
    expect(entries).toMatchObject([
      { place: "body.html", declaredType: "text/html", charset: "utf-8" },
    ]);
    const [entry] = entries;
    expect(
      entry?.kind === "read" && Buffer.from(entry.content).toString("utf8"),
    ).toBe('<p class="a">\u041f\u0440 \u20ac{x}\r\n</p>');
  });
});

describe("hostile RTF", () => {
  test.each([
    "{",
    "}",
    "\\",
    "{\\*",
    "\\bin9 ",
    "{\\objdata 0",
    "\\'",
    "\\bin99999999 ",
  ])("of 100,000 times %j takes linear time", (filler) => {
    const text = `{\\rtf1\\fromhtml1 ${filler.repeat(100_000)}`;
    expect(cpuMs(() => openWith(rtf, bytesOf(text)))).toBeLessThan(2000);
  });

  test("is opened within the budget whatever is done to it", () => {
    expectHardy(rtf, bytesOf(document(payload)), {}, 300);
  });
});
