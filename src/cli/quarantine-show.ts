// `qsift quarantine show`: an entry's envelope, peer, findings and decision; or
// with --raw the received bytes.

import type { Config } from "../config.ts";
import { printable, printableBytes } from "../printable.ts";
import type { EntryHead } from "../quarantine/entry.ts";
import {
  type ReleaseState,
  readRecords,
  releaseState,
} from "../quarantine/release.ts";
import { type HeldEntry, readBytes } from "../quarantine/store.ts";
import { findHeld, findWhole } from "./find-held.ts";
import { type HeldRecord, makeHeldRecord } from "./held-record.ts";
import type { Io } from "./io.ts";
import type { Services } from "./services.ts";
import { type Colours, coloursFor, formatFinding, formatSize } from "./text.ts";

export interface ShowOptions {
  readonly json?: true;
  readonly raw?: true;
}

export async function showHeld(
  config: Config,
  id: string,
  options: ShowOptions,
  io: Io,
  services: Services,
): Promise<void> {
  const { path } = config.quarantine;
  if (options.raw) {
    await writeRaw(findWhole(path, id), io);
    return;
  }
  const entry = findHeld(path, id);
  const state = await releaseState(path, id, await readRecords(path));
  const record = await makeHeldRecord(entry, state, services.decodeSubject);
  await io.out.write(
    options.json
      ? `${JSON.stringify({ ...record, ...details(entry.head), file: entry.file })}\n`
      : formatEntry(entry, record, state, coloursFor(io)),
  );
}

/** A terminal obeys escape sequences, so it gets every line escaped. */
async function writeRaw(entry: HeldEntry, io: Io): Promise<void> {
  let line = Buffer.alloc(0);
  for (const piece of readBytes(entry)) {
    if (io.out.isClosed) return;
    if (!io.out.isTerminal) {
      await io.out.write(piece);
      continue;
    }
    const bytes = Buffer.concat([line, piece]);
    const end = bytes.lastIndexOf("\n") + 1;
    await io.out.write(escapeLines(bytes.subarray(0, end)));
    line = bytes.subarray(end);
    if (line.length <= maxLineBytes) continue;
    await io.out.write(printableBytes(line));
    line = Buffer.alloc(0);
  }
  if (line.length > 0) await io.out.write(`${printableBytes(line)}\n`);
}

/** A longer line is written in pieces, so that none has to be kept whole. */
const maxLineBytes = 64 * 1024;

function escapeLines(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\n", at);
    text += `${printableBytes(bytes.subarray(at, end))}\n`;
    at = end + 1;
  }
  return text;
}

function details(head: EntryHead) {
  const { peer } = head;
  return {
    policy: printable(head.policy),
    text: head.text === null ? null : printable(head.text),
    score: head.spam?.score ?? null,
    sha256: printable(head.sha256),
    peer: {
      uid: peer.uid,
      trusted: peer.trusted,
      ip: safe(peer.ip),
      host: safe(peer.host),
      helo: safe(peer.helo),
      relayClient: peer.relayClient,
      user: safe(peer.user),
    },
    scanners: head.scanners.map((scanner) => ({
      scanner: printable(scanner.scanner),
      status: scanner.status,
      reason: safe(scanner.reason),
      version: safe(scanner.version),
      score: scanner.score,
      ms: scanner.ms,
    })),
  };
}

function safe(text: string | null): string | null {
  return text === null ? null : printable(text);
}

function formatEntry(
  entry: HeldEntry,
  record: HeldRecord,
  state: ReleaseState,
  colours: Colours,
): string {
  const more = details(entry.head);
  const { peer } = more;
  const lines: string[] = [];
  const say = (name: string, value: string): void => {
    lines.push(`${colours.dim(name.padEnd(10))} ${value}`);
  };
  say("id", colours.bold(record.id));
  say("time", record.time);
  say("folder", record.folder);
  say("file", printable(entry.file));
  say("size", `${formatSize(record.size)} (${record.size} bytes)`);
  say("subject", record.subject ?? "(none)");
  say("sender", record.sender === "" ? "<> (the null sender)" : record.sender);
  for (const recipient of record.recipients) say("recipient", recipient);
  if (record.recipients.length === 0) say("recipient", "(none)");
  say(
    "peer",
    [
      peer.ip === null ? `local uid ${peer.uid}` : peer.ip,
      ...(peer.host === null ? [] : [`host ${peer.host}`]),
      ...(peer.helo === null ? [] : [`helo ${peer.helo}`]),
      ...(peer.user === null ? [] : [`user ${peer.user}`]),
      ...(peer.relayClient ? ["relay client"] : []),
    ].join(", "),
  );
  say("decision", `${record.rule}, policy ${more.policy}`);
  if (more.score !== null) say("score", String(more.score));
  if (more.text !== null) say("text", more.text);
  for (const finding of record.findings)
    say("finding", colours.yellow(formatFinding(finding)));
  for (const { scanner, status, reason, version } of more.scanners)
    say("scanner", [scanner, status, reason ?? version ?? ""].join(" ").trim());
  say("state", describeState(state));
  return `${lines.join("\n")}\n`;
}

export function describeState(state: ReleaseState): string {
  switch (state.kind) {
    case "held":
      return "held";
    case "released":
      return `released ${state.at}`;
    case "releasing":
      return `a release was begun ${state.since} by ${state.by} and has not ended`;
  }
}
