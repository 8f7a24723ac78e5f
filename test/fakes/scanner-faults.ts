// All that a scanner can do wrong once it has taken a connection, for any
// protocol: each entry is told the reply that would be right.

import type { Socket } from "node:net";
import { symbolsReply } from "./scanner-spamd.ts";
import { clamdVersionReply } from "./scanner-clamd.ts";
import { wrongDccReplies } from "./scanner-dccifd.ts";
import { wrongHttpReplies } from "./wrong-replies-http.ts";

export interface Fault {
  readonly name: string;
  /** At once, or when the request is there. */
  readonly at: "accept" | "request";
  act(socket: Socket, right: Buffer): void;
  /** What the verdict's reason must say; null: the scanner must cope. */
  readonly reason: RegExp | null;
}

/** What doesn't depend on what is said. */
export const behaviours: readonly Fault[] = [
  {
    name: "takes the connection and never reads or answers",
    at: "accept",
    act: (socket) => socket.pause(),
    reason: /^time-out after/,
  },
  {
    name: "closes before it reads",
    at: "accept",
    act: (socket) => socket.destroy(),
    reason: /^connection (closed|lost)/,
  },
  {
    name: "reads all and never answers",
    at: "request",
    act: () => undefined,
    reason: /^time-out after/,
  },
  {
    name: "closes without a reply",
    at: "request",
    act: (socket) => socket.end(),
    reason: /^connection closed/,
  },
  {
    name: "closes after half a reply",
    at: "request",
    act: (socket, right) => socket.end(right.subarray(0, right.length / 2)),
    reason: /^connection closed within a reply/,
  },
  {
    name: "stalls after half a reply",
    at: "request",
    act: (socket, right) => socket.write(right.subarray(0, right.length / 2)),
    reason: /^time-out after/,
  },
  {
    name: "is cut off before the last byte of its reply",
    at: "request",
    act: (socket, right) => socket.end(right.subarray(0, -1)),
    reason: /./,
  },
  {
    name: "resets the connection after its reply's first byte",
    at: "request",
    act: (socket, right) => {
      socket.write(right.subarray(0, 1), () => {
        socket.destroy();
      });
    },
    reason: /^(connection|reply)/,
  },
  {
    name: "replies in 1-byte pieces",
    at: "request",
    act: (socket, right) => {
      sendBytewise(socket, right);
    },
    reason: null,
  },
  {
    name: "sends without end",
    at: "request",
    act: (socket) => {
      sendWithoutEnd(socket, Buffer.alloc(64 * 1024, "A"));
    },
    reason: /^reply of more than 1048576 bytes/,
  },
  {
    name: "sends lines without end",
    at: "request",
    act: (socket) => {
      sendWithoutEnd(socket, Buffer.from("X: stream: OK\r\n".repeat(4000)));
    },
    reason: /^reply of more than 1048576 bytes/,
  },
  {
    name: "sends a byte now and then without end",
    at: "request",
    act: (socket) => {
      const timer = setInterval(() => socket.write("A"), 10);
      socket.once("close", () => {
        clearInterval(timer);
      });
    },
    reason: /^time-out after/,
  },
  {
    name: "adds something to the right reply",
    at: "request",
    act: (socket, right) =>
      socket.end(Buffer.concat([right, Buffer.from("2: stream: OK\0")])),
    reason: /expected/,
  },
  {
    name: "sends the right reply before it has read anything",
    at: "accept",
    act: (socket, right) => {
      socket.write(right, () => {
        socket.destroy();
      });
    },
    reason: /^(connection (closed|lost)|expected no reply)/,
  },
];

// Replies that are complete, and no verdict.
const wrongReplies: readonly string[] = [
  "\0",
  "\r\n\r\n",
  "\u0001\u0002\u00FF\u001B[31m\0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>stream: OK</html>\0",
  "<html><body>502 Bad Gateway</body></html>\r\n\0",
  "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<html>2: stream: OK</html>",
  "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<html></html>",
  "HTTP/1.1 204 No Content\r\n\r\n",
  "ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\nHTTP/1.1 200 OK\r\n\r\nd\r\n<html></html>\r\n0\r\n\r\n",
  // clamd
  "INSTREAM size limit exceeded. ERROR\0",
  `${clamdVersionReply}2: INSTREAM size limit exceeded. ERROR\0`,
  "COMMAND READ TIMED OUT\n",
  `${clamdVersionReply}COMMAND READ TIMED OUT\n`,
  "UNKNOWN COMMAND\0",
  "stream: OK\0",
  "ClamAV 1.4.6\0stream: OK\0",
  `${clamdVersionReply}stream: OK\0`,
  `${clamdVersionReply}2: stream: OK\n`,
  `${clamdVersionReply}2: stream: OK \0`,
  `${clamdVersionReply}2: stream: OKAY\0`,
  `${clamdVersionReply}2: stream:  FOUND\0`,
  `${clamdVersionReply}2: stream: A\nB FOUND\0`,
  `${clamdVersionReply}2: stream: Can't allocate memory ERROR\0`,
  `${clamdVersionReply}2: stream: OK ERROR\0`,
  `${clamdVersionReply}2: stream: Can't create new file ERROR\0`,
  `${clamdVersionReply}2: stream: Time limit reached ERROR\0`,
  `${clamdVersionReply}Error accepting connection: Too many open files\0`,
  `${clamdVersionReply}2: fd[11]: OK\0`,
  `${clamdVersionReply}3: stream: OK\0`,
  `${clamdVersionReply}1: stream: OK\0`,
  `${clamdVersionReply}${clamdVersionReply}2: stream: OK\0`,
  `2: stream: Evil FOUND\0` + `2: stream: OK\0${clamdVersionReply}`,
  `${clamdVersionReply}-2: stream: OK\0`,
  "1: stream: OK\0" + "2: stream: OK\0",
  "2: stream: OK\0",
  "2: ClamAV 1.4.6\0" + "1: stream: OK\0",
  // spamd
  "SPAMD/1.0 75 EX_TEMPFAIL\r\n",
  "SPAMD/1.0 75 EX_TEMPFAIL\r\nContent-length: 0\r\nSpam: False ; 0.0 / 5.0\r\n\r\n",
  "SPAMD/1.0 76 Bad header line: (Content-Length mismatch: Expected 656 bytes, got 606 bytes)\r\n",
  "SPAMD/1.0 79 Timeout: (2 second socket timeout reading input from client)\r\n",
  "SPAMD/1.1 00 EX_OK\r\nContent-length: 0\r\nSpam: False ; 0.0 / 5.0\r\n\r\n",
  "SPAMD/1.1 0 EX_OK\r\n",
  "SPAMD/1.1 0 EX_OK\r\n\r\n",
  "SPAMD/1.1 0 EX_OK\nContent-length: 0\nSpam: False ; 0.0 / 5.0\n\n",
  "SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.0 / 5.0\r\n\r\n",
  "SPAMD/1.1 0 EX_OK\r\nContent-length: 1\r\nSpam: False ; 0.0 / 5.0\r\n\r\n",
  "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; 0.0 / 5.0\r\n\r\nA_RULE",
  "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nContent-length: 0\r\nSpam: False ; 0.0 / 5.0\r\n\r\n",
  "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; 0.0 / 5.0\r\nSpam: True ; 9.0 / 5.0\r\n\r\n",
  "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nno field\r\nSpam: False ; 0.0 / 5.0\r\n\r\n",
  // The line that counts stands in the body, where a message could have put it.
  "SPAMD/1.1 0 EX_OK\r\nContent-length: 25\r\n\r\nSpam: False ; 0.0 / 5.0\r\n",
  ...[
    "False ; NaN / 5.0",
    "False ; nan / 5.0",
    "False ; 1e400 / 5.0",
    "False ; Infinity / 5.0",
    "False ; 0x10 / 5.0",
    "False ; 99999999999 / 5.0",
    "False ;  / 5.0",
    "False ; - / 5.0",
    "False ; 1,3 / 5.0",
    "False ; 1.3",
    "False",
    "Maybe ; 1.3 / 5.0",
    "",
  ].map((spam) => symbolsReply(spam, "A_RULE")),
  symbolsReply("False ; 1.3 / 5.0", "A_RULE,TIME_LIMIT_EXCEEDED"),
  // rspamd, icap
  ...wrongHttpReplies,
  ...wrongDccReplies,
];

export const faults: readonly Fault[] = [
  ...behaviours,
  ...wrongReplies.map((reply): Fault => ({
    name: `replies ${JSON.stringify(reply).slice(0, 120)}`,
    at: "request",
    act: (socket) => socket.end(Buffer.from(reply, "latin1")),
    reason: /./,
  })),
];

function sendBytewise(socket: Socket, bytes: Buffer): void {
  socket.setNoDelay(true);
  let at = 0;
  const next = (): void => {
    if (at >= bytes.length) socket.end();
    else
      socket.write(bytes.subarray(at, (at += 1)), () => {
        setImmediate(next);
      });
  };
  next();
}

function sendWithoutEnd(socket: Socket, bytes: Buffer): void {
  // Not after an error: such a write fails at once, and nothing else would
  // have its turn any more.
  const next = (error?: Error | null): void => {
    if (!error && !socket.destroyed) socket.write(bytes, next);
  };
  next();
}
