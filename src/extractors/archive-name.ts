// Names of archive entries as text. Archives rarely say which character set
// their names are in; UTF-8 is recognised by being valid, all else is read
// in the set that the format's first programs used. A name is data for a
// person and for rules: it is never a path here.

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes 0x80 to 0xFF of IBM code page 437, what PKZIP and its time wrote. */
const cp437High =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
  "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0";

/** As filename.ts: of a longer one the middle is left out. */
const maxNameBytes = 1024;

function bounded(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= maxNameBytes) return bytes;
  const half = maxNameBytes / 2;
  return Buffer.concat([bytes.subarray(0, half), bytes.subarray(-half)]);
}

/** The text, where the bytes are UTF-8. */
export function utf8Name(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bounded(bytes));
  } catch {
    return null;
  }
}

export function cp437Name(bytes: Uint8Array): string {
  let name = "";
  for (const byte of bounded(bytes))
    name +=
      byte < 0x80 ? String.fromCharCode(byte) : cp437High.charAt(byte - 0x80);
  return name;
}

/** UTF-8 where valid, else one character a byte (ISO 8859-1). */
export function archiveName(bytes: Uint8Array): string {
  return utf8Name(bytes) ?? Buffer.from(bounded(bytes)).toString("latin1");
}

/** Bytes up to the first NUL, at most `length` of them. */
export function untilNul(
  bytes: Uint8Array,
  at: number,
  length: number,
): Uint8Array {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}
