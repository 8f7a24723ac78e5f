// CRC-16/ARC, which zoo and LHA archives have for every file: 0xA001
// reflected, from 0. Used by zoo.ts and lha.ts.

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xa001 : 0);
  return crc;
});

export function crc16(content: Uint8Array): number {
  let crc = 0;
  for (const byte of content)
    crc = (crc >> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return crc;
}
