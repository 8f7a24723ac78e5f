// Loads at the start what a door loads only when it is needed. Node keeps a
// module that could not be read: one moment without descriptors would have
// every later message fail. Called by main.ts.

import type { Config } from "../config.ts";

export async function loadAll(config: Config): Promise<void> {
  await Promise.all([
    import("../extractors/sandbox/sandbox.ts"),
    import("../quarantine/hold.ts"),
    import("node:tls"),
    import("node:zlib"),
    config.scanners["auth"]?.enabled === false
      ? null
      : import("../scanners/auth-check.ts"),
  ]);
}
