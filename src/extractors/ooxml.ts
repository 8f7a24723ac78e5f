// Parts of OOXML and ODF documents. Both are zips, which zip.ts opens; this
// extractor looks at their entries, and at the flat one-file forms. It goes by
// the root element, not by the name in the zip, which an attacker chooses
// freely (ECMA-376 part 2 9.1: parts are found by relationships).
//
// Its remarks are of kind `macro`: like macros these things run or fetch
// something when the document is opened, and like macros honest documents have
// them now and then. vbaProject.bin and embedded objects are compound files: ole.ts.

import type { Budget } from "../budget.ts";
import { base64DecodedBytes, decodeBase64 } from "../mime/base64.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import {
  looksLikeXml,
  xmlAttribute,
  xmlElementText,
  type XmlTag,
  xmlTags,
  xmlText,
} from "./ooxml-xml.ts";
import { chargingParts } from "./ole-parts.ts";

export const ooxml: Extractor = {
  format: "ooxml",
  recognizes: ({ bytes }) => {
    if (!looksLikeXml(bytes)) return false;
    const root = rootName(xmlText(bytes.subarray(0, rootBytes)));
    // A root that stands further back is looked for when opening.
    return root === null || readers.has(root);
  },
  entries: chargingParts(ooxmlEntries),
};

// What stands before a root element (declaration, comment) is shorter.
const rootBytes = 4096;

function* ooxmlEntries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
  const text = xmlText(bytes);
  const reader = readers.get(rootName(text) ?? "");
  if (reader !== undefined) yield* reader(text, budget);
}

/** Null where the text ends before its first tag does. */
function rootName(text: string): string | null {
  for (const { name, end } of xmlTags(text))
    return end > text.length ? null : name;
  return null;
}

type Reader = (text: string, budget: Budget) => Iterable<Entry>;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["Relationships", relationships],
  ["Types", contentTypes],
  ["macrosheet", macroSheet],
  ["document", document],
  ["hdr", wordFields],
  ["ftr", wordFields],
  ["footnotes", wordFields],
  ["endnotes", wordFields],
  ["comments", wordFields],
  ["externalLink", externalLink],
  ["package", flatDocument], // Flat OPC
  ["wordDocument", flatDocument], // Word 2003 XML
  ["xdp", flatDocument], // a PDF as XML
  ["plist", flatDocument], // Safari's web archives
  ["manifest", odfManifest],
  ["module", odfModule],
]);

// Relationship types (the last component of their URI) whose target is fetched
// when the document is opened. Hyperlinks, images and links between workbooks
// are external in ordinary documents.
const fetched: ReadonlyMap<string, string> = new Map([
  ["attachedTemplate", "ooxml-external-template"],
  ["oleObject", "ooxml-external-object"],
  ["frame", "ooxml-external-frame"],
  ["subDocument", "ooxml-external-document"],
  ["aFChunk", "ooxml-external-document"],
]);

// Word notes the path of a template of its own machine in every document.
const local = /^(?:file:\/\/\/\w|[A-Za-z]:[\\/]|\/(?!\/))/;

// ECMA-376 part 2 9.3: Relationship elements with Type, Target, TargetMode.
function* relationships(text: string): Generator<Entry> {
  if (!text.includes("TargetMode")) return;
  for (const tag of xmlTags(text)) {
    if (tag.name !== "Relationship") continue;
    if (xmlAttribute(tag, "TargetMode")?.toLowerCase() !== "external") continue;
    const type = xmlAttribute(tag, "Type") ?? "";
    const name = fetched.get(type.slice(type.lastIndexOf("/") + 1));
    if (name === undefined) continue;
    const target = xmlAttribute(tag, "Target") ?? "";
    if (name === "ooxml-external-template" && local.test(target)) continue;
    yield macro(name);
  }
}

// [Content_Types].xml names every part's type: Excel 4 macro sheets too, also
// in the binary form (.xlsb).
function* contentTypes(text: string): Generator<Entry> {
  for (const tag of xmlTags(text))
    if (/macrosheet/i.test(xmlAttribute(tag, "ContentType") ?? "")) {
      yield macro("xlm-macro");
      return;
    }
}

function* macroSheet(): Generator<Entry> {
  yield macro("xlm-macro");
}

// Field instructions are split over any number of instrText elements.
const maxInstruction = 4096;
const dde = /\bDDE(?:AUTO)?\b/i;

function* document(text: string, budget: Budget): Generator<Entry> {
  // Flat ODF has the root's name in common with Word's main part.
  if (text.includes("binary-data")) yield* flatDocument(text, budget);
  else yield* wordFields(text);
  if (text.includes("source-code") || text.includes("script:module"))
    yield* odfModule(text);
}

function* wordFields(text: string): Generator<Entry> {
  // Most documents have no field, and their tags needn't be walked.
  if (!text.includes("instrText") && !text.includes("fldSimple")) return;
  let instruction = "";
  for (const tag of xmlTags(text)) {
    if (tag.name === "instrText" && instruction.length < maxInstruction)
      instruction += textAfter(text, tag).slice(0, maxInstruction);
    const complete =
      tag.name === "fldSimple"
        ? xmlAttribute(tag, "instr")
        : tag.name === "fldChar" || tag.name === "/p"
          ? instruction
          : null;
    if (complete === null) continue;
    if (dde.test(complete)) {
      yield macro("dde-field");
      return;
    }
    // A field's end or its result: the next field's words stand apart.
    if (tag.name !== "fldSimple") instruction = "";
  }
  if (dde.test(instruction)) yield macro("dde-field");
}

function* externalLink(text: string): Generator<Entry> {
  for (const { name } of xmlTags(text))
    if (name === "ddeLink") {
      yield macro("dde-link");
      return;
    }
}

// Base64 in flat OPC (pkg:part with pkg:name), Word 2003 (with w:name; macros
// are `editdata.mso`), flat ODF, XDP and property lists.
const dataElements: ReadonlySet<string> = new Set([
  "binaryData",
  "binData",
  "binary-data",
  "chunk",
  "data",
]);

function* flatDocument(text: string, budget: Budget): Generator<Entry> {
  yield* wordFields(text);
  let part = "";
  let count = 0;
  for (const tag of xmlTags(text)) {
    if (tag.name === "part") part = xmlAttribute(tag, "name") ?? "";
    if (!dataElements.has(tag.name)) continue;
    const data = Buffer.from(xmlElementText(text, tag), "latin1");
    budget.chargeBytes(base64DecodedBytes(data.length));
    const name = xmlAttribute(tag, "name") ?? part;
    yield {
      kind: "read",
      place: name === "" ? `data-${++count}` : name,
      filename: name === "" ? null : name,
      declaredType: null,
      content: decodeBase64(data).bytes,
    };
  }
}

// ODF 1.2 part 3 4.8: encryption-data in the manifest says that a file is.
function* odfManifest(text: string): Generator<Entry> {
  for (const { name } of xmlTags(text))
    if (name === "encryption-data") {
      yield {
        kind: "unread",
        place: null,
        filename: null,
        reason: "encrypted",
        name: "odf-encrypted",
      };
      return;
    }
}

// A Basic module: root script:module, its text the source.
function* odfModule(text: string): Generator<Entry> {
  if (/\b(?:sub|function)\b/i.test(text)) yield macro("odf-macro");
}

/** Text up to the next tag. */
function textAfter(text: string, { end }: XmlTag): string {
  const next = text.indexOf("<", end);
  return text.slice(end, next < 0 ? text.length : next);
}

function macro(name: string): Entry {
  return { kind: "remark", finding: "macro", name };
}

// Ignored: text of documents; names of parts; relationships to hyperlinks,
// images and other workbooks; DDE in formulas and in CSV files, which Excel
// asks about; fields that build another field's instruction (QUOTE).
