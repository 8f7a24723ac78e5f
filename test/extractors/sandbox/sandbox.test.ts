import { SandboxUnavailable } from "../../../src/extractors/sandbox/unavailable.ts";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  openSandbox,
  type Sandbox,
  type SandboxOptions,
} from "../../../src/extractors/sandbox/sandbox.ts";
import { defaultLimits } from "../../../src/limits.ts";
import type { Message } from "../../../src/mail.ts";
import { buildWorker, type WorkerFile } from "./worker-file.ts";

const never = new AbortController().signal;
let fake: WorkerFile;
let real: WorkerFile;
const open: Sandbox[] = [];

beforeAll(async () => {
  fake = await buildWorker("test/extractors/sandbox/fake-worker.ts");
  real = await buildWorker("src/extractors/sandbox/worker.ts");
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

afterAll(() => {
  fake.remove();
  real.remove();
});

function sandboxOf(options: Partial<SandboxOptions> = {}): Sandbox {
  const sandbox = openSandbox({
    workers: 1,
    limits: defaultLimits,
    workerFile: fake.path,
    ...options,
  });
  open.push(sandbox);
  return sandbox;
}

const quick = { ...defaultLimits, expansionMs: 3000 };
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

async function expanded(sandbox: Sandbox, bytes: Uint8Array): Promise<Message> {
  const result = await sandbox.expand(bytes, never);
  if (result.kind !== "expanded") throw new Error(result.finding.name);
  return result.message;
}

describe("a message through the sandbox", () => {
  test("comes back with parts that are views of the caller's own bytes", async () => {
    const message = bytesOf("plain text");
    const { parts } = await expanded(sandboxOf(), message);
    expect(parts[0]?.content.buffer).toBe(message.buffer);
    expect(Buffer.from(parts[1]?.content ?? []).toString()).toBe("ai");
    expect(parts[1]?.content.buffer).toBe(message.buffer);
    // The caller's bytes were not taken away.
    expect(Buffer.from(message).toString()).toBe("plain text");
  });

  test("that is a view into a larger buffer keeps its offsets", async () => {
    const message = bytesOf("....plain text").subarray(4);
    const { parts } = await expanded(sandboxOf(), message);
    expect(Buffer.from(parts[1]?.content ?? []).toString()).toBe("ai");
  });

  test("brings what failed in extractors, which were given the passwords", async () => {
    const sandbox = sandboxOf({ passwords: ["infected", "virus"] });
    expect(await sandbox.expand(bytesOf("bug"), never)).toMatchObject({
      bugs: [{ format: "box", place: "1", stack: "infected virus" }],
    });
    expect(await sandbox.expand(bytesOf("plain"), never)).toMatchObject({
      bugs: [],
    });
  });

  test("in shared memory is not copied", async () => {
    const message = new Uint8Array(new SharedArrayBuffer(10));
    message.set(bytesOf("plain text"));
    const { parts } = await expanded(sandboxOf(), message);
    expect(parts[1]?.content.buffer).toBe(message.buffer);
    expect(Buffer.from(parts[1]?.content ?? []).toString()).toBe("ai");
  });

  test("brings decoded parts once, however many share a buffer", async () => {
    const { parts } = await expanded(sandboxOf(), bytesOf("plain"));
    expect(parts[2]?.content.length).toBe(1 << 20);
    expect(parts[3]?.content.buffer).toBe(parts[2]?.content.buffer);
    expect([...(parts[3]?.content ?? [])]).toEqual(Array(10).fill(7));
    expect(Buffer.from(parts[4]?.content ?? []).toString()).toBe("pooled");
    expect(parts[5]?.content.length).toBe(0);
  });

  test("arrives even if a part is in memory that cannot be handed over", async () => {
    const { parts } = await expanded(sandboxOf(), bytesOf("pinned"));
    expect(parts[6]?.content.length).toBe(2 * 65_536);
    expect(parts[2]?.content[5]).toBe(7);
  });

  test("is opened by the real worker", async () => {
    const message = bytesOf(
      'Subject: two\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' +
        "--b\r\n\r\ntext\r\n--b\r\nContent-Transfer-Encoding: base64\r\n" +
        "Content-Disposition: attachment; filename=a.bin\r\n\r\nAAECAw==\r\n--b--\r\n",
    );
    const { header, parts, findings } = await expanded(
      sandboxOf({ workerFile: real.path }),
      message,
    );
    expect(header.map(({ name }) => name)).toEqual(["Subject", "Content-Type"]);
    expect(findings).toEqual([]);
    const file = parts.find(({ filename }) => filename === "a.bin");
    expect([...(file?.content ?? [])]).toEqual([0, 1, 2, 3]);
    const text = parts.find(({ size }) => size === 4 && file?.size === 4);
    expect(text?.content.buffer).toBe(message.buffer);
  });
});

describe("a worker that fails", () => {
  const message = (word: string) =>
    bytesOf(`${word} subject\nSubject: still here\n\nbody`);

  test.each([
    ["takes too long", "hang", "expansion-ms"],
    ["exits", "exit", "sandbox-died"],
    ["throws", "throw", "sandbox-died"],
    ["throws where nobody catches", "late", "sandbox-died"],
    ["runs out of memory", "heap", "sandbox-died"],
  ])("because it %s leaves a limit finding", async (_, word, name) => {
    const failures: Error[] = [];
    const sandbox = sandboxOf({
      limits: {
        ...(name === "expansion-ms" ? quick : defaultLimits),
        sandboxHeapBytes: 32 * 1024 * 1024,
      },
      onFailure: (cause) => failures.push(cause),
    });
    expect(await sandbox.expand(message(word), never)).toEqual({
      kind: "unopened",
      finding: {
        source: "sandbox",
        kind: "limit",
        name,
        part: 0,
        score: null,
      },
    });
    expect(failures).toHaveLength(name === "expansion-ms" ? 0 : 1);

    const next = await expanded(sandbox, bytesOf("plain text"));
    expect(next.findings).toEqual([]);
    expect(next.parts.length).toBeGreaterThan(1);
  });

  test("does not hold up those beside it or behind it", async () => {
    const sandbox = sandboxOf({ workers: 2, limits: quick });
    const results = await Promise.all(
      ["hang", "plain", "exit", "hang", "plain", "plain"].map((word) =>
        sandbox.expand(bytesOf(word), never),
      ),
    );
    expect(
      results.map((one) =>
        one.kind === "unopened" ? one.finding.name : undefined,
      ),
    ).toEqual([
      "expansion-ms",
      undefined,
      "sandbox-died",
      "expansion-ms",
      undefined,
      undefined,
    ]);
  });

  test("to start says so, and does not blame the message", async () => {
    const sandbox = sandboxOf({ workerFile: "/nonexistent/worker.js" });
    for (let i = 0; i < 3; i++)
      await expect(sandbox.expand(bytesOf("plain"), never)).rejects.toThrow(
        SandboxUnavailable,
      );
  });
});

describe("giving up", () => {
  test("in the middle rejects with the signal's reason and frees the worker", async () => {
    const sandbox = sandboxOf();
    const cancel = new AbortController();
    const hanging = sandbox.expand(bytesOf("hang"), cancel.signal);
    setTimeout(() => {
      cancel.abort(new Error("deadline"));
    }, 100);
    await expect(hanging).rejects.toThrow("deadline");
    const next = await expanded(sandbox, bytesOf("plain"));
    expect(next.findings).toEqual([]);
  });

  test("while waiting for a worker leaves the queue", async () => {
    const sandbox = sandboxOf();
    const first = sandbox.expand(bytesOf("wait"), never);
    const cancel = new AbortController();
    const second = sandbox.expand(bytesOf("hang"), cancel.signal);
    const third = sandbox.expand(bytesOf("plain"), never);
    cancel.abort(new Error("deadline"));
    await expect(second).rejects.toThrow("deadline");
    expect((await first).kind).toBe("expanded");
    expect((await third).kind).toBe("expanded");
  });

  test("before it began rejects at once", async () => {
    const signal = AbortSignal.abort(new Error("deadline"));
    await expect(sandboxOf().expand(bytesOf("hang"), signal)).rejects.toThrow(
      "deadline",
    );
  });

  test("by closing rejects what is under way and what waits", async () => {
    const sandbox = sandboxOf();
    const all = [bytesOf("hang"), bytesOf("hang")].map((bytes) =>
      expect(sandbox.expand(bytes, never)).rejects.toThrow("closed"),
    );
    await sandbox.close();
    await Promise.all(all);
    await expect(sandbox.expand(bytesOf("plain"), never)).rejects.toThrow(
      "closed",
    );
  });
});

describe("a process with a warm sandbox", () => {
  test("ends by itself, and nothing that a worker prints is seen", async () => {
    const module = await buildWorker("src/extractors/sandbox/sandbox.ts");
    const program = `
      import { openSandbox } from ${JSON.stringify(module.path)};
      const sandbox = openSandbox({
        workers: 2,
        limits: ${JSON.stringify(defaultLimits)},
        workerFile: ${JSON.stringify(fake.path)},
      });
      const { message } = await sandbox.expand(
        Buffer.from("print this"), new AbortController().signal);
      console.log(message.parts.length);`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", program],
      { encoding: "utf8", timeout: 20_000, cwd: join(import.meta.dirname) },
    );
    module.remove();
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: "7\n",
      stderr: "",
    });
  });
});
