// The scanners that ask over a stream, each with what its fake says when all is
// well: for the table of faults and whatever else holds for all of them.

import type { Socket } from "node:net";
import { clamd } from "../../src/scanners/clamd.ts";
import { dcc } from "../../src/scanners/dcc.ts";
import { icap } from "../../src/scanners/icap.ts";
import { rspamd } from "../../src/scanners/rspamd.ts";
import type { Scanner } from "../../src/scanners/scanner.ts";
import { spamd } from "../../src/scanners/spamd.ts";
import {
  clamdCleanReply,
  clamdVersionReply,
  serveClamd,
} from "../fakes/scanner-clamd.ts";
import {
  dccCleanReply,
  dccReply,
  serveDccifd,
} from "../fakes/scanner-dccifd.ts";
import { icapCleanReply, icapReply, serveIcap } from "../fakes/scanner-icap.ts";
import {
  httpReply,
  rspamdClean,
  rspamdCleanReply,
  serveRspamd,
} from "../fakes/scanner-rspamd.ts";
import {
  serveSpamd,
  spamdCleanReply,
  symbolsReply,
} from "../fakes/scanner-spamd.ts";

export interface Protocol {
  readonly scanner: Scanner;
  readonly right: Buffer;
  /** A reply that is well-formed too, and what is to be in its verdict. */
  readonly hit: string;
  readonly found: object;
  readonly serve: (socket: Socket, answer: () => void) => void;
}

export const protocols: readonly Protocol[] = [
  {
    scanner: clamd,
    right: Buffer.from(clamdCleanReply),
    hit: `${clamdVersionReply}2: stream: Evil FOUND\0`,
    found: { findings: [{ kind: "virus", name: "Evil" }] },
    serve: serveClamd,
  },
  {
    scanner: spamd,
    right: Buffer.from(spamdCleanReply),
    hit: symbolsReply("True ; 15.5 / 5.0", "EVIL"),
    found: { findings: [{ kind: "spam", name: "EVIL" }], score: 15.5 },
    serve: serveSpamd,
  },
  {
    scanner: rspamd,
    right: Buffer.from(rspamdCleanReply),
    hit: httpReply(
      JSON.stringify({ ...rspamdClean, score: 20.5, action: "reject" }),
    ),
    // Of 15 that it wants, made into of 5.
    found: { score: 6.833 },
    serve: serveRspamd,
  },
  {
    scanner: icap,
    right: Buffer.from(icapCleanReply),
    hit: icapReply(
      "X-Infection-Found: Type=0; Resolution=2; Threat=Evil;\r\n",
      "HTTP/1.1 403 Forbidden\r\n\r\n",
      "page",
    ),
    found: { findings: [{ kind: "virus", name: "Evil" }] },
    serve: serveIcap,
  },
  {
    scanner: dcc,
    right: Buffer.from(dccCleanReply),
    hit: dccReply("Body=many"),
    found: { findings: [{ kind: "bulk", name: "DCC_CHECK" }] },
    serve: serveDccifd,
  },
];
