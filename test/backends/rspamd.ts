// A private rspamd for tests: its own rules, but nothing that asks the network
// or another daemon. A scanning worker on a unix socket and a loopback port, a
// controller that learns into files, and a marker rule with a known score.

import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultLimits } from "../../src/limits.ts";
import { parseAddress } from "../../src/scanners/address.ts";
import { rspamd } from "../../src/scanners/rspamd.ts";
import { unusedPort } from "../fakes/scanner-server.ts";
import { findProgram, startDaemon, type Daemon } from "./daemon.ts";
import { startResolver } from "./nxdomain.ts";

/** In a body: symbol QSIFT_TEST_MARKER, score 30; rspamd's own threshold is 15. */
export const spamMarker = "QSIFT-TEST-SPAM-MARKER";
/** In a body: rspamd wants the message later (`soft reject`). */
export const laterMarker = "QSIFT-TEST-LATER-MARKER";
/** Of its own; what takes longer gets the score of the rules that had their turn. */
export const taskTimeoutS = 3;
export const password = "not a secret";

export interface PrivateRspamd extends Daemon {
  /** Of the scanning worker, as in the configuration: unix:/path and tcp:host:port. */
  readonly addresses: readonly [unix: string, tcp: string];
  readonly controller: string;
}

// Modules that ask DNS, the web, redis, or keep a state of their own.
const switchedOff =
  "rbl surbl spf dkim dkim_signing dmarc arc asn fuzzy_check phishing " +
  "url_redirector greylist ratelimit history_redis neural reputation replies " +
  "mx_check rspamd_update bimi elastic clickhouse metric_exporter " +
  "metadata_exporter redis whitelist external_services milter_headers multimap";

export function isInstalled(): boolean {
  return findProgram("rspamd") !== null;
}

/** `clamdSocket`: what its antivirus module asks. */
export async function startRspamd(
  directory: string,
  clamdSocket: string,
): Promise<PrivateRspamd> {
  const program = findProgram("rspamd");
  if (program === null) throw new Error("rspamd is not installed");
  const resolver = await startResolver();
  const socket = join(directory, "rspamd.sock");
  const [tcp, controller] = [await freePort(), await freePort()];
  const files: Record<string, string> = {
    // The real list has 10,000 suffixes and takes ten seconds to compile.
    "tld.dat": "com\nnet\norg\nexample\ntest\n",
    "local.d/options.inc": `
      dns { nameserver = ["127.0.0.1:${resolver.port}"]; timeout = 0.2s; retransmits = 1; }
      local_addrs = [127.0.0.0/8];
      control_socket = "${directory}/control.sock mode=0600";
      filters = "chartable,regexp";
      url_tld = "${directory}/tld.dat";
      task_timeout = ${taskTimeoutS}s;`,
    "local.d/logging.inc": `type = "console"; level = "notice";`,
    "override.d/worker-normal.inc": `
      bind_socket = "127.0.0.1:${tcp}";
      bind_socket = "${socket} mode=0666";
      count = 1;`,
    "override.d/worker-controller.inc": `
      bind_socket = "127.0.0.1:${controller}";
      password = "${password}"; secure_ip = "192.0.2.1"; count = 1;`,
    "override.d/worker-proxy.inc": "enabled = false; count = 0;",
    "override.d/worker-fuzzy.inc": "enabled = false; count = 0;",
    "override.d/statistic.conf": `
      classifier "bayes" {
        tokenizer { name = "osb"; }
        cache { type = "sqlite3"; file = "${directory}/db/cache.sqlite"; }
        backend = "sqlite3"; min_tokens = 1; min_learns = 1;
        statfile { symbol = "BAYES_HAM"; spam = false; path = "${directory}/db/ham.sqlite"; }
        statfile { symbol = "BAYES_SPAM"; spam = true; path = "${directory}/db/spam.sqlite"; }
      }`,
    "local.d/antivirus.conf": `
      clamav { type = "clamav"; servers = "${clamdSocket}"; symbol = "CLAM_VIRUS";
        scan_mime_parts = false; timeout = 15.0; retransmits = 1; }`,
    "rspamd.local.lua": `
      rspamd_config.QSIFT_TEST_MARKER = {
        callback = function(task)
          return string.find(tostring(task:get_content()), "${spamMarker}", 1, true) ~= nil
        end, score = 30.0 }
      rspamd_config:register_symbol({ name = "QSIFT_TEST_LATER", type = "prefilter",
        callback = function(task)
          if string.find(tostring(task:get_content()), "${laterMarker}", 1, true) then
            task:set_pre_result("soft reject", "come back later")
          end
        end })`,
  };
  for (const module of switchedOff.split(" "))
    files[`override.d/${module}.conf`] = "enabled = false;";
  for (const folder of ["local.d", "override.d", "db"])
    await mkdir(join(directory, folder), { recursive: true });
  for (const [file, text] of Object.entries(files))
    await writeFile(join(directory, file), `${text}\n`);
  await chmod(directory, 0o755);

  const isRoot = process.getuid?.() === 0;
  const addresses = [`unix:${socket}`, `tcp:127.0.0.1:${tcp}`] as const;
  const scanner = rspamd.open(
    { ...rspamd.defaults, retries: 0, addresses: addresses.map(parseAddress) },
    defaultLimits,
  );
  const daemon = await startDaemon({
    command: [
      program,
      "--no-fork",
      "--config=/etc/rspamd/rspamd.conf",
      ...["LOCAL_CONFDIR", "RUNDIR", "LOGDIR"].map(
        (each) => `--var=${each}=${directory}`,
      ),
      `--var=DBDIR=${directory}/db`,
      `--pid=${directory}/rspamd.pid`,
      ...(isRoot ? ["--insecure", "--user=root", "--group=root"] : []),
    ],
    log: join(directory, "rspamd.log"),
    readyWithinMs: 45_000,
    isReady: () =>
      scanner.ping(AbortSignal.timeout(5000)).then(
        () => true,
        () => false,
      ),
  });
  return {
    ...daemon,
    addresses,
    controller: `tcp:127.0.0.1:${controller}`,
    stop: async () => {
      await daemon.stop();
      await resolver.stop();
    },
  };
}

async function freePort(): Promise<number> {
  const address = await unusedPort();
  if (address.kind !== "tcp") throw new Error("expected a port");
  return address.port;
}
