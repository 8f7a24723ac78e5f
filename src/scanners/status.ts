// How a scanner fares in this process, as plain data. Asked for by the daemon
// and by `qsift scanners`.

import type { CacheCounters } from "./digest-cache.ts";
import type { EndpointStatus } from "./endpoints.ts";
import type { Counters, ReadyScanner } from "./ready-scanner.ts";

export interface ScannerStatus extends Counters {
  readonly name: string;
  /** Empty for scanners without addresses. */
  readonly endpoints: readonly EndpointStatus[];
  /** Of scanners that keep what was said of contents. */
  readonly cache?: CacheCounters;
}

export function scannerStatus(ready: ReadyScanner): ScannerStatus {
  const { name, endpoints, cache } = ready.scanner;
  return {
    name,
    ...ready.counters,
    endpoints: endpoints?.status() ?? [],
    ...(cache && {
      cache: {
        entries: cache.entries,
        hits: cache.hits,
        misses: cache.misses,
      },
    }),
  };
}
