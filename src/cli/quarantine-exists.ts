// Tells a quarantine that is not there from an empty one: a misspelt path
// would otherwise look like good news.

import { statSync } from "node:fs";

import { errorCode } from "../error-code.ts";

/** False only where there is nothing: a folder that can't be entered is there. */
export function quarantineExists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    return code !== "ENOENT" && code !== "ENOTDIR";
  }
}

export function describeMissing(path: string): string {
  return `there is no quarantine at ${path}: nothing was held yet, or quarantine.path of the configuration names another place`;
}
