// What tells contents apart: `Part.sha256`. For expand.ts.

import { createHash } from "node:crypto";

/** SHA-256 in lower-case hex. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
