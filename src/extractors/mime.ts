// Opens messages (RFC 5322, RFC 2045-2049): a thin shape around mime/walk.ts.
// Multiparts are no entries, their leaves and embedded messages are; the
// expander opens embedded messages again, whatever their depth.

import type { Budget } from "../budget.ts";
import { walkMessage } from "../mime/walk.ts";
import type { Leaf } from "../mime/walk-item.ts";
import type { Candidate, Entry, Extractor, ReadEntry } from "./extractor.ts";

/** message/* that hold no message: reports of one (RFC 3464, 8098, 5965, 3886). */
const reportTypes = new Set([
  "message/delivery-status",
  "message/disposition-notification",
  "message/feedback-report",
  "message/global-delivery-status",
  "message/global-disposition-notification",
  "message/tracking-status",
]);

const messageNames = /\.(eml|emlx|mht|mhtml|nws)$/i;

export const mime: Extractor = {
  format: "mime",

  recognizes({ declaredType, detectedType, filename }: Candidate): boolean {
    if (declaredType?.startsWith("message/"))
      return !reportTypes.has(declaredType);
    // Programs open a file by its name, whatever type it is declared to be.
    if (messageNames.test(filename ?? "")) return true;
    // Text that quotes a message is shown as text (bounces do it).
    if (declaredType?.startsWith("text/")) return false;
    // So is a body without Content-Type (RFC 2045 5.2); archives name their entries.
    if (declaredType === null && filename === null) return false;
    return detectedType === "message/rfc822";
  },

  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    for (const item of walkMessage(bytes, budget))
      switch (item.kind) {
        case "leaf":
          yield readEntry(item);
          break;
        case "limit":
          yield {
            kind: "unread",
            place: item.section === "" ? null : item.section,
            filename: null,
            reason: "limit",
            name: item.name,
          };
          break;
        case "unsupported":
          yield {
            kind: "remark",
            finding: "unsupported",
            name: item.name,
            aboutLastEntry: true,
          };
          break;
        case "remark":
          yield {
            kind: "remark",
            finding: "malformed",
            name: item.name,
            aboutLastEntry: item.aboutLast,
          };
          break;
        case "aside":
          break;
        default:
          item satisfies never;
      }
  },
};

function readEntry(leaf: Leaf): ReadEntry {
  const [declaredType = null, ...otherTypes] = leaf.types;
  const [filename = null, ...otherFilenames] = leaf.filenames;
  return {
    kind: "read",
    place: leaf.section,
    isSection: true,
    filename,
    otherFilenames,
    declaredType,
    otherTypes,
    charset: leaf.charset,
    content: leaf.content,
  };
}
