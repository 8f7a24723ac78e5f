// What is in a held message, for `qsift quarantine show`: its parts as a tree,
// its header, its text, one part's bytes. Opened as the filter opens it, in the
// sandbox where it is more than plain text, and given up after a while. Loaded
// only where it is needed.

import type { Config } from "../config.ts";
import { isText, textOf } from "../extractors/message-text.ts";
import type { Message, Part } from "../mail.ts";
import { parseHeader } from "../mime/header.ts";
import { printable } from "../printable.ts";
import { type HeldEntry, readBytes } from "../quarantine/store.ts";
import { failure } from "./find-held.ts";
import type { Io } from "./io.ts";
import { escapeLines, writeRaw } from "./raw-output.ts";
import {
  type FindingRecord,
  findingRecord,
  type PartRecord,
  partRecord,
} from "./scan-record.ts";
import { partLines } from "./scan-text.ts";
import type { Services } from "./services.ts";
import { coloursFor } from "./text.ts";

const openWithinMs = 15_000;
const shownTextChars = 64 * 1024;

/** For JSON. */
export async function readParts(
  entry: HeldEntry,
  config: Config,
  services: Services,
): Promise<{ readonly parts: readonly PartRecord[] }> {
  const { parts } = await open(entry, config, services);
  return { parts: parts.map(partRecord) };
}

export async function writeParts(
  entry: HeldEntry,
  config: Config,
  io: Io,
  services: Services,
): Promise<void> {
  const message = await open(entry, config, services);
  const findings: FindingRecord[] = message.findings.map(findingRecord);
  const record = { parts: message.parts.map(partRecord), findings };
  const lines = ["parts", ...partLines(record, coloursFor(io))];
  await io.out.write(`${lines.join("\n")}\n`);
}

/** As it was received, line by line. */
export async function writeHeaders(
  entry: HeldEntry,
  config: Config,
  io: Io,
): Promise<void> {
  const first = readUpTo(entry, config.limits.headerBytes);
  const { fields } = parseHeader(first, config.limits);
  const header = first.subarray(0, fields.at(-1)?.end ?? 0);
  await io.out.write(`headers\n${indent(escapeLines(header))}`);
}

/** Every part of text, with markup taken off. */
export async function writeTexts(
  entry: HeldEntry,
  config: Config,
  io: Io,
  services: Services,
): Promise<void> {
  const { parts } = await open(entry, config, services);
  let room = shownTextChars;
  for (const part of parts.filter(
    (one) => one.parent !== null && isText(one),
  )) {
    if (room <= 0) break;
    const text = textOf(part);
    const shown = text.slice(0, room);
    room -= text.length;
    await io.out.write(
      `text of ${nameOf(part)}\n${indent(printableLines(shown))}`,
    );
  }
  if (room < 0) await io.out.write("and more; --part PLACE writes all\n");
}

/** Decoded bytes of the part at that place of the tree. */
export async function writePart(
  entry: HeldEntry,
  place: string,
  config: Config,
  io: Io,
  services: Services,
): Promise<void> {
  const { parts } = await open(entry, config, services);
  const part = parts.find((one) => printable(one.place) === place);
  if (part === undefined)
    throw failure(
      `no part ${place}; \`qsift quarantine show --parts\` shows what there is`,
    );
  await writeRaw([part.content], io);
}

async function open(
  entry: HeldEntry,
  config: Config,
  services: Services,
): Promise<Message> {
  const bytes = readUpTo(entry, entry.head.size);
  return services.expand(bytes, config, AbortSignal.timeout(openWithinMs));
}

function readUpTo(entry: HeldEntry, maxBytes: number): Buffer {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const piece of readBytes(entry)) {
    pieces.push(piece);
    length += piece.length;
    if (length >= maxBytes) break;
  }
  return Buffer.concat(pieces);
}

function nameOf({ place, declaredType }: Part): string {
  return `${printable(place)} ${printable(declaredType ?? "no type")}`.trim();
}

function printableLines(text: string): string {
  return text
    .split(/\r\n|[\r\n]/)
    .map((line) => `${printable(line)}\n`)
    .join("");
}

function indent(lines: string): string {
  return lines.replace(/^(?=.)/gm, "  ");
}
