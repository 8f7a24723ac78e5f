// qmail-scanner's `--scanners LIST` as scanners of ours. Called by
// qmail-scanner-options.ts.

import type { TomlTable } from "./format-toml.ts";

type Known =
  | { readonly kind: "scanner"; readonly name: "clamd" | "spamd" }
  | { readonly kind: "profile"; readonly name: string };

// Those that were programs keep running as programs, by a profile of
// [commands]. clamscan is kept as it is: whether clamd runs is not known here.
const known: ReadonlyMap<string, Known> = new Map<string, Known>([
  ["clamdscan", { kind: "scanner", name: "clamd" }],
  ["verbose_spamassassin", { kind: "scanner", name: "spamd" }],
  ["fast_spamassassin", { kind: "scanner", name: "spamd" }],
  ["clamscan", { kind: "profile", name: "clamscan" }],
  ["sweep", { kind: "profile", name: "sweep" }],
  ["bdc", { kind: "profile", name: "bdc" }],
  ["fprot", { kind: "profile", name: "f-prot" }],
  ["kavscanner", { kind: "profile", name: "kavscanner" }],
]);

export interface ScannerList {
  /** For a policy's `scanners`. */
  readonly names: readonly string[];
  readonly tables: readonly TomlTable[];
  /** `fast_spamassassin=TAG`; null without. */
  readonly subjectTag: string | null;
  /** What has no counterpart. */
  readonly unknown: readonly string[];
}

/** `quote`: where it stood, for the comments. */
export function convertScanners(list: string, quote: string): ScannerList {
  const names = new Set<string>(["builtin"]);
  const tables: TomlTable[] = [];
  const unknown: string[] = [];
  let subjectTag: string | null = null;
  for (const item of list.split(",")) {
    const [name = "", ...tag] = item.trim().split("=");
    if (name === "") continue;
    const scanner = known.get(name);
    if (scanner === undefined) {
      unknown.push(name);
      continue;
    }
    if (name === "fast_spamassassin" && tag.join("=") !== "")
      subjectTag = tag.join("=");
    if (names.has(scanner.name)) continue;
    names.add(scanner.name);
    // It was asked for by name: its absence is a failure.
    tables.push({
      header:
        scanner.kind === "scanner"
          ? `[scanners.${scanner.name}]`
          : `[commands.${scanner.name}]`,
      comments: [quote],
      entries:
        scanner.kind === "scanner"
          ? [["enabled", true]]
          : [["profile", scanner.name]],
    });
  }
  return { names: [...names], tables, subjectTag, unknown };
}
