// ar archives, among them Debian packages: the members of a .deb are tar
// files, opened in turn.
//
// Ignored: time, owner, mode; the symbol tables, which repeat names.

import type { Entry, Extractor } from "./extractor.ts";
import { hasSignature } from "./archive-bytes.ts";
import { archiveName, untilNul } from "./archive-name.ts";
import { memberEntries } from "./member.ts";

const magic = "!<arch>\n";
/** Members are files elsewhere. */
const thinMagic = "!<thin>\n";

export const ar: Extractor = {
  format: "ar",
  recognizes: ({ bytes }) =>
    hasSignature(bytes, magic) || hasSignature(bytes, thinMagic),
  *entries({ bytes }, budget): Generator<Entry> {
    if (hasSignature(bytes, thinMagic)) {
      yield {
        kind: "unread",
        place: null,
        filename: null,
        reason: "unsupported",
        name: "ar-thin",
      };
      return;
    }
    let longNames: Uint8Array = new Uint8Array(0);
    // A header: name 16, time 12, owner 6, group 6, mode 8, size 10, "`\n".
    for (let at = magic.length; at + 60 <= bytes.length;) {
      const size = decimal(bytes, at + 48, 10);
      if (!hasSignature(bytes, "`\n", at + 58) || size === null) {
        yield { kind: "remark", finding: "malformed", name: "ar-malformed" };
        return;
      }
      let content = bytes.subarray(at + 60, at + 60 + size);
      const isShort = content.length < size;
      const stated = archiveName(bytes.subarray(at, at + 16)).trimEnd();
      // Members begin at even offsets.
      at += 60 + size + (size % 2);
      if (stated === "//") longNames = content;
      if (stated === "//" || stated === "/" || stated === "/SYM64/") continue;

      // GNU: "name/", or "/" and an offset into the member "//". BSD: "#1/"
      // and the length of the name, which is in front of the data.
      let name = stated.replace(/\/$/, "");
      const indirect = /^(\/|#1\/)([0-9]{1,10})$/.exec(stated);
      const number = Number(indirect?.[2]);
      if (indirect?.[1] === "/")
        name = archiveName(longName(longNames, number));
      else if (indirect?.[1] === "#1/") {
        name = archiveName(untilNul(content, 0, number));
        content = content.subarray(number);
      }
      const damage = isShort ? "ar-truncated" : null;
      yield* memberEntries(name, content, damage, budget);
    }
  },
};

/** Up to "/" and a line end. */
function longName(names: Uint8Array, at: number): Uint8Array {
  const rest = names.subarray(at, at + 4096);
  const end = rest.indexOf(10);
  const name = end < 0 ? rest : rest.subarray(0, end);
  return name.at(-1) === 0x2f ? name.subarray(0, -1) : name;
}

function decimal(bytes: Uint8Array, at: number, length: number): number | null {
  const text = archiveName(bytes.subarray(at, at + length)).trim();
  return /^[0-9]+$/.test(text) ? Number(text) : null;
}
