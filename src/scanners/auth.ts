// SPF, DKIM, DMARC and ARC, by a library (mailauth) and DNS: what came of them
// stands in the delivered message as Authentication-Results (RFC 8601), and as
// findings of kind `auth`, for policies that want more done about it.
//
// Only for mail that a client of another domain hands over: relay clients and
// authenticated users are vouched for by whoever gave them that right, and
// their own SPF would fail; where no client's address is known there is nothing
// to check. Such mail says `none`, RFC 8601's word for "not checked".
//
// A domain whose name servers don't answer is a result (`spf-temperror`), not
// a failure of the scanner.

import { hostname } from "node:os";
import { isIP } from "node:net";
import * as v from "valibot";
import type { Peer } from "../mail.ts";
import {
  list,
  positiveInteger,
  stringThat,
  timeoutSeconds,
} from "../schema.ts";
import type { Checker } from "./auth-check.ts";
import {
  commonDefaults,
  optionsOf,
  ScannerFailure,
  type OpenScanner,
  type Report,
  type Scanner,
  type ScannerSettings,
} from "./scanner.ts";

const name = "auth";
const MiB = 1024 * 1024;

const options = {
  authserv_id: v.optional(
    stringThat(
      "a host name",
      (text) =>
        text.length <= 253 &&
        /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text),
    ),
  ),
  nameservers: v.optional(
    list(
      stringThat('an address such as "127.0.0.1" or "[::1]:5353"', isServer),
    ),
    [],
  ),
  // As long as a name server's own patience with others (resolv.conf(5)).
  dns_timeout_s: v.optional(timeoutSeconds, 5),
  // SPF alone may come to some fifty (RFC 7208 4.6.4).
  dns_queries: v.optional(positiveInteger, 60),
};

export const auth: Scanner = {
  name,
  judges: "neither",
  defaults: {
    ...commonDefaults,
    // Asks name servers about every message; results are of use only to those
    // who read them.
    enabled: false,
    // A digest takes 8 ms a MB, and ten signatures may want ten of them.
    maxBytes: 25 * MiB,
    // Two silent servers for SPF, DKIM at the same time, then DMARC: 20 s.
    timeoutMs: 60_000,
    options: v.parse(v.object(options), {}),
  },
  options,
  open,
};

/** Whose results we write: the option, else this host's name. */
export function authservId(settings: ScannerSettings): string {
  return optionsOf(settings, options).authserv_id ?? hostname();
}

function open(settings: ScannerSettings): OpenScanner {
  const { nameservers, dns_timeout_s, dns_queries } = optionsOf(
    settings,
    options,
  );
  const id = authservId(settings);
  let checker: Promise<Checker> | null = null;
  const ready = (): Promise<Checker> => {
    checker ??= import("./auth-check.ts").then(
      (library) =>
        new library.Checker(id, {
          servers: nameservers,
          timeoutMs: dns_timeout_s * 1000,
          maxQueries: dns_queries,
        }),
    );
    return checker;
  };
  return {
    name,
    scan: async (subject, signal) => {
      const ip = strangersAddress(subject.mail.peer);
      // RFC 8601 2.2: no check was made.
      if (ip === null) return reportOf(`${id}; none`, []);
      const { value, findings } = await (
        await ready()
      ).check(subject, ip, signal);
      return reportOf(value, findings);
    },
    ping: async () => {
      try {
        await (await ready()).ping();
      } catch (cause) {
        const which = nameservers.join(", ") || "those of the system";
        throw new ScannerFailure(
          "failed",
          `name servers don't answer (${which})`,
          { cause },
        );
      }
      return { version: "name servers answer", databaseAt: null };
    },
    close: async () => {
      (await checker)?.close();
    },
  };
}

function reportOf(value: string, findings: readonly string[]): Report {
  return {
    findings: findings.map((finding) => ({
      source: name,
      kind: "auth",
      name: finding,
      part: null,
      score: null,
    })),
    score: null,
    version: null,
    fields: [{ name: "Authentication-Results", value }],
  };
}

function strangersAddress(peer: Peer): string | null {
  const { ip, relayClient, user } = peer;
  return ip === null || isIP(ip) === 0 || relayClient || user !== null
    ? null
    : ip;
}

/** An IP address, or one with a port: IPv6 in brackets then. */
function isServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (found === null) return false;
  const port = Number(found[3]);
  return (
    port > 0 &&
    port < 65_536 &&
    (isIP(found[1] ?? "") === 6 || isIP(found[2] ?? "") === 4)
  );
}
