// What an ICAP server says of one body: RFC 3507 for the frame; which field
// names a virus was never standardised (draft-stecher-icap-subid-00 describes
// X-Infection-Found). Called by icap.ts, whose head has the dialogue.
//
// 204 alone means clean. A 200 that says nothing is none: c-icap's virus_scan
// answers it, with the body as it was, to what is larger than its
// MaxObjectSize, and so does its echo service to everything; neither has
// scanned anything. So the returned body isn't even read.

import type { Finding } from "../verdict.ts";
import { quoted, type Connection } from "./connection.ts";
import { findingName } from "./finding-name.ts";
import {
  expectNoMore,
  onlyField,
  readHead,
  type HttpHead,
} from "./http-reply.ts";
import { ScannerFailure } from "./scanner.ts";

/** Kind and name of what was found; null for clean. */
export type Infection = Pick<Finding, "kind" | "name">;

export interface IcapReply {
  readonly infection: Infection | null;
  /** ISTag with the server's name, where they are told. */
  readonly version: string | null;
}

/** The reply to RESPMOD. Throws ScannerFailure where it is no verdict. */
export async function readIcapReply(
  connection: Connection,
): Promise<IcapReply> {
  const head = await readHead(connection, "ICAP");
  const version = versionOf(head);
  const infection = infectionIn(head.fields);
  if (infection !== null) return { infection, version };
  const place = onlyField(head.fields, "encapsulated");
  if (head.status === 204) {
    if (place !== null && place !== "null-body=0")
      throw noVerdict("204 with a body", place);
    expectNoMore(connection);
    return { infection: null, version };
  }
  if (head.status !== 200) throw noVerdict("ICAP status", head.statusText);
  return { infection: await readBlockPage(connection, place), version };
}

/** Server or service, and ISTag, which changes with the signatures (RFC 3507 4.7). */
export function versionOf({ fields }: HttpHead): string | null {
  const server = onlyField(fields, "service") ?? onlyField(fields, "server");
  const tag = onlyField(fields, "istag");
  const parts = [server, tag?.replaceAll('"', "") ?? null];
  return parts.filter((part) => part !== null).join(" ") || null;
}

/** The HTTP response that comes instead of ours: what is refused has 403. */
async function readBlockPage(
  connection: Connection,
  place: string | null,
): Promise<Infection> {
  // RFC 3507 4.4.1: offsets in what follows the ICAP header.
  const offset = /^res-hdr=0, ?(?:res|null)-body=(\d{1,7})$/.exec(place ?? "");
  if (offset === null)
    throw noVerdict("200 without an HTTP response", place ?? "");
  const http = await readHead(connection, "HTTP");
  if (http.bytes !== Number(offset[1]))
    throw noVerdict(`an HTTP header of ${http.bytes} bytes`, place ?? "");
  // SquidClamav and Sophos name it here.
  const infection = infectionIn(http.fields);
  if (infection !== null) return infection;
  if (http.status === 403) return { kind: "virus", name: "icap-blocked" };
  throw noVerdict("200 where clean is 204, with HTTP status", http.statusText);
}

/** Null where no field tells of one. */
function infectionIn(fields: HttpHead["fields"]): Infection | null {
  const value = (name: string): string | undefined => fields.get(name)?.[0];
  // X-Infection-Found: Type=0; Resolution=2; Threat=Eicar-Test-Signature;
  const found = value("x-infection-found");
  if (found !== undefined) {
    const threat = parameter(found, "threat") ?? "unnamed";
    return { kind: kindOf(found, threat), name: findingName(threat) };
  }
  // X-Virus-ID: Eicar-Test-Signature; Kaspersky's says `no threats`.
  const id = value("x-virus-id");
  if (id !== undefined && id.toLowerCase() !== "no threats")
    return { kind: "virus", name: findingName(id) };
  // X-Violations-Found: 1 <file> <threat> <number> <resolution>, a line each.
  const violations = value("x-violations-found")?.split(/\s+/);
  if (violations !== undefined && violations[0] !== "0")
    return { kind: "virus", name: findingName(violations[2] ?? "") };
  return null;
}

/** 0 an infection, 1 a policy's, 2 a container that can't be opened. */
function kindOf(found: string, threat: string): Finding["kind"] {
  const type = parameter(found, "type");
  if (type === "1") return "policy";
  if (type === "2") return /encrypt/i.test(threat) ? "encrypted" : "limit";
  return "virus";
}

function parameter(field: string, name: string): string | undefined {
  for (const part of field.split(";")) {
    const equals = part.indexOf("=");
    if (part.slice(0, Math.max(0, equals)).trim().toLowerCase() === name)
      return part.slice(equals + 1).trim();
  }
  return undefined;
}

function noVerdict(what: string, said: string): ScannerFailure {
  return new ScannerFailure(
    "failed",
    `expected a verdict, found ${what} ${quoted(Buffer.from(said, "latin1"))}`,
  );
}
