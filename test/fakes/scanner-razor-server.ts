// A Razor 2 server on loopback for the real agents: catalogue, nomination and
// discovery in one. It speaks SIS: lines of key=value pairs joined by "&", a
// batch begins with "-" and ends with a line ".".
//
// The agent reads each answer with one read of 1024 bytes, so each goes out in
// one write.

import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";

/** `partial`: answers one query less than it was asked. */
export type RazorMode =
  "normal" | "silent" | "closing" | "garbage" | "nonsense" | "err" | "partial";

export interface FakeRazor {
  /** The agent's folder, set up so that it asks nobody but this server. */
  readonly home: string;
  mode: RazorMode;
  /** Signatures that are listed, as `engine signature`. */
  readonly listed: Set<string>;
  /** Connections open now. */
  open(): number;
  stop(): Promise<void>;
}

export async function startRazor(folder: string): Promise<FakeRazor> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    converse(socket, fake);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const fake: FakeRazor = {
    home: await makeHome(folder, port),
    mode: "normal",
    listed: new Set(),
    open: () => sockets.size,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return fake;
}

/** Discovery is off, and would lead here again if it were forced. */
async function makeHome(folder: string, port: number): Promise<string> {
  const home = join(folder, "home");
  await mkdir(home);
  const forYears = 315_360_000;
  await writeFile(
    join(home, "razor-agent.conf"),
    [
      "debuglevel = 3",
      `logfile = ${join(folder, "agent.log")}`,
      "turn_off_discovery = 1",
      "razordiscovery = 127.0.0.1",
      `rediscovery_wait = ${forYears}`,
      `rediscovery_wait_dns = ${forYears}`,
      "min_cf = ac",
      "logic_method = 4",
      "whitelist = razor-whitelist",
      "",
    ].join("\n"),
  );
  // The agent drops the first entry, and looks for others if only one is left.
  for (const list of ["catalogue", "nomination", "discovery"])
    await writeFile(
      join(home, `servers.${list}.lst`),
      `127.0.0.1:${port}\n`.repeat(3),
    );
  // What it would ask the server for if the greeting had a higher srl.
  await writeFile(
    join(home, "server.127.0.0.1.conf"),
    "ac = 50\nbql = 4\nbqs = 128\ndre = 4\nep4 = 7542-10\nlogic_method = 4\nse = C8\nsrl = 1\nzone = razor2.example.test\n",
  );
  await writeFile(join(home, "identity"), "pass = test\nuser = test\n");
  await chmod(join(home, "identity"), 0o600);
  return home;
}

function converse(socket: Socket, fake: FakeRazor): void {
  if (fake.mode === "silent") return;
  if (fake.mode === "closing") {
    socket.destroy();
    return;
  }
  const greeting =
    fake.mode === "garbage"
      ? "\u0001\u0002garbage"
      : "sn=C&srl=1&ep4=7542-10&a=l&a=cg";
  socket.write(`${greeting}\r\n`);
  let pending = "";
  socket.on("data", (chunk: Buffer) => {
    pending += chunk.toString("latin1");
    for (;;) {
      const [, request] =
        /^(-(?:.|\r\n)*?\r\n\.\r\n|[^-].*\r\n)/.exec(pending) ?? [];
      if (request === undefined) return;
      pending = pending.slice(request.length);
      const reply = answer(request, fake);
      if (reply === null) socket.end();
      else if (reply !== "") socket.write(reply, "latin1");
    }
  });
}

/** Null: the agent has said good-bye; empty: it expects no answer. */
function answer(request: string, fake: FakeRazor): string | null {
  const lines = request
    .replace(/^-/, "")
    .replace(/\.\r\n$/, "")
    .trim();
  const [first = "", ...rest] = lines.split("\r\n");
  if (first === "a=q") return null;
  if (first.startsWith("cn=")) return "";
  if (!request.startsWith("-")) return `${one(first, fake)}\r\n`;
  // `a=c&e=4&s=?` is a form that each further line fills in.
  const open = [...first.matchAll(/(\w+)=\?/g)].map(([, key = ""]) => key);
  const queries =
    open.length === 0
      ? [first, ...rest]
      : rest.map((line) =>
          line
            .split(",")
            .reduce(
              (form, value, i) =>
                form.replace(`${open[i] ?? ""}=?`, `${open[i] ?? ""}=${value}`),
              first,
            ),
        );
  const replies = queries.map((query) => one(query, fake));
  if (fake.mode === "partial") replies.pop();
  return `-${replies.map((reply) => `${reply}\r\n`).join("")}.\r\n`;
}

function one(query: string, { mode, listed }: FakeRazor): string {
  if (mode === "err") return "err=210";
  if (mode === "nonsense") return "stream: OK";
  const values = new Map(
    query.split("&").map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
    }),
  );
  const key = `${values.get("e") ?? ""} ${values.get("s") ?? ""}`;
  switch (values.get("a") ?? "") {
    case "c":
      return listed.has(key) ? "p=1&cf=100" : "p=0";
    case "r":
      listed.add(key);
      return "res=1";
    case "revoke":
      listed.delete(key);
      return "res=1";
    case "ai":
      return "achal=00112233445566778899";
    case "auth":
      return "res=1";
    default:
      return "err=200";
  }
}
