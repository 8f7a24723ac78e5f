import { describe, expect, test } from "vitest";
import { ooxml } from "../../src/extractors/ooxml.ts";
import { cpuMs } from "./ole-cost.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

const found = (xml: string | Uint8Array): readonly string[] =>
  openWith(ooxml, typeof xml === "string" ? bytesOf(xml) : xml).findings;

const declaration = '<?xml version="1.0"?>\r\n<!-- Relationships -->';
const officeType =
  "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function relationships(type: string, target: string, mode = "External") {
  return (
    `${declaration}<Relationships xmlns="x"><Relationship Id="rId1" ` +
    `Type="${officeType}/${type}" Target="${target}" TargetMode='${mode}'/></Relationships>`
  );
}

describe("relationships", () => {
  test("to a template elsewhere are told", () => {
    for (const target of [
      "http://192.0.2.1/a.dotm",
      "\\\\192.0.2.1\\share\\a.dotm",
      "file://192.0.2.1/a.dotm",
      "//192.0.2.1/a.dotm",
    ])
      expect(found(relationships("attachedTemplate", target))).toEqual([
        "macro ooxml-external-template",
      ]);
  });

  test("to a template on the author's own disk are ordinary", () => {
    for (const target of [
      "file:///C:\\Users\\a\\Normal.dotm",
      "C:\\Normal.dotm",
      "/Applications/Normal.dotm",
    ])
      expect(found(relationships("attachedTemplate", target))).toEqual([]);
  });

  test("to objects and frames elsewhere are told, to pages and pictures not", () => {
    const http = "http://192.0.2.1/";
    expect(found(relationships("oleObject", http))).toEqual([
      "macro ooxml-external-object",
    ]);
    expect(found(relationships("frame", http))).toEqual([
      "macro ooxml-external-frame",
    ]);
    expect(found(relationships("hyperlink", http))).toEqual([]);
    expect(found(relationships("image", http))).toEqual([]);
    expect(found(relationships("oleObject", http, "Internal"))).toEqual([]);
  });

  test("are understood in UTF-16, with prefixes and character references", () => {
    const xml = relationships("oleObject", "http://x/")
      .replace("<Relationship ", "<r:Relationship ")
      .replace("oleObject", "&#111;le&#x4f;bject")
      .replace("External", "&#69;xternal");
    expect(found(Buffer.from(`\ufeff${xml}`, "utf16le"))).toEqual([
      "macro ooxml-external-object",
    ]);
    expect(found(Buffer.from(xml, "utf16le").swap16())).toEqual([
      "macro ooxml-external-object",
    ]);
  });

  test("are understood behind a long comment, and with > in a target", () => {
    const xml = relationships("oleObject", "http://x/?a>b");
    expect(found(`<!--${"c".repeat(10_000)}-->${xml}`)).toEqual([
      "macro ooxml-external-object",
    ]);
  });
});

test("Excel 4 macro sheets are told by the list of types and by their root", () => {
  expect(
    found(
      `${declaration}<Types><Override PartName="/a.xml" ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>`,
    ),
  ).toEqual(["macro xlm-macro"]);
  expect(found(`${declaration}<xm:macrosheet xmlns:xm="y"/>`)).toEqual([
    "macro xlm-macro",
  ]);
});

describe("DDE", () => {
  test("in a Word field is told, however its name is split", () => {
    expect(
      found(
        "<w:document><w:fldChar w:fldCharType='begin'/><w:instrText>DD</w:instrText>" +
          "<w:instrText>EAUTO c:\\x</w:instrText><w:fldChar w:fldCharType='end'/></w:document>",
      ),
    ).toEqual(["macro dde-field"]);
    expect(
      found('<w:ftr><w:fldSimple w:instr="DDE c:\\x"></w:fldSimple></w:ftr>'),
    ).toEqual(["macro dde-field"]);
  });

  test("is not told of other fields, nor of text about it", () => {
    expect(
      found(
        "<w:document><w:t>DDEAUTO</w:t><w:fldChar/><w:instrText> PAGE </w:instrText><w:fldChar/></w:document>",
      ),
    ).toEqual([]);
  });

  test("in a link of a workbook is told", () => {
    expect(
      found('<externalLink><ddeLink ddeService="cmd"/></externalLink>'),
    ).toEqual(["macro dde-link"]);
  });
});

test("flat documents give the files in them", () => {
  const data = Buffer.from("PK payload").toString("base64");
  expect(
    openWith(
      ooxml,
      `<pkg:package><pkg:part pkg:name="/word/vbaProject.bin"><pkg:binaryData>${data}\n</pkg:binaryData></pkg:part></pkg:package>`,
    ).read,
  ).toEqual([["/word/vbaProject.bin", "PK payload"]]);
  expect(
    openWith(
      ooxml,
      `<w:wordDocument><w:binData w:name="editdata.mso">${data}</w:binData></w:wordDocument>`,
    ).read,
  ).toEqual([["editdata.mso", "PK payload"]]);
});

test("encrypted OpenDocument and its Basic are told", () => {
  expect(
    found(
      "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>",
    ),
  ).toEqual(["encrypted odf-encrypted"]);
  expect(found("<script:module>Sub Main\nEnd Sub</script:module>")).toEqual([
    "macro odf-macro",
  ]);
});

test("other XML, HTML and text are left alone", () => {
  for (const text of ["<html><body>x</body></html>", "<rss/>", "plain <b>"])
    expect(openWith(ooxml, text).recognized).toBe(false);
});

test("a million tags and quotes take linear time", () => {
  for (const filler of [
    "<a ",
    '"',
    "<Relationship ",
    "<!--",
    "<w:instrText>",
  ]) {
    const text = `<Relationships external instrText>${filler.repeat(100_000)}`;
    expect(cpuMs(() => found(text))).toBeLessThan(2000);
  }
});

test("whatever is done to a part, it is opened within the budget", () => {
  expectHardy(ooxml, relationships("oleObject", "http://x/"), {}, 150);
  expectHardy(
    ooxml,
    "<pkg:package><pkg:part pkg:name='a'><pkg:binaryData>AAAA</pkg:binaryData></pkg:part></pkg:package>",
    {},
    150,
  );
});

describe("base64 in XML is read as XML has it", () => {
  const base64 = Buffer.from("attack").toString("base64");
  test.each([
    `<![CDATA[${base64}]]>`,
    `${base64.slice(0, 3)}<!-- x -->${base64.slice(3)}`,
    Array.from(base64, (c) => `&#${c.charCodeAt(0)};`).join(""),
    Array.from(base64, (c) => `&#x${c.charCodeAt(0).toString(16)};`).join(""),
  ])("%s", (text) => {
    const { read } = openWith(
      ooxml,
      `${" \n".repeat(50)}<pkg:package><pkg:part pkg:name="/a"><pkg:binaryData>${text}</pkg:binaryData></pkg:part></pkg:package>`,
    );
    expect(read).toEqual([["/a", "attack"]]);
  });
  test.each([
    ["office:document", "office:binary-data"],
    ["xdp:xdp", "chunk"],
    ["plist", "data"],
  ])("in %s", (root, element) => {
    const { read } = openWith(
      ooxml,
      `<${root}><${element}>${base64}</${element}></${root}>`,
    );
    expect(read.map(([, content]) => content)).toEqual(["attack"]);
  });
});
