// `qsift scanners` for people: a row for each scanner, what is to be told of
// it beneath, the daemon last. Versions and reasons come from scanners and are
// made printable here.

import { printable, printableText } from "../printable.ts";
import type { DaemonStatus } from "./ask-daemon.ts";
import {
  isMissing,
  type AddressRecord,
  type ScannerRecord,
} from "./scanner-record.ts";
import type { Colours } from "./text.ts";

const titles = ["SCANNER", "STATE", "LATENCY", "DATABASE", "VERSION"];

/** Lines for the whole list. */
export function formatScanners(
  records: readonly ScannerRecord[],
  daemon: DaemonStatus,
  colours: Colours,
): string {
  const rows = records.map(cellsOf);
  const widths = titles.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const lines = [colours.dim(align(titles, widths).join("  ").trimEnd())];
  for (const [index, record] of records.entries()) {
    const [name = "", state = "", ...rest] = align(rows[index] ?? [], widths);
    const colour = colourOf(record, colours);
    lines.push(
      [colours.bold(name), colour(state), ...rest].join("  ").trimEnd(),
      ...detailsOf(record, colours).map((line) => `  ${line}`),
    );
  }
  lines.push(describeDaemon(daemon));
  return `${lines.join("\n")}\n`;
}

/** `daemon: not running`. */
export function describeDaemon(daemon: DaemonStatus): string {
  switch (daemon.kind) {
    case "running":
      return `daemon: running for ${formatSpan(daemon.uptimeMs)}`;
    case "absent":
      return "daemon: not running";
    case "forbidden":
      return "daemon: no permission to ask it: run as the daemon's user or root";
    case "failed":
      return `daemon: ${printable(daemon.reason)}`;
  }
}

function cellsOf(record: ScannerRecord): string[] {
  const { scanner, state, ms, databaseAt, databaseDays, version } = record;
  const database =
    databaseAt === null
      ? ""
      : `${databaseAt.slice(0, 10)} (${databaseDays ?? 0} d)`;
  // Each address tells its own.
  const reason = record.addresses.length > 0 ? null : record.reason;
  return [
    scanner,
    state,
    formatMs(ms),
    database,
    version === null ? printableText(reason ?? "") : printable(version),
  ];
}

function align(cells: readonly string[], widths: readonly number[]): string[] {
  return widths.map((width, at) => {
    const cell = cells[at] ?? "";
    // The last one ends the line.
    if (at === widths.length - 1) return cell;
    return titles[at] === "LATENCY" ? cell.padStart(width) : cell.padEnd(width);
  });
}

function detailsOf(record: ScannerRecord, colours: Colours): string[] {
  if (record.state === "switched off") return [];
  return [
    ...addressLines(record, colours),
    ...(record.warning === null ? [] : [colours.yellow(record.warning)]),
    ...counterLines(record),
  ];
}

function addressLines(record: ScannerRecord, colours: Colours): string[] {
  const { addresses, state, enabled } = record;
  const names = addresses.map(({ address }) => address);
  // Not installed here, which is nothing to look into.
  if (state === "not running" && enabled === "auto" && names.length > 0)
    return [colours.dim(`nothing at ${names.join(", ")}`)];
  const width = Math.max(...names.map(({ length }) => length));
  return addresses.map((one) => addressLine(one, width, record, colours));
}

function counterLines({ daemon, state }: ScannerRecord): string[] {
  if (daemon === null) return [];
  const { done, failed, skipped, joined, cacheHits, lastMs } = daemon;
  if (done + failed + skipped === 0)
    return state === "running" ? ["in the daemon: not asked yet"] : [];
  const last = lastMs === null ? "" : `, last ${formatMs(lastMs)}`;
  const known = cacheHits === null ? "" : `, ${cacheHits} parts known already`;
  return [
    `in the daemon: ${done} done, ${failed} failed, ${skipped} skipped, ${joined} shared another's scan${known}${last}`,
  ];
}

function addressLine(
  one: AddressRecord,
  width: number,
  { enabled }: ScannerRecord,
  colours: Colours,
): string {
  const said = one.state === "running" ? formatMs(one.ms) : one.state;
  const reason = one.reason === null ? "" : `: ${printableText(one.reason)}`;
  const line = `${one.address.padEnd(width)}  ${said}${reason}${breakerText(one)}`;
  if (one.state === "failed") return colours.red(line);
  if (one.daemon !== null && one.daemon.breaker !== "closed")
    return colours.yellow(line);
  if (one.state === "running") return line;
  return enabled === "auto" ? colours.dim(line) : colours.red(line);
}

function breakerText({ daemon }: AddressRecord): string {
  if (daemon === null) return "";
  const { breaker, failures, lastFailure } = daemon;
  const last =
    failures === 0 || lastFailure === null
      ? ""
      : `, ${failures} failed in a row, the last: ${printableText(lastFailure)}`;
  return `; breaker ${breaker}${last}`;
}

function colourOf(
  record: ScannerRecord,
  colours: Colours,
): (text: string) => string {
  if (isMissing(record)) return colours.red;
  if (record.state !== "running") return colours.dim;
  return record.warning === null ? colours.green : colours.yellow;
}

function formatMs(ms: number | null): string {
  if (ms === null) return "";
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** `3 d`, `5 h`, `12 min`, `40 s`: the largest unit alone. */
function formatSpan(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
