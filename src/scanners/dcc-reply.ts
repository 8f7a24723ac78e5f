// Reads what dccifd and dccproc answer; see the dialogue at the head of
// dcc.ts. Pure.

import type { HeaderLine } from "../verdict.ts";
import { quoted } from "./connection.ts";
import { ScannerFailure } from "./scanner.ts";

export interface Metrics {
  /** As it is to stand in the delivered message. */
  readonly field: HeaderLine;
  /** Number of the DCC server that counted; null where it is not told. */
  readonly server: string | null;
  /** A threshold of the daemon's own configuration was reached, or one of its lists says so. */
  readonly isBulk: boolean;
  /** Its client or sender is on the daemon's whitelist. */
  readonly isWhitelisted: boolean;
  /** Recipients so far by checksum: Body, Fuz1, Fuz2. "many" is Infinity, whitelisted 0. */
  readonly counts: ReadonlyMap<string, number>;
  /** Share of bulk mail of the client's, in percent. */
  readonly reputation: number | null;
}

/** `lost`: the error that ended the connection, if one did. Throws for everything but a whole answer. */
export function parseReply(
  reply: Uint8Array,
  recipients: number,
  lost: Error | null,
): Metrics {
  const text = Buffer.from(reply).toString("latin1");
  if (text === "") throw lost ?? failure("connection closed without a reply");
  if (!/^[ARGTS]?(?:\n|$)/.test(text)) throw lost ?? notUnderstood(reply);
  // No server could be asked.
  if (text.startsWith("T\n")) throw failure("dccifd has no answer from DCC");
  const [, answer, each, rest] = /^([A-Z])\n([A-Z]*)\n([^]*)$/.exec(text) ?? [];
  const headerEnd = rest?.indexOf("\n\n") ?? -1;
  if (rest === undefined || headerEnd < 0)
    throw lost ?? failure(`connection closed within a reply: ${quoted(reply)}`);
  if (lost !== null) throw lost;
  if (answer !== "A" && answer !== "R") throw notUnderstood(reply);
  if (each?.length !== recipients || !/^[AR]*$/.test(each))
    throw failure(
      `expected answers for ${recipients} recipients, found ${quoted(Buffer.from(each ?? "", "latin1"))}`,
    );
  if (headerEnd + 2 < rest.length)
    throw failure(
      `expected nothing after the field, found ${quoted(Buffer.from(rest.slice(headerEnd + 2), "latin1"))}`,
    );
  const metrics = parseField(rest.slice(0, headerEnd));
  return { ...metrics, isBulk: metrics.isBulk || answer === "R" };
}

/** dccproc's output with -H: the field alone. */
export function parseOutput(output: Uint8Array): Metrics {
  const text = Buffer.from(output).toString("latin1");
  if (!text.endsWith("\n")) throw notUnderstood(output);
  return parseField(text.replace(/\n{1,2}$/, ""));
}

/** `X-DCC-brand-Metrics: client.example 1234; bulk Body=many Fuz1=many rep=97%`, perhaps folded. */
function parseField(text: string): Metrics {
  const [, name, value] =
    /^(X-DCC-[!-9;-~]{0,60}-Metrics): ([ -~]*)$/.exec(
      text.replace(/\n[ \t]/g, " "),
    ) ?? [];
  const semicolon = value?.indexOf(";") ?? -1;
  if (name === undefined || value === undefined || semicolon < 1)
    throw notUnderstood(Buffer.from(text, "latin1"));
  const counts = new Map<string, number>();
  let reputation: number | null = null;
  let isBulk = false;
  let isWhitelisted = false;
  for (const word of value.slice(semicolon + 1).split(" ")) {
    const [key = "", found = ""] = word.split("=", 2);
    switch (key) {
      case "":
        break;
      case "bulk":
        isBulk = true;
        break;
      case "Body":
      case "Fuz1":
      case "Fuz2":
        if (counts.has(key)) throw failure(`expected one count ${key}`);
        counts.set(key, countOf(word, found));
        break;
      case "rep":
        // "bulk rep": it was the reputation that made it bulk.
        if (found !== "") reputation = percentOf(word, found);
        break;
      case "IP":
      case "From":
      case "env_From":
        isWhitelisted ||= found === "ok";
        break;
      default:
        // Counts of other checksums: Message-ID, Received, substitutes.
        if (found === "") throw unknownWord(word);
    }
  }
  if (!counts.has("Body")) throw failure("expected a count of the body");
  const [, server = null] =
    / (\d{1,10})$/.exec(value.slice(0, semicolon)) ?? [];
  return {
    field: { name, value },
    server,
    isBulk,
    isWhitelisted,
    counts,
    reputation,
  };
}

function countOf(word: string, text: string): number {
  if (text === "many") return Infinity;
  if (text === "ok" || text === "ok2") return 0;
  if (!/^\d{1,9}$/.test(text)) throw unknownWord(word);
  return Number(text);
}

function percentOf(word: string, text: string): number {
  if (!/^\d{1,3}%$/.test(text)) throw unknownWord(word);
  return Number.parseInt(text, 10);
}

function unknownWord(word: string): ScannerFailure {
  return failure(
    `expected a count, found ${quoted(Buffer.from(word, "latin1"))}`,
  );
}

function notUnderstood(reply: Uint8Array): ScannerFailure {
  return failure(`reply not understood: ${quoted(reply)}`);
}

function failure(message: string): ScannerFailure {
  return new ScannerFailure("failed", message);
}
