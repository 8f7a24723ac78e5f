// What must be true of the Message of any bytes whatever. Returns sentences
// about what is not; none is right.

import { createHash } from "node:crypto";
import { defaultLimits, type Limits } from "../../src/limits.ts";
import type { Message } from "../../src/mail.ts";
import { printable } from "../../src/printable.ts";

/** Low, so that they are reached: an input costs milliseconds. */
export const fuzzLimits: Limits = {
  ...defaultLimits,
  parts: 200,
  findings: 100,
  depth: 8,
  expandedBytes: 16 << 20,
  partBytes: 4 << 20,
  expansionRatio: 20,
  expansionFreeBytes: 1 << 20,
  expansionMs: 10_000,
};

export function faultsOf(
  message: Message,
  bytes: Uint8Array,
  limits: Limits,
): string[] {
  const faults: string[] = [];
  const check = (isRight: boolean, fault: string) => {
    if (!isRight) faults.push(fault);
  };
  const { parts, findings, header } = message;
  const [whole] = parts;
  check(
    whole !== undefined &&
      whole.content.length === bytes.length &&
      whole.place === "" &&
      whole.parent === null &&
      Buffer.from(whole.content).equals(bytes),
    "part 0 is not the message",
  );
  check(parts.length <= limits.parts, `${parts.length} parts`);
  check(findings.length <= limits.findings, `${findings.length} findings`);
  check(header.length <= limits.headerFields, `${header.length} fields`);

  const places = new Set<string>();
  const buffers = new Map<ArrayBufferLike, number>();
  for (const [id, part] of parts.entries()) {
    const { place, filename, content } = part;
    const which = `part ${id}`;
    check(part.id === id, `${which} has the id ${part.id}`);
    check(
      part.parent === null ? id === 0 : part.parent >= 0 && part.parent < id,
      `${which} has the parent ${part.parent}`,
    );
    check(part.size === content.length, `${which} has another size`);
    check(
      part.size <= Math.max(limits.partBytes, bytes.length),
      `${which} is too large`,
    );
    check(
      part.sha256 === createHash("sha256").update(content).digest("hex"),
      `${which} has another digest`,
    );
    check(unescaped(place), `${which} has the place ${JSON.stringify(place)}`);
    check(
      places.size < places.add(place).size || !isMail(place),
      `${which} has the place of another, ${place}`,
    );
    for (const name of [filename, ...part.otherFilenames])
      check(
        name === null ||
          (name.length <= 255 && !/[\0-\x1F\x7F/\\\u202E]/.test(name)),
        `${which} has the name ${JSON.stringify(name)}`,
      );
    if (content.buffer !== whole?.content.buffer)
      buffers.set(
        content.buffer,
        Math.max(
          buffers.get(content.buffer) ?? 0,
          content.byteOffset + content.length,
        ),
      );
  }
  let decoded = 0;
  for (const size of buffers.values()) decoded += size;
  const allowed =
    limits.expansionFreeBytes + limits.expansionRatio * bytes.length;
  check(
    decoded <= allowed + 65_536,
    `${decoded} bytes decoded, ${allowed} allowed`,
  );

  for (const { source, name, part } of findings) {
    check(
      /^[a-z0-9][a-z0-9-]{0,80}$/.test(name),
      `a finding is named ${JSON.stringify(name)}`,
    );
    // An exception that an extractor did not see coming.
    check(!name.endsWith("-failed"), `${source}: ${name}`);
    check(source !== "sandbox", `the sandbox: ${name}`);
    check((part ?? 0) < parts.length, `${name} is about part ${part}`);
  }
  return faults;
}

/** Nothing left that must be escaped; the escapes themselves have backslashes. */
function unescaped(place: string): boolean {
  return printable(place.replaceAll("\\", "/")) === place.replaceAll("\\", "/");
}

/** A section number: unlike an archive's entries, no two sections have one place. */
function isMail(place: string): boolean {
  return /^[\d.]+$/.test(place);
}
