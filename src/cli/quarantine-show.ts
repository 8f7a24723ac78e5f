// `qsift quarantine show`: an entry's envelope, peer, findings, decision and
// parts; or with --raw the received bytes.

import type { Config } from "../config.ts";
import { printable } from "../printable.ts";
import type { EntryHead } from "../quarantine/entry.ts";
import {
  type ReleaseState,
  readRecords,
  releaseState,
} from "../quarantine/release.ts";
import { type HeldEntry, readBytes } from "../quarantine/store.ts";
import { openFinder, readUndamaged, readWhole } from "./find-held.ts";
import { writeRaw } from "./raw-output.ts";
import { type HeldRecord, makeHeldRecord } from "./held-record.ts";
import type { Io } from "./io.ts";
import type { Services } from "./services.ts";
import { type Colours, coloursFor, formatFinding, formatSize } from "./text.ts";

export interface ShowOptions {
  readonly json?: true;
  readonly raw?: true;
  readonly parts?: true;
  readonly headers?: true;
  readonly text?: true;
  /** A place, as the tree names it. */
  readonly part?: string;
}

/** The parts of larger messages are shown when they are asked for. */
const smallBytes = 1024 * 1024;

export async function showHeld(
  config: Config,
  id: string,
  options: ShowOptions,
  io: Io,
  services: Services,
): Promise<void> {
  const { path } = config.quarantine;
  const place = openFinder(path)(id);
  if (options.raw) {
    await writeRaw(readBytes(readWhole(path, place)), io);
    return;
  }
  const entry = readUndamaged(path, place);
  if (options.part !== undefined) {
    const { writePart } = await import("./held-parts.ts");
    await writePart(entry, options.part, config, io, services);
    return;
  }
  const state = await releaseState(path, entry.id, await readRecords(path));
  const decode = await services.loadSubjectDecoder();
  const record = makeHeldRecord(entry, state, decode);
  const isOpened =
    options.parts === true ||
    (options.json === undefined && record.size <= smallBytes);
  if (options.json) {
    const { readParts } = await import("./held-parts.ts");
    const opened = isOpened ? await readParts(entry, config, services) : {};
    const all = { ...record, ...details(entry.head), ...opened };
    await io.out.write(`${JSON.stringify({ ...all, file: entry.file })}\n`);
    return;
  }
  const colours = coloursFor(io);
  await io.out.write(formatEntry(entry, record, state, colours));
  const { writeHeaders, writeParts, writeTexts } =
    await import("./held-parts.ts");
  if (isOpened) await writeParts(entry, config, io, services);
  else await io.out.write("parts      not opened; --parts does\n");
  if (options.headers) await writeHeaders(entry, config, io);
  if (options.text) await writeTexts(entry, config, io, services);
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
    case "deleting":
      return `a deletion was begun ${state.since} by ${state.by} and has not ended`;
  }
}
