// Lists of envelope addresses in policies and rules. Called by choose.ts and
// match.ts for up to 100,000 recipients a message, so a list becomes sets.
//
// `user@domain`  that address          `domain`   the domain and its sub-domains
// `@domain`      the domain alone      `user@`    that user, whatever the domain
// "" or `<>`     the null sender
//
// ASCII case is ignored, in the local part too: RFC 5321 2.4 would keep it, but
// qmail delivers to local users without regard to it, and a block list that a
// capital letter gets around is none. Other bytes are compared as they are.
// The domain begins after the last `@`, as qmail sees it. Extensions
// (`user-list@`, `user+list@`) are other users: what separates them differs
// from host to host.

/** Answers whether an address, as addressText gives it, is in the list. */
export type AddressList = (text: string) => boolean;

const compiled = new WeakMap<readonly string[], AddressList>();

export function addressList(patterns: readonly string[]): AddressList {
  let list = compiled.get(patterns);
  if (list === undefined) {
    list = compile(patterns);
    compiled.set(patterns, list);
  }
  return list;
}

function compile(patterns: readonly string[]): AddressList {
  const whole = new Set<string>();
  const users = new Set<string>();
  const domains = new Set<string>();
  const trees = new Set<string>();
  const treeLengths = new Set<number>();
  for (const pattern of patterns) {
    // The configuration is UTF-8, and so is an address by RFC 6531.
    const text = lowerAscii(Buffer.from(pattern, "utf8").toString("latin1"));
    const at = text.lastIndexOf("@");
    if (text === "" || text === "<>") whole.add("");
    else if (at === -1) {
      trees.add(text);
      treeLengths.add(text.length);
    } else if (at === 0) domains.add(text.slice(1));
    else if (at === text.length - 1) users.add(text.slice(0, at));
    else whole.add(text);
  }
  return (text) => {
    if (whole.has(text)) return true;
    if (text === "") return false;
    const at = text.lastIndexOf("@");
    if (users.has(at === -1 ? text : text.slice(0, at))) return true;
    if (at === -1) return false;
    if (domains.has(text.slice(at + 1))) return true;
    // By the lengths that occur, not by the dots: an address may have 1,000.
    for (const length of treeLengths) {
      const start = text.length - length;
      if (start <= at) continue;
      const before = text[start - 1];
      if ((before === "@" || before === ".") && trees.has(text.slice(start)))
        return true;
    }
    return false;
  };
}

/** An address ready to be looked for in many lists. */
export function addressText(address: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = address;
  // A dot or a blank at the end names the same domain, and must not hide it.
  return lowerAscii(
    Buffer.from(buffer, byteOffset, byteLength).toString("latin1"),
  ).replace(/[. \t]+$/, "");
}

/** Not toLowerCase: on bytes it would change half of a UTF-8 character. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}
