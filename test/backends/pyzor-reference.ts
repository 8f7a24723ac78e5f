// Digests by pyzor's reference client, for comparison: one Python process for
// many messages, as each start of it takes longer than a hundred digests.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

const python = "/usr/bin/python3";
const module = "/usr/lib/python3/dist-packages/pyzor/digest.py";

/** Debian's package. */
export function isReferenceInstalled(): boolean {
  return existsSync(python) && existsSync(module);
}

// Length of each message in decimal, line feed, message.
const program = `
import sys, email, pyzor.digest
read, say = sys.stdin.buffer, sys.stdout
while True:
    size = read.readline()
    if not size:
        break
    try:
        message = email.message_from_bytes(read.read(int(size)))
        say.write(pyzor.digest.DataDigester(message).value + "\\n")
    except BaseException as error:
        say.write("failed " + type(error).__name__ + "\\n")
`;

/** For each message 40 hexadecimal digits; null where the reference client fails. */
export async function referenceDigests(
  messages: readonly Uint8Array[],
): Promise<(string | null)[]> {
  const child = spawn(python, ["-I", "-c", program], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" },
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const exited = once(child, "close");
  for (const message of messages) {
    child.stdin.write(`${message.length}\n`);
    if (!child.stdin.write(message)) await once(child.stdin, "drain");
  }
  child.stdin.end();
  await exited;
  const lines = Buffer.concat(chunks).toString("latin1").trimEnd().split("\n");
  if (lines.length !== messages.length)
    throw new Error(
      `expected ${messages.length} digests, found ${lines.length}`,
    );
  return lines.map((line) => (/^[0-9a-f]{40}$/.test(line) ? line : null));
}
