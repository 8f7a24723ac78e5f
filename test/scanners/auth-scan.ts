// One message through the scanner `auth`, for its tests.

import { readSignedMessage } from "../../src/scanners/auth-header.ts";
import { auth } from "../../src/scanners/auth.ts";
import type { Peer } from "../../src/mail.ts";
import { defaultLimits } from "../../src/limits.ts";
import type {
  OpenScanner,
  Report,
  Subject,
} from "../../src/scanners/scanner.ts";
import { noDeadline, subjectOf } from "./subject.ts";

export function openAuth(
  nameserver: string,
  options: Readonly<Record<string, unknown>> = {},
): OpenScanner {
  return auth.open(
    {
      ...auth.defaults,
      enabled: true,
      options: {
        ...auth.defaults.options,
        authserv_id: "mx.example.test",
        nameservers: [nameserver],
        dns_timeout_s: 0.3,
        ...options,
      },
    },
    defaultLimits,
  );
}

export interface Arrival {
  readonly sender?: string;
  readonly peer?: Partial<Peer>;
  readonly signal?: AbortSignal;
}

export function scanWith(
  scanner: OpenScanner,
  bytes: Buffer,
  arrival: Arrival = {},
): Promise<Report> {
  return scanner.scan(
    arrivalOf(bytes, arrival),
    arrival.signal ?? noDeadline(),
  );
}

/** From 192.0.2.25, mx.example.org, unless told otherwise. */
export function arrivalOf(
  bytes: Buffer,
  { sender = "ann@example.org", peer = {} }: Arrival = {},
): Subject {
  const { mail, message } = subjectOf(bytes);
  const header = (readSignedMessage(bytes, 1e9, 1e9)?.fields ?? []).map(
    ({ casedKey, line }) => ({
      name: casedKey,
      value: line.toString("latin1").slice(casedKey.length + 1),
      start: 0,
      end: 0,
    }),
  );
  return {
    mail: {
      ...mail,
      peer: {
        ...mail.peer,
        trusted: true,
        ip: "192.0.2.25",
        helo: "mx.example.org",
        ...peer,
      },
      envelope: { ...mail.envelope, sender: Buffer.from(sender, "latin1") },
    },
    message: { ...message, header },
  };
}

/** The results after the id, and the names of the findings. */
export function said(report: Report): {
  results: string[];
  findings: string[];
} {
  const [field] = report.fields ?? [];
  const [id, ...results] = (field?.value ?? "").split("; ");
  if (field?.name !== "Authentication-Results" || id !== "mx.example.test")
    throw new Error(`unexpected field ${JSON.stringify(field)}`);
  return { results, findings: report.findings.map(({ name }) => name) };
}
