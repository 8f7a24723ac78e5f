// Which header fields are ours: incoming copies of them are never believed,
// they get the prefix X-Received-. Called by the filter for every incoming
// field, and by policy/fields.ts's tests for every outgoing one.

const names: ReadonlySet<string> = new Set([
  "x-virus-scanned",
  "x-spam-flag",
  "x-spam-status",
  "x-spam-level",
  "x-spam-score",
]);

/** True for the fields that qsift writes, and for names that already bear the prefix. */
export function isOwnField(name: string): boolean {
  const plain = trimBlanks(name).toLowerCase();
  return (
    names.has(plain) ||
    plain.startsWith("x-qsift-") ||
    plain.startsWith("x-received-")
  );
}

/** Without blanks and control characters at both ends; some readers skip them. */
function trimBlanks(name: string): string {
  let start = 0;
  let end = name.length;
  while (start < end && name.charCodeAt(start) <= 0x20) start += 1;
  while (end > start && name.charCodeAt(end - 1) <= 0x20) end -= 1;
  return name.slice(start, end);
}
