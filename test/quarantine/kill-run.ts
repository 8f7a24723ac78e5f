// Kills processes that hold, release and delete, two at a time in one
// quarantine, at random moments; and then asks whether what they had said is
// true. kill.test.ts does it 200 times, `npm run soak` 10,000 times.

import { build } from "esbuild";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { readRecords, releaseState } from "../../src/quarantine/release.ts";
import {
  list,
  read,
  readBytes,
  verifyBytes,
} from "../../src/quarantine/store.ts";
import { survey } from "../../src/quarantine/survey.ts";
import { messageOf } from "./kill-message.ts";

export interface KillRun {
  /** Of each kind of line, how many were said. */
  readonly said: Readonly<Record<string, number>>;
  /** Messages that were found whole though nobody had answered for them. */
  readonly unanswered: number;
}

/** Rounds that share a quarantine, so that what was left behind meets new work. */
const roundsAtOnce = 5;

/** Throws where something is not as it was said. `root`: of the repository. */
export async function killRun(
  root: string,
  kills: number,
  onKill: (done: number) => void = () => undefined,
): Promise<KillRun> {
  const folder = mkdtempSync(join(tmpdir(), "qsift-kill-"));
  const child = join(folder, "child.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["test/quarantine/kill-child.ts"],
    outfile: child,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
  const said: Record<string, number> = {};
  let unanswered = 0;
  try {
    for (let done = 0; done < kills;) {
      const place = mkdtempSync(join(folder, "q-"));
      const lines: string[] = [];
      for (let round = 0; round < roundsAtOnce && done < kills; round++) {
        const names = [`a${done}`, `b${done}`];
        const killed = names.map((name) => killOne(child, place, name));
        lines.push(...(await Promise.all(killed)).flat());
        done += names.length;
        spoilIndex(join(place, "q"), done);
        unanswered += await check(place, lines);
        onKill(done);
      }
      for (const line of lines) {
        const what = line.split(" ", 1)[0] ?? "";
        said[what] = (said[what] ?? 0) + 1;
      }
      rmSync(place, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { said, unanswered };
}

/** What it had said when it was killed. */
async function killOne(
  program: string,
  place: string,
  name: string,
): Promise<string[]> {
  const child: ChildProcess = spawn(
    process.execPath,
    [program, join(place, "q"), join(place, "delivered"), name],
    { stdio: ["ignore", "pipe", "inherit"], env: {} },
  );
  let text = "";
  const begun = new Promise<void>((resolve) => {
    child.stdout?.on("data", (piece: Buffer) => {
      text += piece.toString();
      resolve();
    });
  });
  const ended = once(child, "close");
  await Promise.race([begun, ended]);
  await sleep(Math.random() * 40);
  child.kill("SIGKILL");
  const [code] = (await ended) as [number | null];
  if (code !== null) throw new Error(`it ended by itself with ${code}`);
  return text.split("\n").filter((line) => line !== "");
}

/** As a full disk or a crash may leave it. */
function spoilIndex(path: string, n: number): void {
  const index = join(path, ".index");
  if (n % 3 !== 0 || !existsSync(index)) return;
  truncateSync(index, Math.floor(Math.random() * statSync(index).size));
}

/** Returns how many are held that nobody had answered for. */
async function check(place: string, lines: readonly string[]): Promise<number> {
  const path = join(place, "q");
  const has = (what: string, id: string): boolean =>
    lines.includes(`${what} ${id}`);
  const delivered = existsSync(join(place, "delivered"))
    ? readFileSync(join(place, "delivered"), "utf8").split("\n")
    : [];
  const files = [...list(path)];
  for (const file of files) {
    if (file.kind === "damaged")
      throw new Error(`${file.file} is damaged: ${file.reason}`);
    verifyBytes(file);
    if (!Buffer.concat([...readBytes(file)]).equals(messageOf(file.id)))
      throw new Error(`${file.id} is another message`);
  }
  const bySurvey = survey(path)
    .found.map(({ id }) => id)
    .sort();
  if (bySurvey.join() !== files.map(({ id }) => id).join())
    throw new Error("the index hides or invents a message");

  const records = await readRecords(path);
  for (const line of lines) {
    const [what = "", id = ""] = line.split(" ");
    const isThere = read(path, id) !== null;
    if (what === "held" && !isThere && !has("deleting", id))
      throw new Error(`${id} was answered for and is lost`);
    if (what === "deleted" && isThere) throw new Error(`${id} came back`);
  }
  for (const { id } of files) {
    const times = delivered.filter((one) => one === id).length;
    const { kind } = await releaseState(path, id, records);
    const isRight =
      kind === "releasing" || kind === "deleting"
        ? times <= 1
        : times === (kind === "released" ? 1 : 0);
    if (!isRight) throw new Error(`${id} is ${kind}, delivered ${times} times`);
    if (has("released", id) && times !== 1)
      throw new Error(`${id} was said to be released`);
  }
  return files.filter(({ id }) => !has("held", id)).length;
}
