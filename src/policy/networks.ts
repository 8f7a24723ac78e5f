// Lists of client networks (RFC 4632, RFC 4291 2.3): `192.0.2.0/24`,
// `2001:db8::/32`, or one address. Called by choose.ts and match.ts with
// TCPREMOTEIP, and by the configuration's reader to check what was written.
// An IPv4 client that came in over an IPv6 socket (`::ffff:192.0.2.1`) is in
// the IPv4 network.

import { BlockList, isIP } from "node:net";

const compiled = new WeakMap<readonly string[], BlockList>();

export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null;
}

/** False for a client whose address is unknown or unreadable. */
export function inNetworks(
  networks: readonly string[],
  ip: string | null,
): boolean {
  if (ip === null) return false;
  // A link-local address may carry a zone (RFC 4007 11): `fe80::1%eth0`.
  const address = ip.split("%", 1)[0] ?? "";
  const version = isIP(address);
  if (version === 0) return false;
  let list = compiled.get(networks);
  if (list === undefined) {
    list = new BlockList();
    for (const text of networks) {
      const network = parseNetwork(text);
      if (network !== null)
        list.addSubnet(network.address, network.bits, network.family);
    }
    compiled.set(networks, list);
  }
  return list.check(address, version === 4 ? "ipv4" : "ipv6");
}

function parseNetwork(
  text: string,
): { address: string; bits: number; family: "ipv4" | "ipv6" } | null {
  const [address = "", bits, ...more] = text.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0 || more.length > 0) return null;
  const most = version === 4 ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return null;
  const count = bits === undefined ? most : Number(bits);
  if (count > most) return null;
  return { address, bits: count, family: version === 4 ? "ipv4" : "ipv6" };
}
