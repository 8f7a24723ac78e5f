// The process that kill-run.ts kills: holds messages, releases some to a file
// that stands for qmail, deletes some, and says what is done on standard output
// as the door answers its client, only when it is. Ends when it is killed.

import { closeSync, openSync, writeSync } from "node:fs";

import { hold } from "../../src/quarantine/hold.ts";
import {
  beginRelease,
  endRelease,
  readRecords,
} from "../../src/quarantine/release.ts";
import { remove } from "../../src/quarantine/remove.ts";
import { locate } from "../../src/quarantine/store.ts";
import { messageOf } from "./kill-message.ts";
import { sampleEntry } from "./sample-entry.ts";

const [path = "", delivered = "", name = ""] = process.argv.slice(2);
void work();

async function work(): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `20261122-${String(n).padStart(6, "0")}-${name}`;
    const folder = n % 2 === 0 ? "virus" : "spam";
    await hold(path, sampleEntry({ id, folder, bytes: messageOf(id) }));
    say(`held ${id}`);
    if (n % 3 === 0) await release(id);
    if (n % 4 === 0) await removeOne(id);
  }
}

async function release(id: string): Promise<void> {
  const record = await beginRelease(path, id, false, Date.now());
  if (record === null) throw new Error(`${id} was begun already`);
  const file = openSync(delivered, "a", 0o600);
  writeSync(file, `${id}\n`);
  closeSync(file);
  await endRelease(record, Date.now());
  say(`released ${id}`);
}

async function removeOne(id: string): Promise<void> {
  const place = locate(path, id);
  if (place === null) throw new Error(`${id} is not there`);
  const records = await readRecords(path);
  // Said before: from here on it may be gone.
  say(`deleting ${id}`);
  const removal = await remove(path, place, {
    records,
    force: false,
    now: Date.now(),
  });
  if (removal !== "removed") throw new Error(`${id}: ${removal}`);
  say(`deleted ${id}`);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
