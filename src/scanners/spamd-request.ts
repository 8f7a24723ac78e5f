// What spamd is sent; see the dialogues at the heads of spamd.ts and
// spamd-tell.ts.
//
// Names of header fields are case-sensitive to spamd, and a line that it can't
// read ends the request. Nothing of the mail stands in the head but, if that is
// wanted, an address of harmless characters.

import { promisify } from "node:util";
import type { Envelope } from "../mail.ts";

/** `["Set", "local"]`. */
export type SpamdField = readonly [name: string, value: string];

export interface SpamdRequest {
  readonly verb: "SYMBOLS" | "TELL";
  readonly fields: readonly SpamdField[];
  readonly message: Uint8Array;
  /** `Compress: zlib`. */
  readonly compress: boolean;
}

/** Head and body. */
export async function formatRequest(
  request: SpamdRequest,
): Promise<{ readonly head: Buffer; readonly body: Uint8Array }> {
  const { verb, fields, message, compress } = request;
  const body = compress ? await deflate(message) : message;
  const lines = [
    `${verb} SPAMC/1.5`,
    // Of what is sent, compressed or not.
    `Content-length: ${body.length}`,
    ...(compress ? ["Compress: zlib"] : []),
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ];
  return { head: Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body };
}

/**
 * Whose preferences count. The address is that of the only recipient, in lower
 * case, for preferences are kept under it and qmail delivers so; unless it has
 * characters that could mean something in a path or in an SQL or LDAP query.
 */
export function userFields(
  whose: "none" | "recipient",
  defaultUser: string | undefined,
  { recipients }: Envelope,
): readonly SpamdField[] {
  if (whose === "none") return [];
  const [only, another] = recipients;
  const address =
    only === undefined || another !== undefined
      ? ""
      : Buffer.from(only).toString("latin1").toLowerCase();
  if (isUser(address)) return [["User", address]];
  return defaultUser === undefined ? [] : [["User", defaultUser]];
}

/** One word of letters, digits and `.`, `_`, `+`, `=`, `@`, `-`, without `..`. */
export function isUser(text: string): boolean {
  return (
    /^[A-Za-z0-9_][A-Za-z0-9._+=@-]{0,319}$/.test(text) && !text.includes("..")
  );
}

async function deflate(bytes: Uint8Array): Promise<Buffer> {
  // Loaded when it is wanted: few want it, and the door starts for each message.
  const zlib = await import("node:zlib");
  return promisify<Uint8Array, Buffer>(zlib.deflate)(bytes);
}
