// What rspamd is told of a mail beside its bytes: the fields of the request
// (rspamd's protocol documentation: From, Rcpt, IP, Helo, Hostname, User,
// Queue-Id). Pure. Called by rspamd.ts.
//
// The values come from strangers. rspamd decodes nothing in these fields, and
// splits Rcpt at commas, so what is not plainly one value is left out: quoted
// local parts, bytes that are not ASCII, blanks, control characters. rspamd
// then judges as it does for mail whose sender it wasn't told; the message
// itself goes over unchanged in any case.

import { isIP } from "node:net";
import type { Mail } from "../mail.ts";

export type Field = readonly [name: string, value: string];

// rspamd closes the connection where all fields together have more than 80 KB.
const maxRecipients = 100;

// RFC 5321 4.1.2: Dot-string, with any dots, then a domain or an address
// literal; qmail's envelope may lack the domain.
const plainAddress =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,256}(?:@[A-Za-z0-9._:[\]-]{1,255})?$/;
const plainHost = /^[A-Za-z0-9._:[\]-]{1,255}$/;
const plainWord = /^[!-~]{1,255}$/;

/** In the order in which they are sent; `Queue-Id`, which differs for every mail, is not among them. */
export function envelopeFields({ peer, envelope }: Mail): Field[] {
  const fields: Field[] = [];
  const add = (name: string, value: string | null, shape: RegExp): void => {
    if (value !== null && shape.test(value)) fields.push([name, value]);
  };
  const sender = latin1(envelope.sender);
  if (sender === "" || plainAddress.test(sender))
    fields.push(["From", `<${sender}>`]);
  for (const recipient of envelope.recipients.slice(0, maxRecipients)) {
    const address = latin1(recipient);
    if (plainAddress.test(address)) fields.push(["Rcpt", `<${address}>`]);
  }
  if (peer.ip !== null && isIP(peer.ip) !== 0) add("IP", peer.ip, plainHost);
  add("Helo", peer.helo, plainHost);
  add("Hostname", peer.host, plainHost);
  add("User", peer.user, plainWord);
  return fields;
}

/** The head of a request, whose body is as long as stated. */
export function requestHead(
  method: "GET" | "POST",
  path: string,
  fields: readonly Field[],
  bodyBytes: number,
): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "Host: localhost",
    "Connection: close",
    `Content-Length: ${bodyBytes}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
