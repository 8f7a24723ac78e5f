import { expect, test } from "vitest";

import { explainPermission } from "../../src/cli/explain-permission.ts";
import type { Io } from "../../src/cli/io.ts";
import { processIo } from "../../src/cli/process-io.ts";

const users = [
  { name: "root", uid: 0, gid: 0 },
  { name: "qmaild", uid: 50, gid: 51 },
];

function explain(
  tree: Readonly<Record<string, { uid: number; mode: number }>>,
  path: string,
  effectiveUid = 50,
): string {
  const error = Object.assign(new Error(`EACCES: ${path}`), {
    code: "EACCES",
    path,
  });
  const io: Io = { ...processIo(), effectiveUid: () => effectiveUid };
  const explained = explainPermission(
    // As quarantine/hold.ts wraps it.
    new Error("cannot", { cause: error }),
    "/q",
    io,
    { users, statOf: (name) => tree[name] ?? null },
  );
  return explained instanceof Error ? explained.message : "";
}

const mine = { uid: 50, mode: 0o40700 };
const roots = { uid: 0, mode: 0o40700 };

test("a folder that root made names its owner and the one it should have", () => {
  expect(explain({ "/q": mine, "/q/virus": roots }, "/q/virus/new")).toBe(
    "EACCES: /q/virus/new; /q/virus belongs to root (uid 0), it should belong to qmaild (uid 50), as /q does: chown -R 50 /q/virus",
  );
});

test("a file of ours in a folder of root's: the folder is to blame", () => {
  const tree = { "/q": mine, "/q/.releases": roots, "/q/.releases/x": mine };
  expect(explain(tree, "/q/.releases/x")).toContain(
    "/q/.releases belongs to root",
  );
});

test("another user is told who the owner is", () => {
  expect(explain({ "/q": mine }, "/q/virus/new", 1000)).toContain(
    "/q belongs to qmaild (uid 50), and this is uid 1000: run it as root",
  );
});

test("a closed folder above the quarantine is named", () => {
  expect(explain({ "/": roots }, "/q/virus/new")).toContain(
    "/ does not let qmaild (uid 50) in",
  );
});

test("where everything has the right owner the mode is named", () => {
  expect(explain({ "/q": { uid: 50, mode: 0o40500 } }, "/q/virus")).toContain(
    "/q has mode 0500",
  );
});

test("other errors stay what they are", () => {
  const error = Object.assign(new Error("x"), { code: "EIO", path: "/q" });
  expect(explainPermission(error, "/q", processIo())).toBe(error);
});
