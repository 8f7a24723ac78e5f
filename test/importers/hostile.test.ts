// Whatever bytes stand in a source: the result is a valid configuration, no
// line is lost without a note, and it takes no long time.

import fc from "fast-check";
import { expect, test } from "vitest";

import type { ImportNote } from "../../src/importers/import-result.ts";
import { importQmailScanner } from "../../src/importers/qmail-scanner.ts";
import { importSimscan } from "../../src/importers/simscan.ts";
import { importTcprules } from "../../src/importers/tcprules.ts";
import { configOf, rulesPath } from "./drive.ts";

const piece = fc.oneof(
  fc.constantFrom(
    "\t",
    "\n",
    ":",
    ",",
    "=",
    "@",
    ".exe",
    "SIZE=-1",
    "SIZE=5",
    "Policy-Subject:",
    "Policy-MAILFROM:",
    "Virus-X:",
    "clam=yes",
    "spam=yes",
    "attach=",
    "example.com",
    "--",
    "--scanners",
    "--sa-quarantine",
    "2.1",
    "--enable-spam-hits=",
    '"',
    "'",
    "\\",
    "#",
    "allow",
    "QMAILQUEUE",
    "simscan",
    '"""',
    "'''",
    "]]",
    "\r",
    "\x00",
    "\x1b[2J",
    "\u202e",
    "\u2028",
    "__proto__",
    "constructor",
    "(?i)",
    "\\1",
    "{1000}",
    "$",
    "^",
  ),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const source = fc.oneof(
  fc
    .array(piece, { maxLength: 40 })
    .map((pieces) => Buffer.from(pieces.join(""))),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
);
const named = (bytes: Uint8Array) => ({ name: "evil\n[x]\x1b", bytes });

/** Lines that are neither blank nor a remark. */
const count = (bytes: Buffer): number[] =>
  bytes
    .toString("latin1")
    .split("\n")
    .flatMap((line, i) => (/^[ \t\r]*(?:#|$)/.test(line) ? [] : [i + 1]));

test("any bytes as qmail-scanner's list give a valid configuration, a rule or a note for each line", async () => {
  await fc.assert(
    fc.asyncProperty(source, source, async (events, options) => {
      const imported = await importQmailScanner({
        events: named(events),
        options: { name: "options", bytes: options },
        required: 5,
        rulesPath,
      });
      const config = await configOf(imported);
      const noted = new Set(
        imported.notes
          .filter(
            ({ source, kind }) =>
              source !== "options" && kind === "untranslated",
          )
          .map(({ line }) => line),
      );
      const lines = count(events);
      expect(config.rules.length + noted.size).toBe(lines.length);
    }),
    { numRuns: 150 },
  );
});

test("any bytes as simscan's files give a valid configuration", async () => {
  await fc.assert(
    fc.asyncProperty(source, source, async (first, options) => {
      for (const simcontrol of [named(first), null]) {
        const imported = importSimscan({
          simcontrol,
          ssattach: simcontrol === null ? named(first) : null,
          options: named(options),
          required: 5,
          rulesPath,
        });
        await configOf(imported);
      }
    }),
    { numRuns: 150 },
  );
});

test("any bytes as tcprules keep their lines, and what is changed is QMAILQUEUE", () => {
  fc.assert(
    fc.property(source, (bytes) => {
      const { changed } = importTcprules(named(bytes), "/door");
      const before = bytes.toString("latin1").split("\n");
      const after = Buffer.from(changed).toString("latin1").split("\n");
      expect(after.length).toBe(before.length);
      for (const [i, line] of after.entries())
        if (line !== before[i]) expect(line).toContain("/door");
    }),
    { numRuns: 300 },
  );
});

const last = (notes: readonly ImportNote[]): ImportNote | undefined =>
  notes.filter(({ kind }) => kind === "untranslated").at(-1);

test("a file of a megabyte takes no long time", async () => {
  const mebibyte = 1_048_576;
  const fill = (line: string): Buffer => Buffer.alloc(mebibyte, line);
  const start = process.cpuUsage();
  for (const line of [
    "(a{500}){2}\tPolicy-Subject:\tx\n",
    ".\tSIZE=-1\tx\n",
    "\n",
    "a",
    "\t",
    "\u4e2d@\u4e2d:clam=yes,attach=*\n",
    '":allow,',
    "--x ",
    "\\",
  ]) {
    const bytes = fill(line);
    const qms = await importQmailScanner({
      events: named(bytes),
      options: named(bytes),
      required: 5,
      rulesPath,
    });
    importTcprules(named(bytes), "/door");
    const simscan = importSimscan({
      simcontrol: named(bytes),
      ssattach: null,
      options: named(bytes),
      required: 5,
      rulesPath,
    });
    expect(last(qms.notes)).toBeDefined();
    expect(last(simscan.notes)).toBeDefined();
  }
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1e6).toBeLessThan(30);
});
