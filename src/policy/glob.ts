// Globs over file names, media types and finding names: `*` is any run of
// characters, `?` any one; everything else stands for itself, case ignored.
// No brackets and no escapes: file names are full of both. Called by match.ts.
//
// The matcher goes back to the last `*` only, so it costs at most name times
// pattern; patterns come from the administrator, names from attackers.

/** Answers whether any pattern of the list matches the whole of the text. */
export type GlobList = (text: string) => boolean;

const compiled = new WeakMap<readonly string[], GlobList>();

export function globList(patterns: readonly string[]): GlobList {
  let list = compiled.get(patterns);
  if (list === undefined) {
    list = compile(patterns);
    compiled.set(patterns, list);
  }
  return list;
}

export function globMatches(pattern: string, text: string): boolean {
  return matchFolded(pattern.toLowerCase(), text.toLowerCase());
}

function compile(patterns: readonly string[]): GlobList {
  // `*.exe` is nearly all there is in practice: a set of endings, looked up at
  // each length that occurs, costs a message of 10,000 parts almost nothing.
  const endings = new Set<string>();
  const lengths = new Set<number>();
  const others: string[] = [];
  for (const pattern of patterns) {
    const folded = pattern.toLowerCase();
    const ending = folded.slice(1);
    if (folded.startsWith("*") && !/[*?]/.test(ending)) {
      endings.add(ending);
      lengths.add(ending.length);
    } else others.push(folded);
  }
  return (text) => {
    const folded = text.toLowerCase();
    for (const length of lengths)
      if (
        length <= folded.length &&
        endings.has(folded.slice(folded.length - length))
      )
        return true;
    return others.some((pattern) => matchFolded(pattern, folded));
  };
}

function matchFolded(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let starText = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === "*") {
      star = p;
      starText = t;
      p += 1;
    } else if (c !== undefined && (c === "?" || c === text[t])) {
      p += 1;
      t += 1;
    } else if (star !== -1) {
      starText += 1;
      t = starText;
      p = star + 1;
    } else return false;
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}
