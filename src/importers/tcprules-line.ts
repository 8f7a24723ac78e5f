// One line of a tcprules file (tcprules(1)): an address, a colon, `allow` or
// `deny`, and variables whose quotes may be any character. Called by tcprules.ts.
//
//   10.:allow,RELAYCLIENT="",QMAILQUEUE="/var/qmail/bin/qmail-scanner-queue.pl"
//
// The address of an IPv6 rule has colons too, so the first `:allow` or `:deny`
// ends it. One character of the text is one byte of the file.

export interface TcpVariable {
  readonly name: string;
  readonly value: string;
  /** Offset of the opening quote in the line. */
  readonly start: number;
  /** Offset after the closing quote. */
  readonly end: number;
}

export interface TcpRule {
  readonly address: string;
  readonly allows: boolean;
  readonly variables: readonly TcpVariable[];
}

/** Null for a line that tcprules would not take. */
export function parseTcpRule(line: string): TcpRule | null {
  const found = /:(allow|deny)(?=,|$)/.exec(line);
  if (found === null) return null;
  const variables: TcpVariable[] = [];
  let at = found.index + found[0].length;
  while (at < line.length) {
    if (line[at] !== ",") return null;
    const equals = line.indexOf("=", at);
    if (equals === -1) return null;
    const name = line.slice(at + 1, equals);
    const quote = line[equals + 1];
    if (quote === undefined || !/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name))
      return null;
    const close = line.indexOf(quote, equals + 2);
    if (close === -1) return null;
    variables.push({
      name,
      value: line.slice(equals + 2, close),
      start: equals + 1,
      end: close + 1,
    });
    at = close + 1;
  }
  return {
    address: line.slice(0, found.index),
    allows: found[1] === "allow",
    variables,
  };
}
