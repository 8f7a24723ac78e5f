// Messages that several suites send. Strings that a scanner would know are put
// together at run time.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const eicar = [
  "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-",
  "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
].join("");
export const gtube = [
  "XJS*C4JDBQADN1.NSBN3*2IDNEN*",
  "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X",
].join("");

const head = "From: ann@example.org\nTo: bob@example.test\nSubject: test\n\n";
export const plainMail = `${head}Hello.\n`;
export const eicarMail = `${head}${eicar}\n`;
export const gtubeMail = `${head}${gtube}\n`;

/** Contents of a Maildir's new/, oldest name first. */
export function deliveredTo(maildir: string): string[] {
  const folder = join(maildir, "new");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "latin1"));
}
