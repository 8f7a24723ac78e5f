// VBA macros of a compound file as entries and remarks. Called by ole.ts.

import type { Budget } from "../budget.ts";
import type { Entry } from "./extractor.ts";
import type { OleEntry } from "./ole-directory.ts";
import type { CompoundFile } from "./ole-file.ts";
import { codepageCharset } from "./ole-text.ts";
import { hasStatements, runsByItself, vbaModules } from "./vba-project.ts";

// A module without a statement whose compiled code is longer than this had its
// source taken out ("VBA stomping"). Modules of documents that never had a
// macro have about 1 KiB.
const emptyCompiledBytes = 8192;

/**
 * Sources as text entries, then remarks about the container: `vba-macro`,
 * `vba-autoexec`, `vba-source-missing`. Streams dealt with are added to `taken`.
 */
export function* macroEntries(
  file: CompoundFile,
  taken: Set<OleEntry>,
  budget: Budget,
): Generator<Entry> {
  let isMacro = false;
  let isAutomatic = false;
  let isMissing = false;
  for (const module of vbaModules(file, budget)) {
    taken.add(module.stream);
    const { source } = module;
    const isEmpty = source === null || !hasStatements(source);
    if (isEmpty && module.compiledBytes > emptyCompiledBytes) isMissing = true;
    if (source === null) {
      isMissing = true;
      continue;
    }
    if (!isEmpty) isMacro = true;
    isAutomatic ||= runsByItself(source);
    yield {
      kind: "read",
      place: `${[...module.path.slice(0, -1), module.name].join("/")}.bas`,
      filename: null,
      declaredType: "text/x-vba",
      charset: codepageCharset(module.codepage),
      content: source,
      leaf: true,
    };
  }
  if (isMacro || isMissing) yield macro("vba-macro");
  if (isAutomatic) yield macro("vba-autoexec");
  if (isMissing) yield macro("vba-source-missing");
}

export function macro(name: string): Entry {
  return { kind: "remark", finding: "macro", name };
}
