// The control socket: one JSON line in, one out. `{"ask":"scanners"}` gives
// how each scanner fares here, `{"ask":"stats"}` what the daemon has done.
// Asked by `qsift scanners`.

import type { Socket } from "node:net";
import { readyScanners } from "../judge.ts";
import { scannerStatus } from "../scanners/status.ts";
import type { Service } from "./conversation.ts";

const maxRequestBytes = 1000;
const patienceMs = 5000;

/** Never throws. */
export function control(socket: Socket, service: Service): void {
  let request = "";
  socket.setEncoding("utf8");
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on("data", (chunk: string) => {
    request += chunk;
    if (request.length > maxRequestBytes) socket.destroy();
    if (request.includes("\n"))
      socket.end(`${JSON.stringify(answer(request.trim(), service))}\n`);
  });
}

function answer(request: string, service: Service): unknown {
  const { config, gate, counts } = service;
  switch (request) {
    case '{"ask":"scanners"}':
      return { scanners: readyScanners(config).map(scannerStatus) };
    case '{"ask":"stats"}':
      return {
        uptimeMs: Date.now() - counts.startedAt,
        messages: counts.messages,
        busy: counts.busy,
        broken: counts.broken,
        outcomes: counts.outcomes,
        ...gate.state,
      };
    default:
      return { error: "unknown request" };
  }
}
