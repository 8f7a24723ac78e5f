// Apart from sandbox.ts, so that whoever ran out of time before it was loaded
// need not load what runs threads.

import type { Finding } from "../../verdict.ts";

/** Says why a message was not opened, `expansion-ms` or `sandbox-died`, so that nothing passes for clean. */
export function unopened(name: string): Finding {
  return { source: "sandbox", kind: "limit", name, part: 0, score: null };
}
