// A message as a part of an mbox (RFC 4155, its "mboxrd" kind): a line
// `From SENDER DATE`, then the message, in which every line that begins with
// any number of ">" and then "From " gets one ">" more, so that undoing it is
// exact; an empty line at the end.

import type { EntryHead } from "../quarantine/entry.ts";

const marker = Buffer.from("From ");
const newline = 0x0a;
const bracket = 0x3e;

export function* mboxPieces(
  head: EntryHead,
  message: Iterable<Uint8Array>,
): Generator<Uint8Array> {
  yield Buffer.from(fromLine(head), "latin1");
  yield* quote(message);
}

/** asctime, as readers of mbox expect it: `Sun Nov 22 00:45:12 2026`. */
function fromLine({ envelope, receivedAt }: EntryHead): string {
  // The sender is anybody's: what could be read as something else is "?".
  const sender = Buffer.from(envelope.sender)
    .toString("latin1")
    .replace(/[^!-~]/g, "?")
    .slice(0, 300);
  const [day = "", date = "", month = "", year = "", time = ""] = new Date(
    receivedAt,
  )
    .toUTCString()
    .replace(",", "")
    .split(" ");
  return `From ${sender === "" ? "MAILER-DAEMON" : sender} ${day} ${month} ${date} ${time} ${year}\n`;
}

/** Where another ">" stands among those that are there makes no difference, so it goes right before "From ". */
function* quote(message: Iterable<Uint8Array>): Generator<Uint8Array> {
  let isStart = true;
  /** Bytes of the marker that have been seen at a line's start, and not passed on. */
  let matched = 0;
  let last = newline;
  for (const piece of message) {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (isStart && byte === marker[matched]) {
        if (matched === 0) {
          yield piece.subarray(from, at);
        }
        matched += 1;
        from = at + 1;
        if (matched < marker.length) continue;
        yield Buffer.from(">From ");
        matched = 0;
        isStart = false;
        continue;
      }
      if (matched > 0) {
        yield marker.subarray(0, matched);
        matched = 0;
        isStart = byte === newline;
        continue;
      }
      isStart = byte === newline || (isStart && byte === bracket);
    }
    yield piece.subarray(from);
    last = piece.at(-1) ?? last;
  }
  if (matched > 0) yield marker.subarray(0, matched);
  yield Buffer.from(last === newline ? "\n" : "\n\n");
}
