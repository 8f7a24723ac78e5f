// Teaches spamd, and reports through it (spamd/PROTOCOL, TELL); it must have
// been started with --allow-tell. Called by spamd.ts.
//
//   C: TELL SPAMC/1.5\r\n
//   C: Content-length: 1234\r\n
//   C: Message-class: spam\r\n Set: local\r\n \r\n <message>, half-close
//   S: SPAMD/1.1 0 EX_OK\r\n
//   S: DidSet: local\r\n
//   S: \r\n
//   S: \r\n
//
// The same once more has no DidSet, and neither has a message that it cannot
// learn (Bayes is off). What was learned can be forgotten, which tells them
// apart: Remove, then Set again.

import type { LearnAs } from "./scanner.ts";
import { ScannerFailure } from "./scanner.ts";
import type { TellReply } from "./spamd-reply.ts";
import type { SpamdField } from "./spamd-request.ts";

/** One TELL about the message, with these fields. */
export type Tell = (fields: readonly SpamdField[]) => Promise<TellReply>;

/** Into its own database. It forgets by itself what it had learned otherwise. */
export async function learnBySpamd(tell: Tell, as: LearnAs): Promise<void> {
  const set = [
    ["Message-class", as],
    ["Set", "local"],
  ] as const;
  if ((await tell(set)).didSet.includes("local")) return;
  await tell([
    ["Message-class", as],
    ["Remove", "local"],
  ]);
  if ((await tell(set)).didSet.includes("local")) return;
  throw nothingDone("learned");
}

/** To the networks that its plug-ins know, and into its own database. Ham: taken back there, and learned. */
export async function reportBySpamd(tell: Tell, as: LearnAs): Promise<void> {
  const { didSet, didRemove } = await tell(
    as === "spam"
      ? [
          ["Message-class", "spam"],
          ["Set", "local, remote"],
        ]
      : [
          ["Message-class", "ham"],
          ["Set", "local"],
          ["Remove", "remote"],
        ],
  );
  const did = as === "spam" ? didSet : didRemove;
  if (!did.includes("remote"))
    throw nothingDone(as === "spam" ? "reported" : "taken back");
}

/** As it would say a second time, and elsewhere. */
function nothingDone(what: string): ScannerFailure {
  return new ScannerFailure(
    "message",
    `expected spamd to say that it is ${what}, found no word of it`,
  );
}
