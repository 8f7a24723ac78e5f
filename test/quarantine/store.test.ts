import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";

import { hold } from "../../src/quarantine/hold.ts";
import { DamagedEntry } from "../../src/quarantine/parse-head.ts";
import {
  list,
  read,
  readBytes,
  verifyBytes,
} from "../../src/quarantine/store.ts";
import { sampleEntry } from "./sample-entry.ts";

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "qsift-store-")), "a", "quarantine");
});
afterEach(() => {
  rmSync(join(path, "..", ".."), { recursive: true, force: true });
});

const id = sampleEntry().id;

function bytesOf(found: ReturnType<typeof read>): Buffer {
  if (found?.kind !== "entry")
    throw new Error(`no entry: ${found?.kind ?? "null"}`);
  verifyBytes(found);
  return Buffer.concat([...readBytes(found)]);
}

test("a held message is in new, private, with nothing left in tmp", async () => {
  expect(await hold(path, sampleEntry())).toBe(id);
  expect(readdirSync(join(path, "virus/new"))).toEqual([id]);
  expect(readdirSync(join(path, "virus/tmp"))).toEqual([]);
  expect(statSync(join(path, "virus/new", id)).mode & 0o777).toBe(0o600);
  for (const folder of [".", "virus", "virus/new", "virus/tmp", "virus/cur"])
    expect(statSync(join(path, folder)).mode & 0o777).toBe(0o700);
});

test("the received bytes stand unchanged at the end of the file", async () => {
  const bytes = Buffer.from(
    "X-Qsift-Message: follows\n\0\r\xffno last newline",
    "latin1",
  );
  await hold(path, sampleEntry({ bytes }));
  const file = readFileSync(join(path, "virus/new", id));
  expect(file.subarray(-bytes.length)).toEqual(bytes);
  expect(bytesOf(read(path, id))).toEqual(bytes);
});

test("whatever was received is read back exactly", async () => {
  let n = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 2000, size: "max" }),
      async (bytes) => {
        const held = await hold(path, sampleEntry({ bytes, id: `p-${n++}` }));
        expect(bytesOf(read(path, held))).toEqual(Buffer.from(bytes));
      },
    ),
    { numRuns: 50 },
  );
});

test("a head of two reads is found, wherever its last line is cut in two", async () => {
  const withRecipient = (name: string, length: number) =>
    sampleEntry({
      id: name,
      envelope: {
        sender: new Uint8Array(),
        recipients: [Buffer.alloc(length, "r")],
      },
    });
  const shortest = withRecipient("h-00", 0);
  await hold(path, shortest);
  const headSize =
    statSync(join(path, "virus/new/h-00")).size - shortest.bytes.length;
  // The first read takes 4 KiB; the head's last line has 25 bytes.
  for (let over = 0; over <= 26; over++) {
    const name = `h-${String(over + 10)}`;
    const entry = withRecipient(name, 4096 - headSize + over);
    await hold(path, entry);
    expect(bytesOf(read(path, name))).toEqual(Buffer.from(entry.bytes));
  }
});

test("all folders are listed together, oldest first", async () => {
  await hold(path, sampleEntry({ id: "2-b", folder: "virus" }));
  await hold(path, sampleEntry({ id: "1-a", folder: "spam" }));
  await hold(path, sampleEntry({ id: "3-c", folder: "spam" }));
  expect([...list(path)].map((held) => held.id)).toEqual(["1-a", "2-b", "3-c"]);
  expect([...list(path, ["spam"])].map((held) => held.id)).toEqual([
    "1-a",
    "3-c",
  ]);
});

test("a quarantine that is not there yet is empty", () => {
  expect([...list(path)]).toEqual([]);
  expect(read(path, id)).toBeNull();
});

test("a stale file in tmp is not listed", async () => {
  await hold(path, sampleEntry());
  writeFileSync(join(path, "virus/tmp/1-stale"), "X-Qsift-Quarantine: 1\n");
  expect([...list(path)].map((held) => held.id)).toEqual([id]);
});

test("an entry that an IMAP server has moved and flagged is still known", async () => {
  await hold(path, sampleEntry());
  renameSync(
    join(path, "virus/new", id),
    join(path, "virus/cur", `${id}:2,FS`),
  );
  expect(bytesOf(read(path, id))).toEqual(Buffer.from(sampleEntry().bytes));
  expect([...list(path)].map((held) => held.kind)).toEqual(["entry"]);
});

test.each([
  [
    "cut by a byte",
    (file: string) => {
      truncateSync(file, statSync(file).size - 1);
    },
  ],
  [
    "grown by a byte",
    (file: string) => {
      appendFileSync(file, "x");
    },
  ],
  [
    "cut within its head",
    (file: string) => {
      truncateSync(file, 100);
    },
  ],
  [
    "empty",
    (file: string) => {
      truncateSync(file, 0);
    },
  ],
  [
    "replaced by something foreign",
    (file: string) => {
      writeFileSync(file, "From: x\n\n");
    },
  ],
  [
    "replaced by a folder",
    (file: string) => {
      rmSync(file);
      mkdirSync(file);
    },
  ],
  [
    "replaced by a symbolic link",
    (file: string) => {
      renameSync(file, `${path}/x`);
      symlinkSync(`${path}/x`, file);
    },
  ],
])("a file that was %s is reported as damaged", async (_, damage) => {
  await hold(path, sampleEntry());
  damage(join(path, "virus/new", id));
  expect([...list(path)].map((held) => held.kind)).toEqual(["damaged"]);
  expect(read(path, id)?.kind).not.toBe("entry");
});

test("bytes that were changed are noticed before any of them is used", async () => {
  await hold(path, sampleEntry());
  const file = join(path, "virus/new", id);
  writeFileSync(
    file,
    readFileSync(file, "latin1").replace("body", "b0dy"),
    "latin1",
  );
  const found = read(path, id);
  if (found?.kind !== "entry") throw new Error("not found");
  expect(() => {
    verifyBytes(found);
  }).toThrow(DamagedEntry);
});

test("an entry under another name than its ID is damaged", async () => {
  await hold(path, sampleEntry());
  renameSync(join(path, "virus/new", id), join(path, "virus/new/other"));
  expect(read(path, "other")?.kind).toBe("damaged");
});

test.each(["../virus/new/x", "/etc/passwd", "..", "a/b", ""])(
  "%j is not looked for",
  (name) => {
    expect(read(path, name)).toBeNull();
  },
);

test("an ID that is taken is refused, and the first message stays", async () => {
  await hold(path, sampleEntry());
  await expect(
    hold(path, sampleEntry({ bytes: Buffer.from("other") })),
  ).rejects.toThrow("already there");
  expect(bytesOf(read(path, id))).toEqual(Buffer.from(sampleEntry().bytes));
  expect(readdirSync(join(path, "virus/tmp"))).toEqual([]);
});

test("an ID that could be a path is refused before anything is made", async () => {
  await expect(hold(path, sampleEntry({ id: "../x" }))).rejects.toThrow(
    "no ID",
  );
  expect(existsSync(path)).toBe(false);
});

test("a folder that is a file makes holding fail with the cause", async () => {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "virus"), "");
  const failed = hold(path, sampleEntry());
  await expect(failed).rejects.toThrow(`cannot hold message ${id}`);
  await expect(failed).rejects.toHaveProperty("cause.code", "ENOTDIR");
});

test("100,000 recipients are held and read back", async () => {
  const recipients = Array.from({ length: 100_000 }, (_, n) =>
    Buffer.from(`recipient-${n}@example.test`),
  );
  await hold(
    path,
    sampleEntry({ envelope: { sender: new Uint8Array(), recipients } }),
  );
  const [held] = [...list(path)];
  if (held?.kind !== "entry") throw new Error("not found");
  expect(held.head.envelope.recipients).toHaveLength(100_000);
  expect(bytesOf(held)).toEqual(Buffer.from(sampleEntry().bytes));
});

test.skipIf(process.getuid?.() === 0)(
  "a folder without permission makes holding fail",
  async () => {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o500);
    await expect(hold(path, sampleEntry())).rejects.toThrow("EACCES");
    chmodSync(path, 0o700);
  },
);

test.skipIf(process.getuid?.() !== 0)(
  "what root holds belongs to the quarantine's owner (needs root)",
  async () => {
    mkdirSync(path, { recursive: true });
    chownSync(path, 12345, 12346);
    await hold(path, sampleEntry());
    for (const name of ["virus", "virus/tmp", "virus/new", `virus/new/${id}`])
      expect(statSync(join(path, name)).uid).toBe(12345);
  },
);
