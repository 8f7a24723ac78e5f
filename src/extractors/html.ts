// HTML and SVG: `data:` URIs (RFC 2397) as entries, and scripts that build a
// file for the reader to save ("HTML smuggling"): the literals that they
// decode as entries, and the remark `html-smuggling`.
//
// The remark is of kind `policy`, unlike macros: no honest mail does this.

import type { Budget } from "../budget.ts";
import { asBuffer } from "../mime/bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { dataUris } from "./html-data-uri.ts";
import { decodeEntities } from "./html-entities.ts";
import { buildsFile, literals } from "./html-script.ts";
import { xmlText } from "./ooxml-xml.ts";
import { chargingParts } from "./ole-parts.ts";

const types = /^(?:text\/html|application\/xhtml\+xml|image\/svg\+xml)$/;
const names = /\.(?:[sx]?html?|svgz?|hta)$/i;
const markup = /<(?:!doctype\s+html|html|head|body|script|svg|iframe|a\s)/i;
const sniffedBytes = 1024;

export const html: Extractor = {
  format: "html",
  recognizes: ({ bytes, declaredType, detectedType, filename }) =>
    types.test(declaredType ?? "") ||
    types.test(detectedType) ||
    names.test(filename ?? "") ||
    markup.test(
      asBuffer(bytes.subarray(0, sniffedBytes))
        .toString("latin1")
        .replaceAll("\0", ""),
    ),
  entries: chargingParts(htmlEntries),
};

function* htmlEntries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
  const text = htmlText(bytes);
  // Browsers resolve entities in attributes; in scripts they don't, but there
  // none stands in what is looked for.
  const resolved = text.includes("&") ? decodeEntities(text) : text;
  let hasFileUri = false;
  for (const { entry, isFile } of dataUris(resolved, budget)) {
    yield entry;
    hasFileUri ||= isFile;
  }
  if (!hasScript(resolved)) return;
  const builds = buildsFile(resolved);
  let hasLiteral = false;
  for (const { entry, isEncoded } of literals(text, budget)) {
    yield entry;
    hasLiteral ||= isEncoded;
  }
  if (builds && (hasFileUri || hasLiteral))
    yield { kind: "remark", finding: "policy", name: "html-smuggling" };
}

function hasScript(text: string): boolean {
  return /<script\b|javascript:|\son\w{3,20}\s*=/i.test(text);
}

/** One character a byte, but for UTF-16. */
function htmlText(bytes: Uint8Array): string {
  const isWide =
    bytes[1] === 0 ||
    bytes[0] === 0 ||
    (bytes[0] === 0xff && bytes[1] === 0xfe) ||
    (bytes[0] === 0xfe && bytes[1] === 0xff);
  return isWide ? xmlText(bytes) : asBuffer(bytes).toString("latin1");
}

// Ignored: links and everything remote; literals in pieces that are put together by
// anything but `+`, `+=`, `,` and line ends; those that a script decrypts.
