// Folding of header fields that we write (RFC 5322 2.2.3). Called by fields.ts.

/** RFC 5322 2.1.1: a line should have at most 78 and must have at most 998 characters. */
export const maxLine = 998;
const wantedLine = 78;

/**
 * `name`, then the words, divided by `divider` and folded before a word that
 * would pass the wanted length; then `listed`, divided by commas. A continuation
 * begins with a tabulator. Words are shorter than a line must be.
 */
export function foldWords(
  name: string,
  words: readonly string[],
  divider: string,
  listed: readonly string[] = [],
): string {
  let text = name;
  let line = name.length;
  const add = (word: string, before: string, fold: string): void => {
    if (line + before.length + word.length > wantedLine && line > name.length) {
      text += fold + word;
      line = 8 + word.length;
    } else {
      text += before + word;
      line += before.length + word.length;
    }
  };
  for (const word of words) add(word, divider, "\n\t");
  for (const item of listed) add(item, ",", ",\n\t");
  return text;
}

/** Words of this length make no line too long. */
const maxWord = maxLine - 100;

/** `name` and a text of words, folded at its blanks. A word that fits in no line is cut. */
export function foldText(name: string, text: string): string {
  const words = text.split(/[ \t]+/).filter((word) => word !== "");
  return foldWords(
    name,
    words.map((word) => word.slice(0, maxWord)),
    " ",
  );
}
