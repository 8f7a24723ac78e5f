import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  chmod,
  mkdtemp,
  readFile,
  realpath,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defaultProcessLimits } from "../../src/scanners/process-limits.ts";
import {
  describeEnd,
  runProgram,
  type Program,
  type ProgramEnd,
} from "../../src/scanners/process.ts";

let folder = "";

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "qsift-process-")));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A program of these lines of shell. */
async function script(lines: string): Promise<string> {
  const path = join(folder, "program.sh");
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  return path;
}

async function run(
  lines: string,
  rest: Partial<Program> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<ProgramEnd> {
  return runProgram(
    {
      path: await script(lines),
      args: [],
      folder,
      limits: defaultProcessLimits,
      replyBytes: 64 * 1024,
      ...rest,
    },
    signal,
  );
}

/** The number that the program wrote to `file` below the folder, once it is there. */
async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(join(folder, file), "latin1").catch(() => "");
    if (text.endsWith("\n")) return Number(text);
    await sleep(5);
  }
}

/** A dead process that nobody has waited for is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** True once it is gone, false after a second. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100 && isAlive(pid); i += 1) await sleep(10);
  return !isAlive(pid);
}

describe("a scanner's program", () => {
  test("gives its exit code and what it said", async () => {
    const end = await run("echo out; echo err >&2; exit 3");
    expect(end).toMatchObject({ exitCode: 3, signal: null, tookInput: true });
    expect(end.stdout.toString()).toBe("out\n");
    expect(end.stderr.toString()).toBe("err\n");
    expect(describeEnd(end)).toBe('exit code 3: "err"');
  });

  test("killed by a signal has no exit code", async () => {
    const end = await run("kill -SEGV $$");
    expect(end).toMatchObject({ exitCode: null, signal: "SIGSEGV" });
    expect(describeEnd(end)).toBe("killed by SIGSEGV");
  });

  test("gets its arguments as they are, its folder, and no environment but its own", async () => {
    const end = await run('printf "%s|" "$@"; pwd; env', {
      args: ["$(id)", "a b", "-x", "*"],
      home: "/nowhere",
    });
    const [first = "", ...env] = end.stdout.toString().trimEnd().split("\n");
    expect(first).toBe(`$(id)|a b|-x|*|${folder}`);
    expect(
      env.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line)).sort(),
    ).toEqual([
      "HOME=/nowhere",
      "LC_ALL=C",
      "PATH=/usr/local/bin:/usr/bin:/bin",
    ]);
  });

  test("reads its input to the end, and nothing where there is none", async () => {
    const input = Buffer.alloc(3_000_000, "x");
    const counted = await run("wc -c", { input });
    expect(counted.stdout.toString().trim()).toBe("3000000");
    expect(counted.tookInput).toBe(true);
    expect((await run("wc -c")).stdout.toString().trim()).toBe("0");
  });

  test("that ends before it has read all is told apart", async () => {
    const input = Buffer.alloc(3_000_000, "x");
    expect(await run("exit 0", { input })).toMatchObject({
      exitCode: 0,
      tookInput: false,
    });
  });

  test("that is not there is absent, that may not be run has failed", async () => {
    await expect(run("", { path: "/nowhere/x" })).rejects.toMatchObject({
      reason: "absent",
      message: "no such program (/nowhere/x)",
    });
    const plain = join(folder, "plain");
    await writeFile(plain, "");
    await expect(run("", { path: plain })).rejects.toMatchObject({
      reason: "failed",
      message: `cannot be run: EACCES (${plain})`,
    });
    await writeFile(plain, "#!/nowhere/interpreter\n", { mode: 0o755 });
    await chmod(plain, 0o755);
    await expect(run("", { path: plain })).rejects.toMatchObject({
      reason: "failed",
    });
    await expect(run("", { folder: "/nowhere" })).rejects.toMatchObject({
      reason: "failed",
    });
  });

  test.each([
    ["standard output", "while :; do echo 0123456789012345678901234567; done"],
    ["standard error", "while :; do echo 01234567890123456789012345 >&2; done"],
  ])("that writes to %s without end is killed", async (_title, lines) => {
    await expect(run(`echo $$ > pid\n${lines}`)).rejects.toThrow(
      /^said more than 65536 bytes/,
    );
    expect(isAlive(await pidIn("pid"))).toBe(false);
  });

  test("is killed within 100 ms with all of its group when the scan is given up", async () => {
    const controller = new AbortController();
    const running = run(
      "trap '' TERM INT HUP\nsleep 60 & echo $! > child\n(sleep 60; :) & echo $! > shell\nwait",
      { input: Buffer.alloc(3_000_000) },
      controller.signal,
    );
    const pids = [await pidIn("child"), await pidIn("shell")];
    const reason = new Error("given up");
    const started = performance.now();
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(100);
    for (const pid of pids) expect(await isGone(pid)).toBe(true);
  });

  test("is not even started for a scan that was given up before", async () => {
    await expect(
      run("touch started", {}, AbortSignal.abort(new Error("too late"))),
    ).rejects.toThrow("too late");
    await expect(readFile(join(folder, "started"))).rejects.toThrow("ENOENT");
  });

  test("leaves nobody of its group behind, and none of them holds us up", async () => {
    const end = await run("sleep 60 & echo $! > child\necho done");
    expect(end.exitCode).toBe(0);
    expect(end.stdout.toString()).toBe("done\n");
    expect(await isGone(await pidIn("child"))).toBe(true);
  });

  test("whose child has left the group and keeps the output open has failed, in time", async () => {
    const started = performance.now();
    await expect(
      run("echo OK\nsetsid sleep 60 & echo $! > child\nsleep 0.3"),
    ).rejects.toThrow(/^left a process that keeps its output open/);
    expect(performance.now() - started).toBeLessThan(5000);
    process.kill(await pidIn("child"), "SIGKILL");
  });

  test("can be given up while a child that has left keeps the output open", async () => {
    const controller = new AbortController();
    const running = run(
      "setsid sleep 60 & echo $! > child\nsleep 0.2",
      {},
      controller.signal,
    );
    const child = await pidIn("child");
    await sleep(500);
    const started = performance.now();
    controller.abort(new Error("given up"));
    await expect(running).rejects.toThrow("given up");
    expect(performance.now() - started).toBeLessThan(100);
    process.kill(child, "SIGKILL");
  });

  test("cannot use more than its limits", async () => {
    const limits = {
      memory_bytes: 1024 * 1024 * 1024,
      cpu_s: 7,
      file_bytes: 1024 * 1024,
      open_files: 64,
    };
    const end = await run(
      "cat /proc/self/limits; head -c 3000000 /dev/zero > big; wc -c < big",
      { limits },
    );
    const said = end.stdout.toString();
    expect(said).toMatch(/^Max address space +1073741824 +1073741824 /m);
    expect(said).toMatch(/^Max cpu time +7 +7 /m);
    expect(said).toMatch(/^Max open files +64 +64 /m);
    expect(said).toMatch(/^Max core file size +0 +0 /m);
    expect(said.trimEnd().endsWith("\n1048576")).toBe(true);
  });

  test("that cannot be given its limits has failed, whatever that exit code means elsewhere", async () => {
    const limits = { ...defaultProcessLimits, memory_bytes: NaN };
    await expect(run("exit 0", { limits })).rejects.toThrow(
      /^could not be run: "prlimit: /,
    );
  });

  test("dies with us when we are killed", async () => {
    const path = await script("echo $$ > pid\nexec sleep 60");
    const program = {
      path,
      args: [],
      folder,
      limits: defaultProcessLimits,
      replyBytes: 1000,
    };
    await build({
      entryPoints: [join(import.meta.dirname, "../../src/scanners/process.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: join(folder, "process.mjs"),
    });
    const main = join(folder, "main.mjs");
    await writeFile(
      main,
      `import { runProgram } from "./process.mjs";
      await runProgram(${JSON.stringify(program)}, new AbortController().signal);`,
    );
    const ours = spawn(process.execPath, [main], { stdio: "ignore" });
    const pid = await pidIn("pid");
    ours.kill("SIGKILL");
    await once(ours, "exit");
    const started = performance.now();
    expect(await isGone(pid)).toBe(true);
    expect(performance.now() - started).toBeLessThan(100);
  });
});
