// What dccifd and dccproc are told about a message; see the dialogue at the
// head of dcc.ts. Pure.

import type { Mail } from "../mail.ts";

export interface Asked {
  /** Looks up and counts nothing. */
  readonly isQuery: boolean;
  /** Tells the network that it is spam: the count becomes "many". */
  readonly isSpam: boolean;
}

/** All before the message. An envelope's bytes can be anything but NUL, and here a line end would begin another line. */
export function formatHead(
  asked: Asked,
  { peer, envelope }: Pick<Mail, "peer" | "envelope">,
): Buffer {
  const options = [
    "header",
    // Greylisting is not ours to do, and would only be answered with G.
    "grey-off",
    ...(asked.isQuery ? ["query"] : []),
    ...(asked.isSpam ? ["spam"] : []),
  ];
  // Without an address it looks at the first Received field.
  const client =
    peer.ip === null
      ? ""
      : peer.host === null
        ? oneLine(peer.ip)
        : `${oneLine(peer.ip)}\r${oneLine(peer.host)}`;
  return Buffer.from(
    `${[
      options.join(" "),
      client,
      oneLine(peer.helo ?? ""),
      oneLine(latin1(envelope.sender)),
      ...envelope.recipients.map(recipientLine),
      "",
    ].join("\n")}\n`,
    "latin1",
  );
}

/** Without the program's own name. */
export function dccprocArguments(
  asked: Asked,
  { peer, envelope }: Pick<Mail, "peer" | "envelope">,
): string[] {
  const sender = latin1(envelope.sender);
  // No recipient is no delivery, which dccifd takes for a query too.
  const targets = envelope.recipients.length;
  return [
    "-H",
    // What the counts mean is said here, not by the exit code.
    ...["-x", "0"],
    ...(peer.ip === null ? ["-R"] : ["-a", peer.ip]),
    ...(/^[!-~]{1,1000}$/.test(sender) ? ["-f", sender] : []),
    ...(asked.isSpam
      ? ["-t", "many"]
      : asked.isQuery || targets === 0
        ? ["-Q"]
        : ["-t", String(targets)]),
  ];
}

/** An empty line would end the list, and a null recipient ends the connection. */
function recipientLine(recipient: Uint8Array): string {
  const line = oneLine(latin1(recipient));
  return line === "" || line === "<>" ? "unknown" : line;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, "?");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
  );
}
