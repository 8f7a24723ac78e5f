// Known scanner programs, as `profile = "NAME"` of a `[commands.NAME]` table
// fills it in. Each with the documentation that its exit codes are from. Every
// one must also say in words what it found, or that it found nothing: whoever
// ends with 0 and without a word has judged nothing, and a loader that fails
// ends with 127, in which fpscan's bit for a virus is set.
//
// Only clamscan could be tested as it is; of the others, which are proprietary
// and mostly no longer sold, the documented answers.

import type { CommandProfile } from "./command-options.ts";

/** Exit codes in which one of these bits is set. */
function withBits(bits: number): number[] {
  return Array.from({ length: 256 }, (_, code) => code).filter(
    (code) => (code & bits) !== 0,
  );
}

// amavisd.conf has the same two lines for both programs.
const bitDefenderFound =
  "^(?:Infected files|Suspect files|Identified viruses)[ \\t]*:[ \\t]*0*[1-9]";
const bitDefenderNone = "^Infected files[ \\t]*:[ \\t]*0+[ \\t\\r]*$";

export const commandProfiles = {
  // clamscan(1), RETURN CODES: 0 no virus found, 1 virus(es) found, 2 some
  // error(s) occurred.
  //   /run/x/mail/0: Win.Test.EICAR_HDB-1 FOUND
  //   /run/x/mail/1: OK                          (or: Empty file)
  clamscan: {
    program: "/usr/bin/clamscan",
    arguments: ["--no-summary", "--stdout", "{folder}"],
    infected: { exit: [1], pattern: " FOUND$" },
    clean: { exit: [0], pattern: ": (?:OK|Empty file)$" },
    name_pattern: "^.*: (\\S+) FOUND$",
    version_arguments: ["--version"],
  },
  // bdscan(8) of BitDefender Antivirus Scanner for Unices: 0 nothing found, 1
  // infected, 254 the licence has expired, 255 an error. Without
  // --action=ignore it may disinfect.
  //   /run/x/mail/1  infected: EICAR-Test-File (not a virus)
  //   Infected files: 1
  bdscan: {
    program: "/opt/BitDefender-scanner/bin/bdscan",
    arguments: ["--action=ignore", "--no-list", "{folder}"],
    infected: { exit: [1], pattern: bitDefenderFound },
    clean: { exit: [0], pattern: bitDefenderNone },
    name_pattern: "(?:infected|suspected)[ \\t]*:[ \\t]*(\\S+)",
    version_arguments: ["--version"],
  },
  // bdc(1) of bitdefender-console: 0 nothing found, 1 found, all else is an
  // error of its own. Output as bdscan's, with `Infected files :1`.
  bdc: {
    program: "/opt/bdc/bdc",
    arguments: ["--arc", "--mail", "{folder}"],
    infected: { exit: [1], pattern: bitDefenderFound },
    clean: { exit: [0], pattern: bitDefenderNone },
    name_pattern: "(?:infected|suspected)[ \\t]*:[ \\t]*(\\S+)",
  },
  // fpscan(8), F-PROT Antivirus for UNIX 6, EXIT CODES (also: "F-PROT
  // Command-Line Scanner return codes", f-prot.com, fpwin_faq 310), bits: 1
  // infected, 2 suspicious, 4 interrupted, 8 files skipped for a limit, 16
  // error of the platform, 32 internal error, 64 could not be scanned
  // (encrypted, unknown compression), 128 disinfected.
  //   [Found virus] <EICAR_Test_File (exact)> 	/run/x/mail/1
  fpscan: {
    program: "/usr/local/bin/fpscan",
    arguments: ["--report", "--mount", "--adware", "{folder}"],
    infected: { exit: withBits(1 | 2), pattern: "^\\[Found " },
    partial: { exit: [8, 64, 8 | 64] },
    clean: { exit: [0], pattern: "^Infected objects:[ \\t]*0[ \\t\\r]*$" },
    name_pattern: "^\\[Found\\s+[^\\]]*\\]\\s+<([^ \\t(>]+)",
    version_arguments: ["--version"],
  },
  // f-prot(1), F-Prot Antivirus for UNIX 4, PROGRAM EXIT CODES: 0 nothing
  // found, 1 unrecoverable error, 2 self-test failed, 3 infected, 5 abnormal
  // end, 6 a virus was removed, 7 out of memory, 8 suspicious.
  //   /run/x/mail/1  Infection: EICAR_Test_File
  //   No viruses or suspicious files/boot sectors were found.
  "f-prot": {
    program: "/usr/local/bin/f-prot",
    arguments: ["-dumb", "-archive", "-packed", "{folder}"],
    infected: {
      exit: [3, 6, 8],
      pattern: "Infection:|security risk named|[Ss]uspicious file",
    },
    clean: { exit: [0], pattern: "^No viruses or suspicious files" },
    name_pattern: "(?:Infection:|security risk named)[ \\t]+(\\S+)",
    version_arguments: ["-verno"],
  },
  // Sophos Anti-Virus for Linux, configuration guide version 9, Appendix
  // "On-demand scan return codes", Extended return codes (-eec): 0 nothing, 8
  // survivable errors, 16 password-protected files, 20 and 24 threats, 28
  // threat in memory, 32 integrity check failed, 36 unsurvivable errors, 40
  // interrupted. Without -eec all errors are 2, an encrypted file as well.
  //   >>> Virus 'EICAR-AV-Test' found in file /run/x/mail/1
  //   No viruses were discovered.
  savscan: {
    program: "/opt/sophos-av/bin/savscan",
    arguments: [
      "-eec",
      "-nb",
      "-f",
      "-all",
      "-rec",
      "-sc",
      "-archive",
      "-cab",
      "-mime",
      "-oe",
      "-tnef",
      "{folder}",
    ],
    infected: { exit: [20, 24, 28], pattern: "^\\s*>>> " },
    partial: { exit: [8, 16] },
    clean: { exit: [0], pattern: "^No (?:viruses|threats) were discovered" },
    name_pattern: "^\\s*>>> (?:Virus|Threat) '([^']+)'",
    version_arguments: ["-v"],
  },
  // sweep(1), the same scanner's older name; return codes without -eec, which
  // its first versions lack: 0 nothing, 1 interrupted, 2 error, 3 found.
  sweep: {
    program: "/usr/local/bin/sweep",
    arguments: ["-nb", "-f", "-all", "-rec", "-sc", "-archive", "{folder}"],
    infected: { exit: [3], pattern: "^\\s*>>> " },
    clean: { exit: [0], pattern: "^No viruses were discovered" },
    name_pattern: "^\\s*>>> Virus '([^']+)'",
    version_arguments: ["-v"],
  },
  // ESET Server Security for Linux, user guide, On-demand scan, exit codes: 0
  // no threat, 1 found and cleaned, 10 some files could not be scanned, 50
  // found, 100 error. --readonly: nothing is cleaned. The daemon does the work.
  //   name="/run/x/mail/1", threat="Eicar test file", action="retained"
  odscan: {
    program: "/opt/eset/efs/bin/odscan",
    arguments: [
      "--scan",
      "--readonly",
      "--profile=@In-depth scan",
      "--show-scan-info",
      "{folder}",
    ],
    infected: { exit: [1, 50], pattern: 'threat="' },
    partial: { exit: [10] },
    clean: { exit: [0], pattern: "\\S" },
    name_pattern: 'threat="([^"]+)"',
    version_arguments: ["--version"],
  },
  // kavscanner(8), Kaspersky Anti-Virus 5.5 for Linux Mail Server: 0 nothing
  // found, 5 all disinfected, 10 password-protected archives, 15 corrupted
  // files, 20 suspicious, 21 like a known virus, 25 infected, 30 error of the
  // system, 50 and above: signatures, configuration, licence (64).
  //   /run/x/mail/1  INFECTED EICAR-Test-File
  //   /run/x/mail/0  OK
  kavscanner: {
    program: "/opt/kaspersky/kav4mailservers/bin/kavscanner",
    arguments: ["-i0", "-xn", "-R", "-ePASBME", "{folder}"],
    infected: {
      exit: [5, 20, 21, 25],
      pattern: "[ \\t](?:INFECTED|WARNING|SUSPICI)",
    },
    partial: { exit: [10, 15] },
    clean: { exit: [0], pattern: "[ \\t]OK[ \\t\\r]*$" },
    name_pattern: "(?:INFECTED|WARNING|SUSPICION|SUSPICIOUS)[ \\t]+(\\S+)",
    version_arguments: ["-v"],
  },
} as const satisfies Record<string, CommandProfile>;
