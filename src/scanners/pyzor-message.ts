// What goes to a pyzord and what comes back, as text; see the dialogue at the
// head of pyzor.ts. Pure.
//
// Stricter than the reference client: a field that is missing, doubled or not a
// plain number, a code other than 200, bytes after the end - all throw.

import { createHash } from "node:crypto";
import { quoted } from "./connection.ts";
import { ScannerFailure } from "./scanner.ts";

/** Longest datagram of the protocol, either way. */
const maxBytes = 8192;

/** The spec of the digest: lines from 20 % on, 3 of them; from 60 % on, 3. */
const digestSpec = "20,3,60,3";

export interface Account {
  readonly user: string;
  /** Hexadecimal digits. */
  readonly key: string;
}

/** May check, and as a rule report, on every server. */
export const anonymous: Account = { user: "anonymous", key: "" };

export interface Operation {
  readonly name: "ping" | "check" | "report" | "whitelist";
  readonly digest: string | null;
}

export function formatRequest(
  { name, digest }: Operation,
  thread: number,
  { user, key }: Account,
  seconds: number,
): string {
  const lines = [`Op: ${name}`];
  if (digest !== null) lines.push(`Op-Digest: ${digest}`);
  if (name === "report" || name === "whitelist")
    lines.push(`Op-Spec: ${digestSpec}`);
  lines.push(`Thread: ${thread}`, "PV: 2.1", `User: ${user}`);
  lines.push(`Time: ${seconds}`);
  // H(H(message) ":" time ":" H(user ":" key)), the outer two over text.
  const signature = createHash("sha1")
    .update(createHash("sha1").update(lines.join("\n")).digest())
    .update(`:${seconds}:${sha1(`${user}:${key.toLowerCase()}`)}`)
    .digest("hex");
  return `${[...lines, `Sig: ${signature}`].join("\n")}\n\n`;
}

export interface Counts {
  readonly reported: number;
  readonly whitelisted: number;
}

/** Fields by name; null where it answers another question. Throws where it is no answer, or says no. */
export function parseReply(
  reply: Uint8Array,
  thread: number,
): ReadonlyMap<string, string> | null {
  if (reply.length > maxBytes)
    throw failure(`reply of more than ${maxBytes} bytes`);
  const text = Buffer.from(reply).toString("latin1");
  if (!/^(?:[A-Za-z-]{1,20}: [ -~]*\n)+\n$/.test(text))
    throw failure(`reply not understood: ${quoted(reply)}`);
  const fields = new Map<string, string>();
  for (const line of text.trimEnd().split("\n")) {
    const colon = line.indexOf(": ");
    const field = line.slice(0, colon);
    if (fields.has(field)) throw failure(`expected one field ${field}`);
    fields.set(field, line.slice(colon + 2));
  }
  const answered = number(fields, "Thread");
  // 0 to 1023 are the server's, for requests that it could not read.
  if (answered !== thread && answered >= 1024) return null;
  const code = fields.get("Code") ?? "";
  if (!/^2\.\d{1,3}$/.test(fields.get("PV") ?? ""))
    throw failure(`expected protocol version 2, found ${quoted(reply)}`);
  if (code !== "200") {
    const said = Buffer.from(`${code} ${fields.get("Diag") ?? ""}`, "latin1");
    throw failure(`pyzord said ${quoted(said)}`);
  }
  if (answered !== thread)
    throw failure(`expected thread ${thread}, found ${answered}`);
  return fields;
}

export function parseCounts(fields: ReadonlyMap<string, string>): Counts {
  return {
    reported: number(fields, "Count"),
    whitelisted: number(fields, "WL-Count"),
  };
}

function number(fields: ReadonlyMap<string, string>, field: string): number {
  const value = fields.get(field);
  // A pong counts 2^63 - 1.
  if (value === undefined || !/^\d{1,19}$/.test(value))
    throw failure(`expected a number as ${field}, found ${value ?? "none"}`);
  return Number(value);
}

/**
 * The client's `accounts` file, `host : port : user : salt,key` a line: who to
 * be at that server. Throws ScannerFailure for lines that can't be read, by
 * number, as they hold secrets.
 */
export function accountFor(
  file: string,
  host: string,
  port: number,
): Account | null {
  let account: Account | null = null;
  for (const [index, line] of file.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, at = "", itsPort, user = "", key = ""] =
      /^\s*(\S+)\s*:\s*(\d{1,5})\s*:\s*([!-9;-~]+)\s*:\s*[0-9a-fA-F]*,([0-9a-fA-F]+)\s*$/.exec(
        line,
      ) ?? [];
    if (itsPort === undefined)
      throw failure(
        `expected host : port : user : salt,key in line ${index + 1} of the accounts file`,
      );
    if (at.toLowerCase() === host && Number(itsPort) === port)
      account = { user, key };
  }
  return account;
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

function failure(message: string): ScannerFailure {
  return new ScannerFailure("failed", message);
}
