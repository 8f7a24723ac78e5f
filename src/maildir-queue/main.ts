// bin/maildir-queue: takes qmail-queue's place as a next hop (fd 0 message,
// fd 1 envelope, exit code) and delivers into the Maildir that QSIFT_MAILDIR
// names. For the demo, for tests, and for machines where all mail goes into
// one Maildir. It is no MTA: it does not route, bounce, expand aliases, or look
// at recipients except to write them down.
//
// Exit codes as contract.md has them: 0 delivered and durable; 11 address too
// long; 51 envelope too large; 53 write error; 54 message or envelope cut short; 61 no Maildir; 63
// no file in its tmp; 66 no file in its new; 81 bug; 91 envelope format. The
// cause of a failure stands on fd 2.

import "./exit-code.ts";

import { writeSync } from "node:fs";
import { hostname } from "node:os";
import { isAbsolute } from "node:path";

import { EnvelopeError } from "../qmail/envelope.ts";
import { deliver } from "./deliver.ts";
import { QueueFailure } from "./queue-failure.ts";

function main(): number {
  try {
    const maildir = process.env["QSIFT_MAILDIR"] ?? "";
    if (!isAbsolute(maildir))
      throw new QueueFailure(
        61,
        "QSIFT_MAILDIR should be the absolute path of a Maildir, it is " +
          (maildir === "" ? "not set" : JSON.stringify(maildir)),
      );
    deliver(maildir, uniqueName(), 0, 1);
    return 0;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return error instanceof QueueFailure || error instanceof EnvelopeError
      ? error.exitCode
      : 81;
  }
}

/** Time, process and host make it unique; "/" and ":" would break a Maildir name. */
function uniqueName(): string {
  const now = Date.now();
  const host = hostname().replaceAll("/", "\\057").replaceAll(":", "\\072");
  const nanoseconds = String(process.hrtime.bigint() % 1_000_000_000n);
  return `${Math.floor(now / 1000)}.N${nanoseconds}P${process.pid}.${host}`;
}

function complain(message: string): void {
  try {
    writeSync(2, `maildir-queue: ${message}\n`);
  } catch {
    // Nobody listens on fd 2; the exit code still tells.
  }
}

process.exitCode = main();
