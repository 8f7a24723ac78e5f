// How far a command that knows its work has come: `expiring  45 %  450/1000`
// on a terminal, a few times a second. Nothing is waited for.

import type { Io } from "./io.ts";

export interface ProgressBar {
  readonly show: (done: number, total: number) => void;
  /** Takes it away, for results. */
  readonly hide: () => Promise<void>;
}

const everyMs = 200;
/** Fewer are done before anybody wonders. */
const leastTotal = 100;
const width = 20;

export function openProgressBar(io: Io, verb: string): ProgressBar {
  let shownAt = -Infinity;
  let isShown = false;
  return {
    show: (done, total) => {
      if (!io.err.isTerminal || total < leastTotal) return;
      const now = performance.now();
      if (now - shownAt < everyMs) return;
      shownAt = now;
      isShown = true;
      const full = Math.floor((done / total) * width);
      const bar = "#".repeat(full).padEnd(width, ".");
      const percent = String(Math.floor((done / total) * 100)).padStart(3);
      void io.err.write(
        `\r\x1b[K${verb} [${bar}] ${percent} %  ${done}/${total}`,
      );
    },
    hide: async () => {
      if (!isShown) return;
      isShown = false;
      shownAt = -Infinity;
      await io.err.write("\r\x1b[K");
    },
  };
}
