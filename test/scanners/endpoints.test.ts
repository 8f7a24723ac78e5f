import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Endpoints } from "../../src/scanners/endpoints.ts";
import {
  commonDefaults,
  ScannerFailure,
  ScannerTimeout,
  type Address,
  type ScannerSettings,
} from "../../src/scanners/scanner.ts";
import { noDeadline } from "./subject.ts";

const address = (port: number): Address => ({
  kind: "tcp",
  host: "127.0.0.1",
  port,
});

function endpoints(settings: Partial<ScannerSettings> = {}): Endpoints {
  return new Endpoints({
    ...commonDefaults,
    enabled: true,
    addresses: [address(1), address(2)],
    retries: 0,
    ...settings,
  });
}

const failed = (text = "broken") => new ScannerFailure("failed", text);

/** Which ports were tried, in order, where those in `broken` fail. */
async function tried(
  from: Endpoints,
  broken: readonly number[],
  failure: Error = failed(),
): Promise<{ ports: number[]; error: unknown }> {
  const ports: number[] = [];
  const error = await from
    .use(noDeadline(), (at) => {
      const port = at.kind === "tcp" ? at.port : 0;
      ports.push(port);
      return broken.includes(port)
        ? Promise.reject(failure)
        : Promise.resolve(null);
    })
    .catch((reason: unknown) => reason);
  return { ports, error };
}

describe("addresses", () => {
  test("are tried in order until one answers", async () => {
    expect(await tried(endpoints(), [])).toEqual({ ports: [1], error: null });
    expect(await tried(endpoints(), [1])).toEqual({
      ports: [1, 2],
      error: null,
    });
  });

  test("are spread where that is wanted", async () => {
    const spread = endpoints({ spread: true });
    const first = [];
    for (let i = 0; i < 4; i += 1) first.push((await tried(spread, [])).ports);
    expect(first).toEqual([[1], [2], [1], [2]]);
  });

  test("that all fail are all named", async () => {
    const { error } = await tried(endpoints(), [1, 2]);
    expect(error).toMatchObject({
      reason: "failed",
      message: "broken, broken",
    });
  });

  test("where nothing listens anywhere are absent, and one other failure makes it failed", async () => {
    const absent = new ScannerFailure("absent", "none");
    expect((await tried(endpoints(), [1, 2], absent)).error).toMatchObject({
      reason: "absent",
    });
    expect((await tried(endpoints({ addresses: [] }), [])).error).toMatchObject(
      { reason: "absent", message: "no address to connect to" },
    );
  });

  test("are tried again as often as settings say", async () => {
    const { ports } = await tried(endpoints({ retries: 1 }), [1, 2]);
    expect(ports).toEqual([1, 2, 1, 2]);
  });

  test("what is the message's own fault is asked nowhere else", async () => {
    const own = new ScannerFailure("message", "too large");
    const { ports, error } = await tried(endpoints({ retries: 3 }), [1], own);
    expect(ports).toEqual([1]);
    expect(error).toBe(own);
  });

  test("an error that is no scanner's is asked nowhere else", async () => {
    const { ports } = await tried(endpoints(), [1], new TypeError("a bug"));
    expect(ports).toEqual([1]);
  });

  test("one that hangs leaves half of the time to the next", async () => {
    const started = performance.now();
    const used = await endpoints({ timeoutMs: 200 }).use(
      noDeadline(),
      (at, signal) =>
        at.kind === "tcp" && at.port === 2
          ? Promise.resolve(2)
          : new Promise<number>((_resolve, reject) => {
              signal.addEventListener("abort", () => {
                reject(signal.reason as Error);
              });
            }),
    );
    expect(used).toBe(2);
    expect(performance.now() - started).toBeGreaterThan(90);
    expect(performance.now() - started).toBeLessThan(190);
  });
});

describe("a breaker", () => {
  const breaking = { breakerFailures: 2, breakerMs: 50 };

  test("leaves an address alone after failures in a row, and probes it with one request", async () => {
    const all = endpoints(breaking);
    await tried(all, [1]);
    await tried(all, [1]);
    expect(all.status()[0]).toMatchObject({
      address: "tcp:127.0.0.1:1",
      breaker: "open",
      failures: 2,
      lastFailure: "broken",
    });
    expect((await tried(all, [])).ports).toEqual([2]);
    await sleep(60);
    const [probe, other] = await Promise.all([tried(all, []), tried(all, [])]);
    expect([probe.ports, other.ports]).toEqual([[1], [2]]);
    expect(all.status()[0]).toMatchObject({ breaker: "closed", failures: 0 });
  });

  test("whose probe fails stays open", async () => {
    const all = endpoints(breaking);
    await tried(all, [1]);
    await tried(all, [1]);
    await sleep(60);
    expect((await tried(all, [1])).ports).toEqual([1, 2]);
    expect((await tried(all, [])).ports).toEqual([2]);
  });

  test("that is open everywhere is a failure which says until when and why", async () => {
    const one = endpoints({ ...breaking, addresses: [address(1)] });
    await tried(one, [1]);
    await tried(one, [1]);
    const { ports, error } = await tried(one, []);
    expect(ports).toEqual([]);
    expect(error).toMatchObject({
      reason: "failed",
      message:
        "not asked for another 1 s after 2 failures (tcp:127.0.0.1:1), the last: broken",
    });
  });

  test.each<[string, Error]>([
    ["nothing that listens", new ScannerFailure("absent", "none")],
    ["the message's own fault", new ScannerFailure("message", "too large")],
  ])("does not count %s", async (_title, failure) => {
    const all = endpoints(breaking);
    for (let i = 0; i < 5; i += 1) await tried(all, [1, 2], failure);
    expect(all.status()[0]).toMatchObject({ breaker: "closed", failures: 0 });
  });

  test.each([
    ["does not count a wait that was given up", new Error("gone"), 0],
    ["counts the runner's time-out", new ScannerTimeout("time-out"), 2],
  ])("%s", async (_title, reason, failures) => {
    const one = endpoints({ ...breaking, addresses: [address(1)] });
    for (let i = 0; i < 2; i += 1) {
      const controller = new AbortController();
      const used = one.use(
        controller.signal,
        (_at, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              reject(signal.reason as Error);
            });
          }),
      );
      controller.abort(reason);
      await expect(used).rejects.toBe(reason);
    }
    expect(one.status()[0]?.failures).toBe(failures);
  });
});
