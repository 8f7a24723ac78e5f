// Writes TNEF (MS-OXTNEF) for tests, with checksums that are wrong on purpose
// (nobody may look at them), and compressed RTF without any compression.

export interface Property {
  readonly type: number;
  readonly id: number;
  /** One value, or several (flag 0x1000 is then set). */
  readonly values: readonly (Buffer | string)[];
}

const u16 = (value: number): Buffer => Buffer.of(value & 0xff, value >> 8);
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function tnefStream(...attributes: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from("789f3e220100", "hex"), ...attributes]);
}

export function attribute(
  id: number,
  data: Buffer | string,
  { level = 1, length = -1 } = {},
): Buffer {
  const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
  return Buffer.concat([
    Buffer.of(level),
    u32(id),
    u32(length < 0 ? bytes.length : length),
    bytes,
    Buffer.of(0xde, 0xad),
  ]);
}

export function propertyList(
  properties: readonly Property[],
  count = properties.length,
): Buffer {
  const parts = [u32(count)];
  for (const { type, id, values } of properties) {
    const isMultiple = values.length > 1;
    const isVariable = [0x1e, 0x1f, 0x0d, 0x102].includes(type);
    parts.push(u16(isMultiple ? type | 0x1000 : type), u16(id));
    if (id >= 0x8000)
      parts.push(
        Buffer.alloc(16),
        u32(1),
        u32(6),
        Buffer.from("a\0b\0\0\0\0\0"),
      );
    if (isMultiple || isVariable) parts.push(u32(values.length));
    for (const value of values) {
      const bytes =
        typeof value === "string"
          ? Buffer.from(`${value}\0`, type === 0x1f ? "utf16le" : "latin1")
          : value;
      if (isVariable) parts.push(u32(bytes.length));
      parts.push(bytes, Buffer.alloc(-bytes.length & 3));
    }
  }
  return Buffer.concat(parts);
}

/** Every character a literal; the end marker refers to where it stands. */
export function compressedRtf(
  rtf: string,
  { compressedSize = 0, rawSize = 0, end = true } = {},
): Buffer {
  const body: Buffer[] = [];
  for (let at = 0; at < rtf.length; at += 8) {
    const literals = Buffer.from(rtf.slice(at, at + 8), "latin1");
    const isLast = literals.length < 8;
    body.push(Buffer.of(isLast && end ? 1 << literals.length : 0), literals);
  }
  if (rtf.length % 8 === 0 && end) body.push(Buffer.of(1));
  if (end) {
    const offset = (207 + rtf.length) % 4096;
    body.push(Buffer.of(offset >> 4, (offset & 15) << 4));
  }
  return Buffer.concat([
    u32(compressedSize),
    u32(rawSize),
    Buffer.from("LZFu"),
    u32(0),
    ...body,
  ]);
}
