// Asks the daemon how its scanners fare, over its control socket: a line of
// JSON to it, a line back, a connection for each question.
//
//   C: {"ask":"scanners"}\n
//   S: {"scanners":[{"name":"clamd","done":12,"failed":0,"skipped":1,
//   S:  "joined":3,"lastMs":8.4,"endpoints":[{"address":"unix:/run/clamd",
//   S:  "breaker":"closed","failures":0,"lastFailure":null,"lastMs":8}]}]}\n

import { connect } from "node:net";
import * as v from "valibot";
import { errorCode } from "../error-code.ts";
import type { ScannerStatus } from "../scanners/status.ts";

export type DaemonStatus =
  | {
      readonly kind: "running";
      readonly uptimeMs: number;
      readonly scanners: readonly ScannerStatus[];
    }
  | { readonly kind: "absent" }
  /** The socket is its user's alone. */
  | { readonly kind: "forbidden" }
  | { readonly kind: "failed"; readonly reason: string };

export type AskDaemon = (path: string) => Promise<DaemonStatus>;

// It answers from memory.
const patienceMs = 2000;
const maxAnswerBytes = 4 * 1024 * 1024;

const numberOrNull = v.nullable(v.number());

const statuses = v.object({
  scanners: v.array(
    v.object({
      name: v.string(),
      done: v.number(),
      failed: v.number(),
      skipped: v.number(),
      joined: v.number(),
      lastMs: numberOrNull,
      cache: v.exactOptional(
        v.object({ entries: v.number(), hits: v.number(), misses: v.number() }),
      ),
      endpoints: v.array(
        v.object({
          address: v.string(),
          breaker: v.picklist(["closed", "open", "probing"]),
          failures: v.number(),
          lastFailure: v.nullable(v.string()),
          lastMs: numberOrNull,
        }),
      ),
    }),
  ),
});

const stats = v.object({ uptimeMs: v.number() });

/** Never rejects. `path`: of the control socket. */
export async function askDaemon(path: string): Promise<DaemonStatus> {
  try {
    const [scanners, own] = await Promise.all([
      ask(path, "scanners"),
      ask(path, "stats"),
    ]);
    return {
      kind: "running",
      uptimeMs: v.parse(stats, JSON.parse(own)).uptimeMs,
      scanners: v.parse(statuses, JSON.parse(scanners)).scanners,
    };
  } catch (error) {
    return describe(error);
  }
}

function ask(path: string, what: "scanners" | "stats"): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ path }, () => {
      socket.write(`${JSON.stringify({ ask: what })}\n`);
    });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer in ${patienceMs / 1000} s`));
    }, patienceMs);
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      if (answer.length > maxAnswerBytes)
        socket.destroy(new Error(`an answer over ${maxAnswerBytes} bytes`));
    });
    socket.on("error", reject);
    socket.on("end", () => {
      resolve(answer);
    });
    socket.on("close", () => {
      clearTimeout(timer);
      reject(new Error("no answer"));
    });
  });
}

function describe(error: unknown): DaemonStatus {
  const code = errorCode(error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ECONNREFUSED":
      return { kind: "absent" };
    case "EACCES":
    case "EPERM":
      return { kind: "forbidden" };
    case null:
    default:
      return {
        kind: "failed",
        reason:
          error instanceof SyntaxError || v.isValiError(error)
            ? "answer not understood: is the daemon of another version? Start it anew"
            : error instanceof Error
              ? error.message
              : String(error),
      };
  }
}
