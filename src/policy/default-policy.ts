// What a policy does where the configuration says nothing. Used by the
// configuration's reader for every key that a [[policy]] leaves out, and whole
// where there is no configuration file.
//
// Refusing at 15 is three times the score at which SpamAssassin calls mail
// spam: what is refused there is refused while the sender still listens, and
// ordinary mail does not get so far. There is no quarantine band, because mail
// that is held and that nobody knows to look for is lost mail.

import type { Policy, SpamBands } from "./policy.ts";

export const defaultSpamBands: SpamBands = {
  tag: 5,
  quarantine: null,
  reject: 15,
};

export const defaultOn: Policy["on"] = {
  virus: "reject",
  spam: "tag",
  bulk: "tag",
  policy: "reject",
  macro: "tag",
  encrypted: "tag",
  malformed: "tag",
  unsupported: "tag",
  limit: "quarantine",
  auth: "queue",
};

/** What a password in the text opened was scanned; honest people send passwords that way too, so it gets what `encrypted` gets. */
export const defaultOnFinding: Policy["onFinding"] = {
  "password-in-message": "tag",
};

export const defaultPolicy: Policy = {
  name: "default",
  match: null,
  scanners: null,
  stopEarly: true,
  spam: defaultSpamBands,
  subjectTag: null,
  on: defaultOn,
  onFinding: defaultOnFinding,
};
