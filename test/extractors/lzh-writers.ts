// Writers of LZH data for tests: fixed codes, bytes and matches as they are
// told, no searching. And of the headers of LHA archives.

/** A byte, or a string from `distance` back. */
export type LzhItem =
  number | { readonly distance: number; readonly length: number };

/** The items of a text, with a match where it says so. */
export const items = (
  text: string,
  ...more: readonly LzhItem[]
): readonly LzhItem[] => [...Buffer.from(text, "latin1"), ...more];

export class BitWriter {
  readonly #bytes: number[] = [];
  #left = 0;

  /** The highest bit first. */
  put(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      if (this.#left === 0) {
        this.#bytes.push(0);
        this.#left = 8;
      }
      this.#left -= 1;
      const last = this.#bytes.length - 1;
      this.#bytes[last] =
        (this.#bytes[last] ?? 0) | (((value >>> bit) & 1) << this.#left);
    }
    return this;
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

/** Bits above the lowest six or so: 0 for 0, else how many the number has. */
const bitCount = (value: number) => 32 - Math.clz32(value);

/**
 * One block. Bytes 0 and 1 have codes of 8 bits, all other symbols of 9, the
 * first 8 classes of distances (up to 128 back) of 3.
 */
export function lzhBlock(
  data: readonly LzhItem[],
  countBits: number,
  endsWithEmptyBlock = false,
): Buffer {
  const out = new BitWriter().put(data.length, 16);
  // Lengths 8 and 9 are symbols 10 and 11 of the first code, of one bit each.
  out.put(12, 5).put(0, 9).put(3, 2).put(0, 12).put(1, 3).put(1, 3);
  out.put(510, 9).put(0, 2);
  for (let symbol = 2; symbol < 510; symbol++) out.put(1, 1);
  out.put(8, countBits);
  for (let code = 0; code < 8; code++) out.put(3, 3);
  const symbol = (value: number) =>
    value < 2 ? out.put(value, 8) : out.put(value + 2, 9);
  for (const item of data) {
    if (typeof item === "number") {
      symbol(item);
      continue;
    }
    symbol(256 + item.length - 3);
    const bits = bitCount(item.distance - 1);
    out.put(bits, 3);
    if (bits > 1) out.put(item.distance - 1, bits - 1);
  }
  if (endsWithEmptyBlock) out.put(0, 16);
  return out.bytes();
}

/** -lh1-: the adaptive code, in the slowest way that is right. */
export function lh1(data: readonly LzhItem[]): Buffer {
  interface Node {
    frequency: number;
    symbol: number | null;
    children: readonly Node[];
    parent?: Node;
  }
  let nodes: Node[] = [];
  const grow = (leaves: Node[]) => {
    nodes = leaves;
    for (let at = 0; at + 1 < nodes.length; at += 2) {
      const children = nodes.slice(at, at + 2);
      const frequency = children.reduce((sum, one) => sum + one.frequency, 0);
      let to = nodes.length;
      while ((nodes[to - 1]?.frequency ?? 0) > frequency) to -= 1;
      const parent = { frequency, symbol: null, children };
      for (const child of children) child.parent = parent;
      nodes.splice(to, 0, parent);
    }
  };
  grow(
    Array.from({ length: 314 }, (_, symbol) => ({
      frequency: 1,
      symbol,
      children: [],
    })),
  );
  const out = new BitWriter();
  const put = (symbol: number) => {
    if ((nodes.at(-1)?.frequency ?? 0) >= 0x8000)
      grow(
        nodes
          .filter((node) => node.symbol !== null)
          .map((node) => ({
            ...node,
            frequency: (node.frequency + 1) >> 1,
          })),
      );
    const path: Node[] = [];
    let bits = "";
    const leaf = nodes.find((node) => node.symbol === symbol);
    for (let node = leaf; node !== undefined; node = node.parent) {
      path.push(node);
      bits = `${node.parent?.children.indexOf(node) ?? ""}${bits}`;
    }
    for (const bit of bits) out.put(Number(bit), 1);
    let node = path[0];
    while (node !== undefined) {
      const { frequency } = node;
      const at = nodes.indexOf(node);
      let last = at;
      while (nodes[last + 1]?.frequency === frequency) last += 1;
      const other = nodes[last];
      if (other !== undefined && other !== node) {
        // They change places in the array and under their parents.
        const exchanged = node;
        const swap = (child: Node): Node =>
          child === exchanged ? other : child === other ? exchanged : child;
        const parents = new Set([node.parent, other.parent]);
        for (const parent of parents)
          if (parent !== undefined) parent.children = parent.children.map(swap);
        for (const parent of parents)
          for (const child of parent?.children ?? [])
            if (parent !== undefined) child.parent = parent;
        nodes[at] = other;
        nodes[last] = node;
      }
      node.frequency += 1;
      node = node.parent;
    }
  };
  // Numbers of codes of 3 to 8 bits for the upper six bits of a distance.
  const counts = [1, 3, 8, 12, 24, 16];
  for (const item of data) {
    if (typeof item === "number") {
      put(item);
      continue;
    }
    put(256 + item.length - 3);
    const upper = (item.distance - 1) >> 6;
    let code = 0;
    let first = 0;
    for (const [i, count] of counts.entries()) {
      if (upper < first + count) {
        out.put(code + upper - first, i + 3);
        break;
      }
      first += count;
      code = (code + count) * 2;
    }
    out.put((item.distance - 1) & 63, 6);
  }
  return out.bytes();
}

/** -lzs-, whose strings have a place in a ring of 2,048 bytes. */
export function lzs(data: readonly LzhItem[]): Buffer {
  const out = new BitWriter();
  let at = 2048 - 17;
  for (const item of data) {
    if (typeof item === "number") {
      out.put(1, 1).put(item, 8);
      at += 1;
    } else {
      out.put(0, 1).put((at - item.distance + 2048) % 2048, 11);
      out.put(item.length - 2, 4);
      at += item.length;
    }
  }
  return out.bytes();
}

/** -lz5-, in a ring of 4,096. */
export function lz5(data: readonly LzhItem[]): Buffer {
  const out: number[] = [];
  let at = 4096 - 18;
  for (let i = 0; i < data.length; i += 8) {
    const control = out.push(0) - 1;
    data.slice(i, i + 8).forEach((item, bit) => {
      if (typeof item === "number") {
        out[control] = (out[control] ?? 0) | (1 << bit);
        out.push(item);
        at += 1;
      } else {
        const place = (at - item.distance + 4096) % 4096;
        out.push(place & 0xff, ((place >> 4) & 0xf0) | (item.length - 3));
        at += item.length;
      }
    });
  }
  return Buffer.from(out);
}

/** -pm2- of less than 1 KiB: all 29 symbols, 5 distances. */
export function pm2(data: readonly LzhItem[]): Buffer {
  // Codes: 3 of 4 bits, 26 of 5: 3/16 + 26/32 = 1. Distances: 3 of 2, 2 of 3.
  const out = new BitWriter().put(0, 1).put(29, 5).put(4, 3).put(2, 3);
  for (let symbol = 0; symbol < 29; symbol++) out.put(symbol < 3 ? 1 : 2, 2);
  for (const length of [2, 2, 2, 3, 3]) out.put(length, 3);
  const symbol = (value: number) =>
    value < 3 ? out.put(value, 4) : out.put(6 + value - 3, 5);
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i);
  let order = [
    ...range(0x20, 0x7f),
    ...range(0, 0x1f),
    ...range(0xa0, 0xdf),
    ...range(0x80, 0x9f),
    ...range(0xe0, 0xff),
  ];
  const written: number[] = [];
  const use = (byte: number) => {
    written.push(byte);
    order = [byte, ...order.filter((one) => one !== byte)];
  };
  const places = [0, 8, 16, 32, 64, 96, 128, 192];
  for (const item of data) {
    if (typeof item === "number") {
      const place = order.indexOf(item);
      const code = places.findLastIndex((first) => first <= place);
      symbol(code).put(
        place - (places[code] ?? 0),
        [3, 3, 4, 5, 5, 5, 6, 6][code] ?? 0,
      );
      use(item);
      continue;
    }
    const { distance, length } = item;
    if (length <= 16) symbol(length + 6);
    else if (length < 256) {
      const firsts = [17, 25, 33, 65, 129];
      const code = firsts.findLastIndex((first) => first <= length);
      symbol(23 + code).put(
        length - (firsts[code] ?? 0),
        [3, 3, 5, 6, 7][code] ?? 0,
      );
    } else symbol(28);
    if (length === 2) out.put(distance - 1, 6);
    else if (length < 256) {
      const code = Math.max(0, bitCount(distance - 1) - 6);
      if (code < 3) out.put(code, 2);
      else out.put(6 + code - 3, 3);
      out.put(distance - 1, code === 0 ? 6 : code + 5);
    }
    for (let i = 0; i < length; i++) use(written.at(-distance) ?? 0x20);
  }
  return out.bytes();
}

/** KWAJ's LZH, every code of one length. */
export function kwajLzh(data: readonly LzhItem[]): Buffer {
  const out = new BitWriter().put(0, 24);
  for (let at = 0; at < data.length;) {
    const item = data[at];
    if (item !== undefined && typeof item !== "number") {
      const distance = item.distance % 4096;
      out
        .put(item.length - 2, 4)
        .put(distance >> 6, 6)
        .put(distance, 6);
      at += 1;
      continue;
    }
    const rest = data.slice(at, at + 32);
    const end = rest.findIndex((one) => typeof one !== "number");
    const run = end < 0 ? rest : rest.slice(0, end);
    out.put(0, 4).put(run.length - 1, 5);
    for (const one of run) out.put(one as number, 8);
    at += run.length;
  }
  return out.bytes();
}

/** What the items stand for. Before the start there are blanks. */
export function unpacked(data: readonly LzhItem[]): string {
  const out: number[] = [];
  for (const item of data)
    if (typeof item === "number") out.push(item);
    else
      for (let i = 0; i < item.length; i++)
        out.push(out.at(-item.distance) ?? 0x20);
  return Buffer.from(out).toString("latin1");
}

export function crc16(content: Uint8Array): number {
  let crc = 0;
  for (const byte of content) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xa001 : 0);
  }
  return crc;
}

export interface LhaMember {
  readonly name: string;
  readonly content: string;
  readonly method?: string;
  readonly data?: Uint8Array;
  readonly directory?: string;
  readonly system?: string;
  readonly level?: 0 | 1 | 2 | 3;
  readonly size?: number;
}

export function lhaMember({
  name,
  content,
  method = "lh0",
  data = Buffer.from(content, "latin1"),
  directory = "",
  system = "U",
  level = 1,
  size = content.length,
}: LhaMember): Buffer {
  const width = level === 3 ? 4 : 2;
  const sized = (value: number, bytes = width) => {
    const field = Buffer.alloc(bytes);
    field.writeUIntLE(value, 0, bytes);
    return field;
  };
  // Each header ends with the size of the next one.
  const bodies = [
    ...(level >= 2 ? [Buffer.from(`\x01${name}`, "latin1")] : []),
    ...(directory === ""
      ? []
      : [Buffer.from(`\x02${directory.replaceAll("/", "\xff")}`, "latin1")]),
  ];
  const sizes = bodies.map((body) => body.length + width);
  const extended = Buffer.concat([
    sized(sizes[0] ?? 0),
    ...bodies.flatMap((body, i) => [body, sized(sizes[i + 1] ?? 0)]),
  ]);
  const packed = data.length + (level === 1 ? extended.length - 2 : 0);
  const fields = Buffer.concat([
    Buffer.from(`-${method}-`),
    sized(packed, 4),
    sized(size, 4),
    sized(0, 4),
    Buffer.of(0x20, level),
  ]);
  const sum = sized(crc16(Buffer.from(content, "latin1")), 2);
  if (level >= 2) {
    const total = (level === 2 ? 24 : 28) + extended.length;
    return Buffer.concat([
      sized(level === 2 ? total : 4, 2),
      fields,
      sum,
      Buffer.from(system),
      ...(level === 3 ? [sized(total)] : []),
      extended,
      data,
    ]);
  }
  const base = Buffer.concat([
    fields,
    Buffer.of(name.length),
    Buffer.from(name, "latin1"),
    sum,
    ...(level === 1 ? [Buffer.from(system), extended.subarray(0, 2)] : []),
  ]);
  return Buffer.concat([
    Buffer.of(base.length, base.reduce((total, byte) => total + byte, 0) & 255),
    base,
    ...(level === 1 ? [extended.subarray(2)] : []),
    data,
  ]);
}

export const lhaFile = (members: readonly LhaMember[]): Buffer =>
  Buffer.concat([...members.map(lhaMember), Buffer.alloc(1)]);
