// RC4, which encrypted PDFs up to version 1.5 use. Written here because
// OpenSSL 3 has it only in its legacy provider, which Node doesn't load. For
// pdf-keys.ts and pdf-cipher.ts.

export function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (let i = 0, j = 0; i < 256; i++) {
    const value = state[i] ?? 0;
    j = (j + value + (key[i % key.length] ?? 0)) & 0xff;
    state[i] = state[j] ?? 0;
    state[j] = value;
  }
  const output = new Uint8Array(data.length);
  for (let at = 0, i = 0, j = 0; at < data.length; at++) {
    i = (i + 1) & 0xff;
    const value = state[i] ?? 0;
    j = (j + value) & 0xff;
    const other = state[j] ?? 0;
    state[i] = other;
    state[j] = value;
    output[at] = (data[at] ?? 0) ^ (state[(value + other) & 0xff] ?? 0);
  }
  return output;
}
