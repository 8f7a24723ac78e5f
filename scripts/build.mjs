// Builds dist/ (bundles) and bin/ (what people and qmail run).
//
// The files in bin/ record absolute paths of Node and of dist/: qmail starts
// them without PATH and with /var/qmail as working directory.

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const bin = join(root, "bin");

/** Ordinary mail: what it makes the door do is what the kept code is for. */
const sampleMessage = `Received: from mail.example.org (HELO mx.example.org) (192.0.2.25)
  by mail.example.test with SMTP; 22 Nov 2026 09:00:00 -0000
From: =?utf-8?q?Ann?= <ann@example.org>
Subject: =?utf-8?b?SGVsbG8=?=
X-Spam-Flag: YES
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_sample"

--=_sample
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Hello=2E
--=_sample
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64
Content-Disposition: inline; filename="hello.html"

PHA+SGVsbG8uPC9wPgo=
--=_sample--
`;

/** Program in dist/ by entry point. */
const programs = {
  daemon: "src/daemon/main.ts",
  "maildir-queue": "src/maildir-queue/main.ts",
  qsift: "src/cli/main.ts",
  "sandbox-worker": "src/extractors/sandbox/worker.ts",
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  minifySyntax: true,
  logLevel: "warning",
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(bin, { recursive: true });
await build({
  ...common,
  entryPoints: Object.entries(programs).map(([out, source]) => ({
    in: source,
    out,
  })),
  outdir: dist,
  splitting: true,
  format: "esm",
  // Bundled CommonJS packages ask for node: modules by require().
  banner: {
    js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
  },
});
// The regular expressions of rules: as large as the door, and seldom needed.
await build({
  ...common,
  entryPoints: [join(root, "node_modules/re2js")],
  outfile: join(dist, "re2js.cjs"),
  format: "cjs",
  minifyWhitespace: true,
});
// SPF, DKIM, DMARC and ARC: larger than the door, and off by default.
await build({
  ...common,
  entryPoints: [join(root, "src/scanners/auth-check.ts")],
  outfile: join(dist, "auth-check.cjs"),
  format: "cjs",
  minifyWhitespace: true,
});
// One CommonJS file, so that its machine code can be kept (load.cjs).
await build({
  ...common,
  entryPoints: [join(root, "src/queue-wrapper/main.ts")],
  outfile: join(dist, "door.cjs"),
  format: "cjs",
  minifyWhitespace: true,
  define: { "import.meta.dirname": "__dirname" },
  alias: { re2js: "./re2js.cjs" },
  external: ["./re2js.cjs"],
  // What load.cjs runs has require(), and no import().
  supported: { "dynamic-import": false },
  plugins: [
    {
      name: "auth-check is a file beside it",
      setup: ({ onResolve }) => {
        onResolve({ filter: /\/auth-check\.ts$/ }, () => ({
          path: "./auth-check.cjs",
          external: true,
        }));
      },
    },
  ],
});
copyFileSync(
  join(root, "src/queue-wrapper/load.cjs"),
  join(dist, "qmail-scanner-queue.cjs"),
);
makeDoorCache();

/** Lets the door judge a message, and keeps the code that it needed. */
function makeDoorCache() {
  const folder = mkdtempSync(join(tmpdir(), "qsift-build-"));
  try {
    const file = (name, text, mode = 0o644) => {
      writeFileSync(join(folder, name), text, { mode });
      return join(folder, name);
    };
    const message = openSync(file("message", sampleMessage), "r");
    const envelope = openSync(
      file("envelope", "Fa@example.org\0Tb@example.test\0\0"),
      "r",
    );
    const queue = file(
      "queue",
      "#!/bin/sh\nwhile read -r line; do :; done\nwhile read -r line; do :; done <&1\n",
      0o755,
    );
    const config = file(
      "config",
      "[scanners.clamd]\nenabled = false\n[scanners.spamd]\nenabled = false\n",
    );
    const { status } = spawnSync(
      process.execPath,
      [join(root, "scripts/make-door-cache.cjs")],
      {
        env: { QSIFT_CONFIG: config, QSIFT_QUEUE: queue },
        stdio: [message, envelope, "inherit"],
      },
    );
    if (status !== 0)
      throw new Error(
        `the door exited ${status} on the build's sample message`,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Absolute paths go into scripts; a quote in one would be a hole. */
function checked(path) {
  if (!/^[\w./+@:,=~ -]+$/.test(path))
    throw new Error(
      `cannot build: ${path} has a character that a shell script cannot hold`,
    );
  return path;
}

/** The words that start a program of dist/. */
function runs(name) {
  return `"${node}" "${checked(join(dist, `${name}.js`))}"`;
}

function install(name, text) {
  const path = join(bin, name);
  // Replaced by a new file: qmail may be starting the old one right now.
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o755 });
  chmodSync(path, 0o755);
}

const node = checked(process.execPath);
const launcher = readFileSync(
  join(root, "src/queue-wrapper/launcher.sh"),
  "utf8",
);
/** Filled in where they are used; comments tell of them by name. */
const paths = {
  "@NODE@": node,
  "@PROGRAM@": checked(join(dist, "qmail-scanner-queue.cjs")),
};
const door = launcher.replace(/^[^#\n].*/gm, (line) =>
  line.replace(/@(?:NODE|PROGRAM)@/g, (name) => paths[name]),
);
install("qmail-scanner-queue-ts", door);
install("qmail-scanner-queue", door);
for (const [name, before] of [
  ["maildir-queue", ""],
  // A program of its own, which commands need not load.
  [
    "qsift",
    `[ "\${1-}" != daemon ] || { shift; exec ${runs("daemon")} "$@"; }\n`,
  ],
])
  install(
    name,
    `#!/bin/sh\nunset NODE_OPTIONS NODE_PATH NODE_V8_COVERAGE NODE_REDIRECT_WARNINGS\n${before}exec ${runs(name)} "$@"\n`,
  );

console.log("built dist/ and bin/");
