// What a message's log line tells about its envelope (docs/operating.md). Used
// by outcome-fields.ts for what was judged, and by the door for what was not.

import { short } from "./log-text.ts";
import type { Envelope } from "./mail.ts";
import { printableBytes } from "./printable.ts";

/** Bounded and printable. */
export function envelopeFields(
  envelope: Envelope,
): Readonly<Record<string, unknown>> {
  const [first] = envelope.recipients;
  return {
    sender: short(printableBytes(envelope.sender)),
    recipients: envelope.recipients.length,
    ...(first === undefined
      ? {}
      : { first_recipient: short(printableBytes(first)) }),
  };
}
