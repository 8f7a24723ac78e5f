// A sandbox worker whose expand() misbehaves as the message's first word says.
// Built by the tests; see worker-file.ts.

import { markAsUntransferable } from "node:worker_threads";
import type { Message, Part } from "../../../src/mail.ts";
import { serve } from "../../../src/extractors/sandbox/serve.ts";

serve(async (bytes, _limits, { passwords = [], onBug }) => {
  const text = Buffer.from(bytes).toString("latin1");
  const [word = ""] = text.split(" ");
  switch (word) {
    case "hang":
      for (;;);
    case "wait":
      await new Promise((resolve) => setTimeout(resolve, 50));
      break;
    case "exit":
      process.exit(3);
      break;
    case "throw":
      throw new Error("a bug in expand");
    case "late":
      // An exception that no promise carries.
      setTimeout(() => {
        throw new Error("out of the blue");
      }, 0);
      await new Promise(() => undefined);
      break;
    case "heap": {
      const kept: number[][] = [];
      for (;;) kept.push(new Array<number>(1 << 20).fill(0.5));
    }
    case "bug":
      onBug?.({ format: "box", place: "1", stack: passwords.join(" ") });
      break;
    case "print":
      process.stdout.write("printed by a library\n");
      process.stderr.write("printed by a library\n");
      break;
    default:
  }
  // As the memory of a wasm instance: it cannot be handed over.
  const pinned = new ArrayBuffer(2 * 65_536);
  markAsUntransferable(pinned);
  const large = new Uint8Array(1 << 20).fill(7);
  const part = (content: Uint8Array): Part => ({
    id: 0,
    parent: null,
    place: "",
    declaredType: null,
    otherTypes: [],
    detectedType: "text/plain",
    filename: null,
    otherFilenames: [],
    charset: null,
    size: content.length,
    sha256: "",
    content,
  });
  const contents = [
    bytes,
    bytes.subarray(2, 4),
    large,
    large.subarray(10, 20),
    Buffer.from("pooled"),
    new Uint8Array(0),
    text.startsWith("pinned") ? new Uint8Array(pinned) : Buffer.from("x"),
  ];
  return {
    header: [],
    parts: contents.map(part),
    findings: [],
  } satisfies Message;
});
