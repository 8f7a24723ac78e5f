// Pyzor: how often others have reported this message as spam. Asked by its own
// protocol (pyzor 1.0.0, client.py and server.py), one datagram each way, no
// Python process:
//
//   C: Op: check                        S: Code: 200
//      Op-Digest: 421216...02d1            Diag: OK
//      Thread: 17539                       PV: 2.1
//      PV: 2.1                             Thread: 17539
//      User: anonymous                     Count: 27
//      Time: 1795301427                    WL-Count: 0
//      Sig: 4b141d...f5b0                  <empty line>
//      <empty line>
//
// Refusals have another code: `Code: 403\nDiag: Forbidden: ...`. Lines end in
// LF. Only the digest leaves this machine (pyzor-digest/). A message of which
// the digest has nothing to count is not asked about: all of those would share
// one number.

import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { absolutePath, positiveInteger, trueOrFalse } from "../schema.ts";
import type { Finding } from "../verdict.ts";
import { parseAddress } from "./address.ts";
import { exchange } from "./datagram.ts";
import { Endpoints } from "./endpoints.ts";
import { pyzorDigest } from "./pyzor-digest/digest.ts";
import {
  accountFor,
  anonymous,
  formatRequest,
  parseCounts,
  parseReply,
  type Account,
  type Counts,
  type Operation,
} from "./pyzor-message.ts";
import {
  commonDefaults,
  optionsOf,
  ScannerFailure,
  type Address,
  type LearnAs,
  type OpenScanner,
  type Report,
  type Scanner,
  type ScannerSettings,
  type Subject,
} from "./scanner.ts";

const name = "pyzor";
const KiB = 1024;

// A datagram may get lost. Not more often: a server that is overloaded is not
// helped by questions.
const againAfterMs = [1000, 2000];

const options = {
  /** Reports that make a finding. One person errs; SpamAssassin wants five too. */
  count_min: v.optional(positiveInteger, 5),
  /** So many on the whitelist, and there is no finding. The reference client: one. */
  whitelist_min: v.optional(positiveInteger, 1),
  /** The client's `accounts` file; without it, anonymous. */
  accounts_file: v.optional(absolutePath),
  report: v.optional(trueOrFalse, false),
};

export const pyzor: Scanner = {
  name,
  judges: "spam",
  defaults: {
    ...commonDefaults,
    // Most have no pyzord of their own, and what goes to others is asked for.
    enabled: false,
    addresses: [parseAddress("udp:127.0.0.1:24441")],
    // The reference client's.
    timeoutMs: 5000,
    // As spamd: larger mail is seldom spam.
    maxBytes: 512 * KiB,
  },
  options,
  open,
};

function open(settings: ScannerSettings): OpenScanner {
  const chosen = optionsOf(settings, options);
  const endpoints = new Endpoints(settings);
  // What was counted must not be counted again.
  const onceOnly = new Endpoints({ ...settings, retries: 0 });
  const ask = async (
    operation: Operation,
    address: Address,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> => {
    const account = await accountAt(chosen.accounts_file, address);
    const thread = randomInt(1024, 65_536);
    const seconds = Math.floor(Date.now() / 1000);
    const request = formatRequest(operation, thread, account, seconds);
    const isCounted =
      operation.name === "report" || operation.name === "whitelist";
    return exchange(
      address,
      {
        bytes: Buffer.from(request, "latin1"),
        againAfterMs: isCounted ? [] : againAfterMs,
      },
      signal,
      (reply) => parseReply(reply, thread),
    );
  };
  return {
    name,
    endpoints,
    key: ({ message }) => message.parts[0]?.sha256 ?? null,
    scan: (subject, signal) =>
      scan(subject, chosen, (digest) =>
        endpoints.use(signal, async (address, attempt) =>
          parseCounts(await ask({ name: "check", digest }, address, attempt)),
        ),
      ),
    ping: (signal) =>
      endpoints.use(signal, async (address, attempt) => {
        const fields = await ask(
          { name: "ping", digest: null },
          address,
          attempt,
        );
        return {
          version: `pyzord, protocol ${fields.get("PV") ?? ""}`,
          databaseAt: null,
        };
      }),
    ...(chosen.report
      ? {
          report: async (message, as, signal) => {
            const digest = digestToReport(message);
            await onceOnly.use(signal, (address, attempt) =>
              ask({ name: operationFor(as), digest }, address, attempt),
            );
          },
        }
      : {}),
  };
}

async function scan(
  { mail }: Subject,
  chosen: { readonly count_min: number; readonly whitelist_min: number },
  check: (digest: string) => Promise<Counts>,
): Promise<Report> {
  const digest = pyzorDigest(mail.bytes);
  const findings: Finding[] = [];
  if (digest !== null) {
    const { reported, whitelisted } = await check(digest);
    if (reported >= chosen.count_min && whitelisted < chosen.whitelist_min)
      findings.push({
        source: name,
        kind: "bulk",
        name: "PYZOR_CHECK",
        part: null,
        score: null,
      });
  }
  return { findings, score: null, version: null };
}

function digestToReport(message: Uint8Array): string {
  const digest = pyzorDigest(message);
  if (digest === null)
    throw new ScannerFailure("message", "nothing in it that could be counted");
  return digest;
}

function operationFor(as: LearnAs): "report" | "whitelist" {
  return as === "spam" ? "report" : "whitelist";
}

/** Read each time: it is small, seldom there, and may change. */
async function accountAt(
  file: string | undefined,
  address: Address,
): Promise<Account> {
  if (file === undefined || address.kind === "unix") return anonymous;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new ScannerFailure("failed", `can't read ${file}`, { cause: error });
  }
  return accountFor(text, address.host, address.port) ?? anonymous;
}
