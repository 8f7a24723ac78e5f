import { describe, expect, test } from "vitest";
import { html } from "../../src/extractors/html.ts";
import { cpuMs } from "./ole-cost.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

const program =
  "MZ\x90\0 a program, of some length, so that it is worth a look";
const encoded = Buffer.from(program.repeat(2), "latin1").toString("base64");
const open = (text: string | Uint8Array) =>
  openWith(html, typeof text === "string" ? bytesOf(text) : text, {
    declaredType: "text/html",
  });

describe("recognition", () => {
  test("goes by content too", () => {
    for (const text of ["<html>", "\n<!DOCTYPE  HTML>", "<svg onload=x>"])
      expect(openWith(html, text).recognized).toBe(true);
    expect(openWith(html, "plain text").recognized).toBe(false);
  });
});

describe("data URIs", () => {
  test("are entries with their type and charset", () => {
    const { entries, read, findings } = open(
      `<img src="data:image/png;base64,UE5H"><a href='data:text/html;charset=utf-8,%3Cb%3Ehi'>`,
    );
    expect(read).toEqual([
      ["data-1", "PNG"],
      ["data-2", "<b>hi"],
    ]);
    expect(entries).toMatchObject([
      { declaredType: "image/png" },
      { declaredType: "text/html", charset: "utf-8" },
    ]);
    expect(findings).toEqual([]);
  });

  test("are read through line ends, percent escapes, entities and odd spelling", () => {
    for (const uri of [
      '"data:a/b;base64,UE5\r\n  H"',
      '"DATA:a/b;x=y;BASE64,UE5%48"',
      '"&#100;ata&colon;a/b;base64&comma;UE5H"',
      "data:;base64,UE5H",
      "(data:a/b;base64,UE5H)",
      "&quot;data:a/b;base64,UE5H&quot;",
    ])
      expect(open(`<a href=${uri}>`).read).toEqual([["data-1", "PNG"]]);
  });

  test("are named by the download attribute", () => {
    expect(open('<a download="x.zip" href="data:,abc">').entries).toMatchObject(
      [{ filename: "x.zip", place: "x.zip" }],
    );
    expect(open('<a href="data:,abc" download=y.zip>').entries).toMatchObject([
      { filename: "y.zip" },
    ]);
  });

  test("are found in UTF-16", () => {
    const text = '<html><a href="data:,abc">';
    expect(open(Buffer.from(`\ufeff${text}`, "utf16le")).read).toEqual([
      ["data-1", "abc"],
    ]);
  });

  test("are not what merely says data", () => {
    expect(open("<p>Some data: a, b</p> {data:[1,2]} data:").read).toEqual([]);
  });
});

describe("scripts that build a file", () => {
  const smuggler = (literal: string) =>
    `<html><script>var b=atob(${literal});var u=URL.createObjectURL(new Blob([b]));</script>`;

  test("are told, and what they build is an entry", () => {
    const { read, findings } = open(smuggler(`"${encoded}"`));
    expect(read).toEqual([["script-1", program.repeat(2)]]);
    expect(findings).toEqual(["policy html-smuggling"]);
  });

  test("are told when the literal is in pieces", () => {
    const pieces = encoded.match(/.{1,40}/g) ?? [];
    for (const joined of [
      pieces.map((piece) => `"${piece}"`).join(" + \n"),
      `[${pieces.map((piece) => `'${piece}'`).join(",")}].join('')`,
      `\`${pieces.join("\n")}\``,
      pieces.map((piece) => `x += "${piece}"`).join(";\n"),
      `"${pieces.join("\\\n")}"`,
    ]) {
      const { read, findings } = open(smuggler(joined));
      expect(read).toEqual([["script-1", program.repeat(2)]]);
      expect(findings).toEqual(["policy html-smuggling"]);
    }
  });

  test("are told when it is hex or an array of numbers", () => {
    const bytes = bytesOf(program.repeat(2));
    for (const literal of [
      `"${Buffer.from(bytes).toString("hex")}"`,
      `new Uint8Array([ ${[...bytes].join(", ")} ])`,
    ]) {
      const { read, findings } = open(smuggler(literal));
      expect(read).toContainEqual(["script-1", program.repeat(2)]);
      expect(findings).toEqual(["policy html-smuggling"]);
    }
  });

  test("are told when a data URI is clicked by script", () => {
    const { findings } = open(
      `<script>var a=document.createElement('a');a.download='x.exe';a.href="data:application/octet-stream;base64,${encoded}";a.click()</script>`,
    );
    expect(findings).toEqual(["policy html-smuggling"]);
  });

  test("are not those of ordinary pages", () => {
    for (const text of [
      `<script src="https://example.org/a.js"></script><img src="data:image/png;base64,${encoded}">`,
      `<script>var alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=ABCDEFGHIJKLMNOPQRSTUVWXYZ";atob(alphabet)</script>`,
      `<script>var words=["January","February","March","April","May2021","June","July","August","September","October"];new Blob(words)</script>`,
      `<p>${encoded}</p>`,
      `<script>var x="${encoded}"</script>`,
    ])
      expect(open(text).findings).toEqual([]);
  });

  test("that unescape markup give it as an entry", () => {
    const markup = '<iframe src="http://192.0.2.1/"></iframe>'.repeat(2);
    const escaped = Buffer.from(markup).toString("hex").replace(/../g, "%$&");
    expect(
      open(`<script>document.write(unescape("${escaped}"))</script>`).read,
    ).toEqual([["script-1", markup]]);
  });
});

describe("hostile HTML", () => {
  test.each([
    "data:",
    "data:a/b;base64,",
    '"data:;',
    "&#",
    "&amp;",
    "<script>",
    '"',
    '"AAAAAAAAAAAAAAAAAAAA"+',
    "[1,",
    "(",
    "%41",
    "AAAA\n",
    " on=",
    'x+="aaaa";',
  ])("of 100,000 times %j takes linear time", (filler) => {
    const text = `<script>atob createObjectURL ${filler.repeat(100_000)}`;
    expect(cpuMs(() => open(text))).toBeLessThan(2000);
  });

  test("of data URIs within one another ends at a limit", () => {
    const { limit } = openWith(
      html,
      bytesOf(`<html>"${"data:,".repeat(20_000)}`),
      { limits: { expansionFreeBytes: 1 << 20, expansionRatio: 10 } },
    );
    expect(limit).toBe("expansionRatio");
  });

  test("is opened within the budget whatever is done to it", () => {
    expectHardy(
      html,
      bytesOf(
        `<html><a href="data:a/b;base64,${encoded}"><script>atob("${encoded}"+'AAAA');new Blob([77,90,1])</script>`,
      ),
      {},
      200,
    );
  });
});

describe("spellings that browsers bear with", () => {
  test.each([
    `<a href=" data:a/b;base64,${encoded.slice(0, 40)}\n${encoded.slice(40)}">`,
    `<a href="da\tta:a/b;base64,${encoded}">`,
    `<a href="data:what;base64,${encoded}">`,
    `<a href="data:a/b;x=${"y".repeat(500)};base64,${encoded}">`,
  ])("%#: a data URI is read", (text) => {
    expect(open(`<html>${text}`).read.map(([, content]) => content)).toContain(
      program.repeat(2),
    );
  });
  const codes = Array.from(program.repeat(2), (c) =>
    c.charCodeAt(0).toString(16).padStart(2, "0"),
  );
  test.each([
    `[${codes.map((code) => `0x${code}`).join(",")}]`,
    `"${codes.map((code) => `\\x${code}`).join("")}"`,
    `"${codes.map((code) => `\\u00${code}`).join("")}"`,
    `atob("${encoded.slice(0, 40)}" /* x */ + "${encoded.slice(40)}")`,
  ])("%#: a literal is decoded", (literal) => {
    const { read, findings } = open(
      `<html><script>x=${literal};URL.createObjectURL(new Blob([x]))</script>`,
    );
    expect(read.map(([, content]) => content)).toContain(program.repeat(2));
    expect(findings).toEqual(["policy html-smuggling"]);
  });
});
