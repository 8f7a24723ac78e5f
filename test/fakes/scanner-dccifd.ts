// A fake dccifd: takes one request up to the client's half-close, checks it as
// the real one does, and answers as it is told.

import type { Socket } from "node:net";

export interface DccRequest {
  readonly options: readonly string[];
  readonly client: string;
  readonly helo: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly message: Buffer;
}

const knownOptions = new Set(
  "header cksums body log spam query grey-off no-grey grey-query no-reject rcvd-nxt rcvd-next".split(
    " ",
  ),
);

/** `answer` is called with the whole request; one that the real dccifd would not take ends the connection. */
export function serveDccifd(
  socket: Socket,
  answer: (request: DccRequest) => void,
): void {
  const chunks: Buffer[] = [];
  socket.on("data", (data: Buffer) => chunks.push(data));
  socket.on("end", () => {
    const request = parse(Buffer.concat(chunks));
    if (request === null) socket.destroy();
    else answer(request);
  });
}

function parse(bytes: Buffer): DccRequest | null {
  const lines: string[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) return null;
    const line = bytes.toString("latin1", at, end);
    at = end + 1;
    if (lines.length >= 4 && line === "") break;
    lines.push(line);
  }
  const [first = "", client = "", helo = "", sender = "", ...recipients] =
    lines;
  const options = first.split(" ").filter((option) => option !== "");
  if (!options.every((option) => knownOptions.has(option))) return null;
  if (options.includes("spam") && options.includes("query")) return null;
  if (recipients.includes("<>")) return null;
  return {
    options,
    client,
    helo,
    sender,
    recipients,
    message: bytes.subarray(at),
  };
}

export function dccReply(
  metrics: string,
  recipients = 0,
  answer: "A" | "R" = "A",
): string {
  return `${answer}\n${answer.repeat(recipients)}\nX-DCC-Test-Metrics: host.example 1234; ${metrics}\n\n`;
}

export const dccCleanReply = dccReply("Body=1 Fuz1=1 Fuz2=1");

const field = "X-DCC-Test-Metrics: host.example 1234;";

/** Whole replies that are no answer about counts. */
export const wrongDccReplies: readonly string[] = [
  "T\n\n",
  `T\n\n${field} Body=1\n\n`,
  "A\n\n",
  "A\n\n\n",
  "A\n\n\n\n",
  "R\n\n\n",
  `G\n\n${field} Body=1\n\n`,
  `S\n\n${field} Body=1\n\n`,
  `A\nA\n${field} Body=1\n\n`,
  `A\nAAAAAAAA\n${field} Body=1\n\n`,
  `a\n\n${field} Body=1\n\n`,
  `A \n\n${field} Body=1\n\n`,
  `A\r\n\r\n${field} Body=1\r\n\r\n`,
  `${field} Body=1\n\n`,
  `A\n\n${field}\n\n`,
  `A\n\n${field} Fuz1=1 Fuz2=1\n\n`,
  `A\n\n${field} Body=1 Body=many\n\n`,
  `A\n\n${field} Body=1 Body=1\n\n`,
  ...["", "x", "-1", "1e3", "0x1", "MANY", "manyx", "9999999999", "1.5"].map(
    (value) => `A\n\n${field} Body=${value}\n\n`,
  ),
  `A\n\n${field} Body=1 Fuz1=few\n\n`,
  `A\n\n${field} Body=1 rep=many\n\n`,
  `A\n\n${field} Body=1 rep=5\n\n`,
  `A\n\n${field} Body=1 spam\n\n`,
  `A\n\n${field} Body=1\u001b[31m\n\n`,
  `A\n\nX-DCC-Test-Metrics: Body=1\n\n`,
  `A\n\nX-DCC-Test: host.example 1234; Body=1\n\n`,
  `A\n\nX-Spam: host.example 1234; Body=1\n\n`,
  `A\n\n${field} Body=1\n\nreported: 1\n`,
  `A\n\n${field} Body=1\nX-Other: y\n\n`,
];
