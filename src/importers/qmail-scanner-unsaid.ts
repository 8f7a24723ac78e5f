// Options of qmail-scanner and of its st patch that make no difference here, and
// those that do but can't be said. Read by qmail-scanner-options.ts.

/** Why nothing is lost. */
export const needless: ReadonlyMap<string, string> = new Map([
  ["admin", "only notices name the administrator"],
  ["admin-description", "only notices name the administrator"],
  ["domain", "only notices name the host"],
  ["local-domains", "only notices ask who is local"],
  ["silent-viruses", "only notices need to know them"],
  ["lang", "only notices have a language"],
  ["log-details", "every message has one log line with all details"],
  ["log-crypto", "made only log lines"],
  ["debug", "the log needs no switch"],
  ["sa-debug", "the log needs no switch"],
  ["redundant", "every scanner gets the message and all that is in it"],
  ["unzip", "archives are always opened"],
  ["fix-mime", "what is malformed is found and never repaired"],
  ["mime-unpacker", "messages are opened without another program"],
  ["skip-text-msgs", "messages of text alone are scanned too"],
  ["sa-alt", "was about how SpamAssassin is run"],
  ["sa-fwd-verbose", "was about the form of a forwarded message"],
  ["dscr-hdrs-text", "header fields have their own names here"],
  ["qs-user", "the filter runs as the caller"],
  ["qs-group", "the filter runs as the caller"],
  ["qmaildir", "only queue names a place of qmail"],
  ["bindir", "only queue names a place of qmail"],
  ["spooldir", "[quarantine] path says where mail is held"],
  ["spamdir", "spam is held in folder spam"],
  ["setuidgid-path", "was for the installation"],
  ["skip-setuid-test", "was for the installation"],
  ["batch", "was for the installation"],
  ["install", "was for the installation"],
]);

/** Why it can't be said. With the value `no` nothing is lost. */
export const untranslatable: ReadonlyMap<string, string> = new Map([
  ["archive", "there is no archive of all mail yet"],
  ["sa-forward", "mail can't be sent to another address yet"],
  [
    "sa-delta",
    "what it does is not documented well enough to be translated; see the bands of spam",
  ],
  ["sa-report", "SpamAssassin's report is not put into the message"],
  [
    "settings-per-domain",
    "the form of settings_per_domain.txt is not known; write a [[policy]] with match.recipient for each domain",
  ],
]);
