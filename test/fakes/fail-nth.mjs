// Loaded into a program with `node --import`: makes its nth operation on files,
// processes or sockets fail, for the never-lost suite.
//   FAIL_NTH   which one, from 1
//   FAIL_CODE  error code, EIO by default
//   FAIL_MARK  a file that is made when it happened; its text names the operation

import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const nth = Number(process.env.FAIL_NTH ?? 0);
const code = process.env.FAIL_CODE ?? "EIO";
const mark = process.env.FAIL_MARK;
delete process.env.FAIL_NTH;
delete process.env.FAIL_CODE;
delete process.env.FAIL_MARK;
const writeMark = fs.writeFileSync.bind(fs);

let count = 0;
function strikes(operation) {
  count += 1;
  if (count !== nth) return false;
  writeMark(mark, operation);
  return true;
}

function failure(operation) {
  return Object.assign(new Error(`${code}: injected, ${operation}`), { code });
}

function failSync(owner, name) {
  const original = owner[name];
  owner[name] = function (...args) {
    if (strikes(name)) throw failure(name);
    return original.apply(this, args);
  };
}

function failPromise(owner, name) {
  const original = owner[name];
  owner[name] = async function (...args) {
    if (strikes(name)) throw failure(name);
    return original.apply(this, args);
  };
}

const operations = [
  "open",
  "read",
  "write",
  "fsync",
  "fdatasync",
  "rename",
  "link",
  "unlink",
  "mkdir",
  "readdir",
  "stat",
  "lstat",
  "fstat",
  "close",
  "chmod",
  "readFile",
  "writeFile",
];
for (const name of operations)
  if (typeof fs[`${name}Sync`] === "function") failSync(fs, `${name}Sync`);
for (const name of operations)
  if (typeof fs.promises[name] === "function") failPromise(fs.promises, name);
const handle = await fs.promises.open("/dev/null").catch(() => null);
if (handle !== null) {
  count = 0;
  const prototype = Object.getPrototypeOf(handle);
  for (const name of [
    "read",
    "write",
    "writev",
    "writeFile",
    "sync",
    "datasync",
    "close",
    "stat",
  ])
    failPromise(prototype, name);
}

const { spawn } = childProcess;
childProcess.spawn = function (...args) {
  if (strikes("spawn")) args[0] = "/nonexistent/injected";
  return spawn.apply(this, args);
};

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  if (strikes("connect")) {
    process.nextTick(() => this.destroy(failure("connect")));
    return this;
  }
  return connect.apply(this, args);
};

const { write } = net.Socket.prototype;
net.Socket.prototype.write = function (chunk, ...rest) {
  if (strikes("socket write")) {
    const callback = rest.find((arg) => typeof arg === "function");
    const error = failure("socket write");
    process.nextTick(() => callback?.(error));
    return false;
  }
  return write.call(this, chunk, ...rest);
};

syncBuiltinESMExports();
