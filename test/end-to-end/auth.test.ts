// The door with the scanner `auth` and a name server of our own: what the
// delivered message says, and what is done about fields that say the same.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { undoEdits } from "../../src/mime/edits.ts";
import { startDns, type DnsServer } from "../backends/dns.ts";
import {
  makeFolder,
  offline,
  removeFolder,
  runDoor,
  type DoorResult,
  type DoorRun,
} from "./door.ts";

let dns: DnsServer;
beforeAll(async () => {
  dns = await startDns({
    "TXT example.org": ["v=spf1 ip4:192.0.2.7 -all"],
    "TXT _dmarc.example.org": ["v=DMARC1; p=reject"],
  });
});
afterAll(() => dns.close());

const folders: string[] = [];
async function run(options: DoorRun): Promise<DoorResult> {
  const result = await runDoor(options);
  folders.push(result.folder);
  return result;
}
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

const noOther = offline.replace("[scanners.auth]\nenabled = false\n", "");
const config = (more = ""): string =>
  `${noOther}[scanners.auth]\nenabled = true\nauthserv_id = "mx.example.test"\nnameservers = ["${dns.address}"]\ndns_timeout_s = 1\n${more}`;

const forged =
  "Authentication-Results: MX.example.test (ours);\n spf=pass smtp.mailfrom=bank.example\n";
const others = "Authentication-Results: relay.example; spf=fail\n";
const message = `Received: from mail.example.org (HELO mx.example.org) (192.0.2.7)\n  by mail.example.test with SMTP; 1 Nov 2026 10:00:00 -0000\n${forged}${others}From: a@example.org\nSubject: hello\n\nHello.\n`;

test("the delivered message says what came of it, and forged results are renamed", async () => {
  const { code, queued } = await run({ config: config(), message });
  expect(code).toBe(0);
  const [delivered] = queued;
  const text = delivered?.message.toString("latin1") ?? "";
  expect(text.replaceAll("\n\t", " ")).toContain(
    "\nAuthentication-Results: mx.example.test; spf=pass smtp.mailfrom=example.org; dkim=none; dmarc=pass (p=reject) header.from=example.org\nX-Qsift-Verdict: queue;",
  );
  expect(text).toContain(`\nX-Received-${forged}${others}`);
  expect(text).toMatch(/^X-Qsift-Verdict: .*auth=done/m);
  const undone = undoEdits(delivered?.message ?? Buffer.alloc(0));
  expect(Buffer.from(undone ?? []).toString("latin1")).toBe(message);
});

test("forged results are renamed where nothing was checked, too", async () => {
  const { queued } = await run({
    config: config("max_bytes = 10\n"),
    message,
  });
  const text = queued[0]?.message.toString("latin1") ?? "";
  expect(text).toContain(`\nX-Received-${forged}${others}`);
  expect(text).not.toMatch(/^Authentication-Results: mx/m);
});

test("without the scanner, they are the sender's own affair", async () => {
  const { queued } = await run({ config: offline, message });
  const text = queued[0]?.message.toString("latin1") ?? "";
  expect(text).toContain(`\n${forged}${others}`);
});

test("who does not use the scanner gets no field", async () => {
  const { queued } = await run({
    config: config('[[policy]]\nname = "default"\nscanners = ["builtin"]\n'),
    message,
  });
  const text = queued[0]?.message.toString("latin1") ?? "";
  expect(text).not.toMatch(/^Authentication-Results: mx/m);
});

test("a rule may refuse what the author's domain wants refused", async () => {
  const folder = makeFolder();
  const rules = join(folder, "dmarc.toml");
  writeFileSync(
    rules,
    '[[rule]]\nname = "dmarc"\nmatch = { finding = { kind = "auth", name = "dmarc-fail-reject" } }\naction = "reject"\n',
  );
  const refused = (from: string) =>
    run({
      folder,
      config: config(`[rules]\npaths = ["${rules}"]\n`),
      message: message.replace("From: a@example.org", `From: ${from}`),
      env: { TCPREMOTEIP: "198.51.100.7" },
    });
  expect((await refused("a@x.example.org")).code).toBe(31);
  expect((await refused("a@example.net")).code).toBe(0);
});

test("silent name servers hold nobody up for long", async () => {
  dns.moods = { "": "silent" };
  try {
    const { code, queued, ms } = await run({ config: config(), message });
    expect(code).toBe(0);
    expect(queued[0]?.message.toString("latin1")).toContain("spf=temperror");
    expect(ms).toBeLessThan(15_000);
  } finally {
    dns.moods = {};
  }
});

test("the door itself does not hold the library", () => {
  const dist = join(import.meta.dirname, "../../dist");
  const door = readFileSync(join(dist, "door.cjs"), "latin1");
  expect(door).toContain("./auth-check.cjs");
  expect(door).not.toContain("DkimVerifier");
});
