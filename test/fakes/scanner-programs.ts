// What proprietary scanner programs print, by their documentation, and with
// which exit code: small shell scripts say it in their place. `FILE` stands for
// the file in which something was found.

import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { commandProfiles } from "../../src/scanners/command-profiles.ts";

export interface Said {
  readonly out: string;
  readonly exit: number;
}

export interface ProgramSample {
  readonly clean: Said;
  readonly infected: Said;
  /** The name in `infected`. */
  readonly virus: string;
  /** Not all could be scanned; null where the program has no such code. */
  readonly partial: Said | null;
  readonly error: Said;
  readonly licence: Said;
}

const bitDefender = (action: string, infected: string, found: number) =>
  `${action}Results:\nFolders: 0\nFiles: 1\nPacked: 0\n${infected}${found}\nSuspect files: 0\nWarnings: 0\nIdentified viruses: ${found}\nI/O errors: 0\n`;

const fpscan = (lines: string, found: number) =>
  `F-PROT Antivirus CLS version 6.7.10.6267, 32bit\n\n${lines}\nResults:\n\nFiles: 1\nSkipped files: 0\nObjects scanned: 1\nInfected objects: ${found}\nInfected files: ${found}\nFiles with errors: 0\nDisinfected: 0\n`;

export const programSamples: Record<
  keyof typeof commandProfiles,
  ProgramSample
> = {
  clamscan: {
    clean: { out: "/x/mail/0: OK\n/x/mail/1: Empty file\n", exit: 0 },
    infected: {
      out: "/x/mail/0: OK\nFILE: Win.Test.EICAR_HDB-1 FOUND\n",
      exit: 1,
    },
    virus: "Win.Test.EICAR_HDB-1",
    partial: null,
    error: { out: "WARNING: /x/mail/0: Can't access file\n", exit: 2 },
    licence: { out: "LibClamAV Error: cl_load(): No such file\n", exit: 2 },
  },
  bdscan: {
    clean: { out: bitDefender("", "Infected files: ", 0), exit: 0 },
    infected: {
      out: bitDefender(
        "FILE  infected: EICAR-Test-File (not a virus)\n\n",
        "Infected files: ",
        1,
      ),
      exit: 1,
    },
    virus: "EICAR-Test-File",
    partial: null,
    error: { out: "Error: core initialization failed\n", exit: 255 },
    licence: { out: "Your license has expired.\n", exit: 254 },
  },
  bdc: {
    clean: { out: bitDefender("", "Infected files :", 0), exit: 0 },
    infected: {
      out: bitDefender(
        "FILE  infected: EICAR-Test-File (not a virus)\n\n",
        "Infected files :",
        1,
      ),
      exit: 1,
    },
    virus: "EICAR-Test-File",
    partial: null,
    error: { out: "Error loading plugins\n", exit: 255 },
    licence: { out: "Your license has expired.\n", exit: 254 },
  },
  fpscan: {
    clean: { out: fpscan("", 0), exit: 0 },
    infected: {
      out: fpscan(
        "[Found virus] <EICAR_Test_File (exact, not a virus)> \tFILE\n",
        1,
      ),
      exit: 1,
    },
    virus: "EICAR_Test_File",
    partial: {
      out: fpscan("[Unscannable] <File is encrypted>\tFILE->a\n", 0),
      exit: 64,
    },
    error: { out: "Error: Could not open virus signature files\n", exit: 16 },
    licence: { out: "Error: license has expired\n", exit: 32 },
  },
  "f-prot": {
    clean: {
      out: "Results of virus scanning:\n\nFiles: 1\n\nNo viruses or suspicious files/boot sectors were found.\n",
      exit: 0,
    },
    infected: { out: "FILE  Infection: EICAR_Test_File\n", exit: 3 },
    virus: "EICAR_Test_File",
    partial: null,
    error: { out: "Error: cannot load virus signatures\n", exit: 1 },
    licence: { out: "The license has expired\n", exit: 5 },
  },
  savscan: {
    clean: {
      out: "SAVScan virus detection utility\n\n1 file scanned in 2 seconds.\nNo viruses were discovered.\nEnd of Scan.\n",
      exit: 0,
    },
    infected: {
      out: ">>> Virus 'EICAR-AV-Test' found in file FILE\n\n1 file scanned in 2 seconds.\n1 virus was discovered.\nEnd of Scan.\n",
      exit: 24,
    },
    virus: "EICAR-AV-Test",
    partial: {
      out: "Password protected file FILE\n\n1 file scanned in 2 seconds.\n1 error was encountered.\nNo viruses were discovered.\nEnd of Scan.\n",
      exit: 16,
    },
    error: { out: "Error initialising detection engine\n", exit: 36 },
    licence: { out: "Error: the virus data is out of date\n", exit: 36 },
  },
  sweep: {
    clean: {
      out: "SWEEP virus detection utility\n\nNo viruses were discovered.\nEnd of Sweep.\n",
      exit: 0,
    },
    infected: {
      out: ">>> Virus 'EICAR-AV-Test' found in file FILE\n1 virus was discovered.\nEnd of Sweep.\n",
      exit: 3,
    },
    virus: "EICAR-AV-Test",
    partial: null,
    error: {
      out: "Could not open FILE\nNo viruses were discovered.\n",
      exit: 2,
    },
    licence: { out: "Error initialising detection engine\n", exit: 2 },
  },
  odscan: {
    clean: {
      out: 'Scan started at: Mon 06 Jan 2025\nlog_name="000001"\n',
      exit: 0,
    },
    infected: {
      out: 'name="FILE", threat="Eicar", action="retained", info=""\n',
      exit: 50,
    },
    virus: "Eicar",
    partial: { out: 'name="FILE", info="password protected"\n', exit: 10 },
    error: { out: "Error: cannot connect to the daemon\n", exit: 100 },
    licence: { out: "Error: the product is not activated\n", exit: 100 },
  },
  kavscanner: {
    clean: { out: "[01/01/08 10:00:00 I] /x/mail/0 OK\n", exit: 0 },
    infected: { out: "FILE INFECTED EICAR-Test-File\n", exit: 25 },
    virus: "EICAR-Test-File",
    partial: { out: "FILE PROTECTED\n/x/mail/1 OK\n", exit: 10 },
    error: { out: "Failed to load the anti-virus bases\n", exit: 50 },
    licence: { out: "The key file has expired\n", exit: 64 },
  },
};

/** A shell script in the folder that prints and ends so. */
export async function writeProgram(
  folder: string,
  lines: string,
): Promise<string> {
  const path = join(folder, "program");
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  return path;
}

export function saying({ out, exit }: Said): string {
  return `cat <<'END_OF_OUTPUT'\n${out}END_OF_OUTPUT\nexit ${exit}`;
}
