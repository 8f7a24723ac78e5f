// Addresses of scanners as they stand in the configuration: `unix:/path`,
// `/path`, `tcp:host:port`, `tcp:[::1]:port`, `udp:host:port`. Read by the
// configuration, written into verdicts and the log.
//
// No abstract sockets (Linux's names with a leading NUL): they know no
// permissions, so anybody could sit there first.

import { isIP } from "node:net";
import type { Address, ScannerSettings } from "./scanner.ts";

// sockaddr_un.sun_path has 108 bytes on Linux, with the final NUL (unix(7)).
const maxSocketPathBytes = 107;

/** Throws an Error that says what was expected and what was found. */
export function parseAddress(text: string): Address {
  if (text.startsWith("/")) return parsePath(text, text);
  if (text.startsWith("unix:")) return parsePath(text.slice(5), text);
  if (text.startsWith("tcp:")) return parseHostAndPort("tcp", text);
  if (text.startsWith("udp:")) return parseHostAndPort("udp", text);
  throw expected("unix:/path, tcp:host:port or udp:host:port", text);
}

export function formatAddress(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.kind}:${host}:${address.port}`;
}

/** A unix socket or a loopback address: nothing that leaves this machine. */
export function isLocal(address: Address): boolean {
  if (address.kind === "unix") return true;
  const { host } = address;
  return (
    host === "localhost" ||
    host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."))
  );
}

function parsePath(path: string, text: string): Address {
  if (!path.startsWith("/") || path.includes("\0"))
    throw expected("an absolute path after unix:", text);
  if (Buffer.byteLength(path) > maxSocketPathBytes)
    throw expected(
      `a socket path of at most ${maxSocketPathBytes} bytes`,
      text,
    );
  return { kind: "unix", path };
}

function parseHostAndPort(kind: "tcp" | "udp", text: string): Address {
  const rest = text.slice(kind.length + 1);
  const colon = rest.lastIndexOf(":");
  const portText = rest.slice(colon + 1);
  const port = Number(portText);
  if (colon < 1 || !/^\d{1,5}$/.test(portText) || port < 1 || port > 65535)
    throw expected(`${kind}:host:port with a port from 1 to 65535`, text);
  const host = rest.slice(0, colon);
  if (host.startsWith("[") && host.endsWith("]")) {
    const inner = host.slice(1, -1);
    if (isIP(inner) !== 6)
      throw expected("an IPv6 address between the brackets", text);
    return { kind, host: inner, port };
  }
  if (host.includes(":"))
    throw expected(`an IPv6 address in brackets, ${kind}:[::1]:port`, text);
  if (!/^[A-Za-z0-9._-]{1,253}$/.test(host))
    throw expected(
      `a host name or an address between ${kind}: and the port`,
      text,
    );
  return { kind, host: host.toLowerCase(), port };
}

function expected(what: string, found: string): Error {
  return new Error(`expected ${what}, found ${JSON.stringify(found)}`);
}

/** Those that a scanner may be asked at: with `enabled = "auto"` nothing beyond this machine is tried. */
export function usableAddresses(
  settings: Pick<ScannerSettings, "enabled" | "addresses">,
): readonly Address[] {
  return settings.enabled === "auto"
    ? settings.addresses.filter(isLocal)
    : settings.addresses;
}
