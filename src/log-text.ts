// Bounds of what the outcome line takes from mail and scanners. Called by all
// that write into it.

const textCharacters = 500;

/** Entries of a list. */
export const listEntries = 20;

/** A text that is printable already, cut where it is long. */
export function short(text: string): string {
  return text.length <= textCharacters
    ? text
    : `${text.slice(0, textCharacters)}...`;
}
