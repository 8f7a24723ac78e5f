// The known name that a misspelt one was probably meant to be. Called where
// the configuration holds a name that is not known.

/** Null where none is near: within two changes, or one for short names. */
export function nearestName(
  found: string,
  known: readonly string[],
): string | null {
  let nearest: string | null = null;
  let least = found.length <= 3 ? 2 : 3;
  for (const name of known) {
    const distance = editDistance(found.slice(0, 64).toLowerCase(), name);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

/** `; did you mean "reject"?`, or nothing. */
export function didYouMean(found: string, known: readonly string[]): string {
  const nearest = nearestName(found, known);
  return nearest === null ? "" : `; did you mean "${nearest}"?`;
}

/** Insertions, deletions, replacements, and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
