// Writes small compound files (MS-CFB, version 3 or 4) and what stands in them
// (VBA, packages), for tests.

import { bytesOf } from "./open-with.ts";

export interface WrittenStream {
  /** `Storage/Stream`, at most one storage of a name. */
  readonly path: string;
  readonly content: Uint8Array | string;
}

interface Node {
  readonly name: string;
  readonly type: number;
  readonly children: Node[];
  readonly content: Buffer;
  start: number;
}

const endOfChain = 0xfffffffe;
const free = 0xffffffff;

export function compoundFile(
  streams: readonly WrittenStream[],
  sectorShift = 9,
): Buffer {
  const sectorBytes = 1 << sectorShift;
  const root: Node = newNode("Root Entry", 5, Buffer.alloc(0));
  for (const { path, content } of streams) {
    const names = path.split("/");
    let parent = root;
    for (const name of names.slice(0, -1)) {
      let storage = parent.children.find((child) => child.name === name);
      if (storage === undefined) {
        storage = newNode(name, 1, Buffer.alloc(0));
        parent.children.push(storage);
      }
      parent = storage;
    }
    const bytes = typeof content === "string" ? bytesOf(content) : content;
    parent.children.push(newNode(names.at(-1) ?? "", 2, Buffer.from(bytes)));
  }
  const nodes: Node[] = [];
  const list = (node: Node): void => {
    nodes.push(node);
    node.children.forEach(list);
  };
  list(root);

  const sectors: Buffer[] = [];
  const fat: number[] = [];
  const addChain = (bytes: Buffer): number => {
    if (bytes.length === 0) return endOfChain;
    const first = sectors.length;
    for (let at = 0; at < bytes.length; at += sectorBytes) {
      const sector = Buffer.alloc(sectorBytes);
      bytes.copy(sector, 0, at);
      sectors.push(sector);
      fat.push(at + sectorBytes < bytes.length ? sectors.length : endOfChain);
    }
    return first;
  };

  const miniSectors: Buffer[] = [];
  const miniFat: number[] = [];
  for (const node of nodes) {
    if (node.type !== 2 || node.content.length === 0) continue;
    if (node.content.length >= 4096) {
      node.start = addChain(node.content);
      continue;
    }
    node.start = miniSectors.length;
    for (let at = 0; at < node.content.length; at += 64) {
      const sector = Buffer.alloc(64);
      node.content.copy(sector, 0, at);
      miniSectors.push(sector);
      miniFat.push(
        at + 64 < node.content.length ? miniSectors.length : endOfChain,
      );
    }
  }
  const miniStream = Buffer.concat(miniSectors);
  root.start = addChain(miniStream);
  const miniFatStart = addChain(numbers(miniFat));

  const directory = Buffer.alloc(nodes.length * 128, 0);
  for (let at = 0; at < directory.length; at += 128) {
    directory.writeUInt32LE(free, at + 68);
    directory.writeUInt32LE(free, at + 72);
  }
  nodes.forEach((node, id) => {
    const at = id * 128;
    directory.write(node.name, at, "utf16le");
    directory.writeUInt16LE((node.name.length + 1) * 2, at + 64);
    directory[at + 66] = node.type;
    // Children hang in one line, each the right sibling of the one before.
    const [child] = node.children;
    directory.writeUInt32LE(
      child === undefined ? free : nodes.indexOf(child),
      at + 76,
    );
    directory.writeUInt32LE(node.start, at + 116);
    directory.writeUInt32LE(
      node.type === 5 ? miniStream.length : node.content.length,
      at + 120,
    );
    node.children.forEach((one, i) => {
      const sibling = node.children[i + 1];
      if (sibling !== undefined)
        directory.writeUInt32LE(
          nodes.indexOf(sibling),
          nodes.indexOf(one) * 128 + 72,
        );
    });
  });
  const directoryStart = addChain(directory);

  // Small files: their FAT has one sector for every 128 (or 1024), itself too.
  const perSector = sectorBytes / 4;
  const fatSectors = Math.ceil((fat.length + 4) / perSector);
  const fatStart = sectors.length;
  for (let i = 0; i < fatSectors; i++) fat.push(0xfffffffd);
  while (fat.length < fatSectors * perSector) fat.push(free);
  const header = Buffer.alloc(Math.max(512, sectorBytes));
  header.write("d0cf11e0a1b11ae1", 0, "hex");
  header.writeUInt16LE(0x3e, 24);
  header.writeUInt16LE(sectorShift === 12 ? 4 : 3, 26);
  header.writeUInt16LE(0xfffe, 28);
  header.writeUInt16LE(sectorShift, 30);
  header.writeUInt16LE(6, 32);
  header.writeUInt32LE(fatSectors, 44);
  header.writeUInt32LE(directoryStart, 48);
  header.writeUInt32LE(4096, 56);
  header.writeUInt32LE(miniFatStart, 60);
  header.writeUInt32LE(endOfChain, 68);
  for (let i = 0; i < 109; i++)
    header.writeUInt32LE(i < fatSectors ? fatStart + i : free, 76 + i * 4);
  return Buffer.concat([header, ...sectors, numbers(fat)]);
}

function newNode(name: string, type: number, content: Buffer): Node {
  return { name, type, children: [], content, start: endOfChain };
}

function numbers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32LE(value, i * 4));
  return bytes;
}

/** MS-OVBA compression, literals only. */
export function compressVba(text: string): Buffer {
  const chunks: Buffer[] = [Buffer.of(1)];
  // 3600 literals and their flag bytes stay below a chunk's 4096.
  for (let at = 0; at < text.length; at += 3600) {
    const data: number[] = [];
    const part = Buffer.from(text.slice(at, at + 3600), "latin1");
    for (let i = 0; i < part.length; i += 8)
      data.push(0, ...part.subarray(i, i + 8));
    const header = Buffer.alloc(2);
    header.writeUInt16LE(0xb000 | (data.length - 1));
    chunks.push(header, Buffer.from(data));
  }
  return Buffer.concat(chunks);
}

/** Streams of a VBA project with one module. */
export function vbaProject(
  storage: string,
  source: string,
  { compiled = 16, offset = -1 } = {},
): WrittenStream[] {
  const record = (id: number, data: Buffer): Buffer => {
    const head = Buffer.alloc(6);
    head.writeUInt16LE(id);
    head.writeUInt32LE(data.length, 2);
    return Buffer.concat([head, data]);
  };
  const offsetField = Buffer.alloc(4);
  offsetField.writeUInt32LE(offset < 0 ? compiled : offset);
  const version = Buffer.from("090004000000010000000200", "hex");
  const dir = Buffer.concat([
    record(0x01, Buffer.of(1, 0, 0, 0)),
    record(0x03, Buffer.of(0xe3, 0x04)), // 1251
    version,
    record(0x19, Buffer.from("Module1")),
    record(0x1a, Buffer.from("Module1")),
    record(0x32, Buffer.from("Module1", "utf16le")),
    record(0x31, offsetField),
    record(0x2b, Buffer.alloc(0)),
  ]);
  return [
    { path: `${storage}/dir`, content: compressVba(dir.toString("latin1")) },
    {
      path: `${storage}/Module1`,
      content: Buffer.concat([
        Buffer.alloc(compiled, 0xcc),
        compressVba(source),
      ]),
    },
  ];
}

export const sampleMacro =
  'Attribute VB_Name = "Module1"\r\nSub AutoOpen()\r\n  MsgBox "hello"\r\nEnd Sub\r\n';

/** Native data of a package, without the size before it. */
export function packageOf(
  name: string,
  content: string,
  { kind = 3, unicode = "" } = {},
): Buffer {
  const u16 = (value: number): Buffer => Buffer.of(value & 0xff, value >> 8);
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const text = (value: string): Buffer => Buffer.from(`${value}\0`, "latin1");
  const path = `C:\\Temp\\${name}`;
  const wide = (value: string): Buffer =>
    Buffer.concat([u32(value.length), Buffer.from(value, "utf16le")]);
  return Buffer.concat([
    u16(2),
    text(name),
    text(path),
    u16(0),
    u16(kind),
    u32(path.length + 1),
    text(path),
    u32(content.length),
    Buffer.from(content, "latin1"),
    unicode === ""
      ? Buffer.alloc(0)
      : Buffer.concat([
          wide(`C:\\Temp\\${unicode}`),
          wide(unicode),
          wide(`C:\\${unicode}`),
        ]),
  ]);
}

/** With the size before it, as the stream `\x01Ole10Native` has it. */
export function ole10Native(native: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(native.length);
  return Buffer.concat([size, native]);
}
