// Name of what a compressed single file holds, where its format has no name:
// the container's without its ending. Used by gzip, bzip2, xz and their like.

/** "report.pdf.gz" to "report.pdf", "backup.tgz" to "backup.tar"; "" where nothing is known. */
export function innerName(container: string | null): string {
  const base = container?.split(/[\\/]/).at(-1) ?? "";
  const dot = base.lastIndexOf(".");
  if (dot <= 0) return base;
  const ending = base.slice(dot + 1).toLowerCase();
  const isTar = /^(?:tgz|tbz2?|txz|tlz|taz|tzst?|tz2?)$/.test(ending);
  return base.slice(0, dot) + (isTar ? ".tar" : "");
}
