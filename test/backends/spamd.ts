// A private spamd for tests: SpamAssassin's own rules, local tests only, on a
// unix socket. A marker rule gives a known score; a small plug-in sleeps on
// demand, to make spamd run into its own time limit.

import { defaultLimits } from "../../src/limits.ts";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { spamd } from "../../src/scanners/spamd.ts";
import { unusedPort } from "../fakes/scanner-server.ts";
import { findProgram, startDaemon, type Daemon } from "./daemon.ts";

/** In a body: rule QSIFT_TEST_MARKER, score 7.25. */
export const spamMarker = "QSIFT-TEST-SPAM-MARKER";
/** Field whose value is how many seconds spamd sleeps over the message. */
export const sleepField = "X-Qsift-Test-Sleep";

export interface PrivateSpamd extends Daemon {
  /** As in the configuration: unix:/path. */
  readonly address: string;
  /** Of its TLS, if it has it. */
  readonly port: number;
}

const user = "debian-spamd";
const preFiles = "/etc/spamassassin";

export function isInstalled(): boolean {
  return findProgram("spamd") !== null && existsSync(preFiles);
}

export interface SpamdOptions {
  /** spamd stops at this and answers with what it has; 300 is its own default. */
  readonly timeLimitSeconds?: number;
  /** --allow-tell, and a database of its own to learn into. */
  readonly learns?: boolean;
  /** Listens on a port of loopback too, with TLS: paths of PEM files. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

/** A certificate for `localhost` and 127.0.0.1 that signs itself, and its key. Null without openssl(1). */
export function makeCertificate(
  directory: string,
): { readonly key: string; readonly certificate: string } | null {
  if (findProgram("openssl") === null) return null;
  const key = join(directory, "key.pem");
  const certificate = join(directory, "certificate.pem");
  const given =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext subjectAltName=DNS:localhost,IP:127.0.0.1";
  const args = [...given.split(" "), "-keyout", key, "-out", certificate];
  execFileSync("openssl", args, { stdio: "ignore" });
  return { key, certificate };
}

export async function startSpamd(
  directory: string,
  { timeLimitSeconds = 300, learns = false, tls }: SpamdOptions = {},
): Promise<PrivateSpamd> {
  const program = findProgram("spamd");
  if (program === null) throw new Error("spamd is not installed");
  const socket = join(directory, "spamd.sock");
  const etc = join(directory, "etc");
  const home = join(directory, "home");
  await mkdir(etc, { recursive: true });
  await mkdir(home, { recursive: true });
  for (const file of await readdir(preFiles))
    if (file.endsWith(".pre"))
      await copyFile(join(preFiles, file), join(etc, file));
  await writeFile(join(etc, "sleep.pm"), sleepPlugin);
  await writeFile(
    join(etc, "zz-test.pre"),
    `loadplugin QsiftTestSleep ${join(etc, "sleep.pm")}\n`,
  );
  await writeFile(
    join(etc, "local.cf"),
    [
      "required_score 5.0",
      ...(learns ? bayes(join(home, "bayes")) : ["use_bayes 0"]),
      "use_pyzor 0",
      "use_razor2 0",
      "dns_available no",
      `time_limit ${timeLimitSeconds}`,
      `body QSIFT_TEST_MARKER /${spamMarker}/`,
      "score QSIFT_TEST_MARKER 7.25",
      "header QSIFT_TEST_SLEEP eval:qsift_test_sleep()",
      "score QSIFT_TEST_SLEEP 0.001",
      "priority QSIFT_TEST_SLEEP -100",
      "",
    ].join("\n"),
  );
  // Started as root, spamd becomes another user, who must get through here.
  const isRoot = process.getuid?.() === 0;
  await chmod(directory, 0o755);
  if (isRoot) execFileSync("chown", [user, home]);
  const scanner = spamd.open(
    {
      ...spamd.defaults,
      addresses: [{ kind: "unix", path: socket }],
    },
    defaultLimits,
  );
  const port = tls === undefined ? 0 : await freePort();
  const daemon = await startDaemon({
    command: [
      program,
      "--local",
      `--siteconfigpath=${etc}`,
      "--nouser-config",
      ...(isRoot ? [`--username=${user}`] : []),
      `--helper-home-dir=${home}`,
      `--listen=${socket}`,
      ...(learns ? ["--allow-tell"] : []),
      ...(tls === undefined
        ? []
        : [
            `--listen=ssl:127.0.0.1:${port}`,
            `--server-key=${tls.key}`,
            `--server-cert=${tls.certificate}`,
          ]),
      "--socketmode=0666",
      "--max-children=2",
      "--min-children=2",
      "--max-spare=2",
      "--syslog=stderr",
    ],
    log: join(directory, "spamd.log"),
    readyWithinMs: 45_000,
    isReady: () =>
      scanner.ping(AbortSignal.timeout(5000)).then(
        () => true,
        () => false,
      ),
  });
  return { ...daemon, address: `unix:${socket}`, port };
}

function bayes(path: string): string[] {
  return [
    "use_bayes 1",
    `bayes_path ${path}`,
    "bayes_auto_learn 0",
    // As many messages of each kind, and it judges by them.
    "bayes_min_ham_num 1",
    "bayes_min_spam_num 1",
    "lock_method flock",
  ];
}

async function freePort(): Promise<number> {
  const address = await unusedPort();
  return address.kind === "unix" ? 0 : address.port;
}

const sleepPlugin = `package QsiftTestSleep;
use strict; use warnings;
use Mail::SpamAssassin::Plugin;
our @ISA = ("Mail::SpamAssassin::Plugin");
sub new {
  my ($class, $main) = @_;
  my $self = $class->SUPER::new($main);
  bless $self, ref($class) || $class;
  $self->register_eval_rule("qsift_test_sleep");
  return $self;
}
sub qsift_test_sleep {
  my ($self, $status) = @_;
  my $seconds = $status->get("${sleepField}");
  sleep $1 if defined $seconds && $seconds =~ /(\\d+)/;
  return 0;
}
1;
`;
