// Who may import whom: docs/architecture.md's layers, checked over src/.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const src = join(import.meta.dirname, "..", "src");

const tools = [
  "qmail",
  "mime",
  "extractors",
  "scanners",
  "rules",
  "policy",
  "quarantine",
  "importers",
];
const programs = ["queue-wrapper", "maildir-queue", "cli", "daemon"];
/** Top-level modules that know the tools; all others are types and basics. */
const upper =
  /^(arrival|outcome-fields|expansion|judge|answer|filter|protocol|log|config[\w-]*)\.ts$/;
/** What the wrapper loads by await import(), once the exit code is set. */
const lateModules = ["setup", "ask", "standalone"].map(
  (name) => `queue-wrapper/${name}.ts`,
);
const allowedBetweenTools = new Set(["extractors mime", "rules mime"]);

type Layer = "types" | "tool" | "upper" | "program";

function layerOf(path: string): { layer: Layer; area: string } {
  const area = path.includes("/") ? (path.split("/")[0] ?? "") : path;
  if (tools.includes(area)) return { layer: "tool", area };
  if (programs.includes(area)) return { layer: "program", area };
  return { layer: upper.test(path) ? "upper" : "types", area };
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
  readonly isDynamic: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts"),
);

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(src, file), "utf8");
  const found: Import[] = [];
  for (const match of text.matchAll(
    /(?:^|\n)(import|export)( type)?\b[^;]*?from "(\.[^"]+)"|import\("(\.[^"]+)"\)/g,
  )) {
    const target = match[3] ?? match[4] ?? "";
    found.push({
      from: file,
      to: relative(src, join(src, dirname(file), target)),
      isType: match[2] !== undefined,
      isDynamic: match[4] !== undefined,
    });
  }
  return found;
});

function breaksTheRules({ from, to, isType }: Import): boolean {
  const source = layerOf(from);
  const target = layerOf(to);
  switch (source.layer) {
    case "types":
      // config.ts's types may be named anywhere below; nothing else may.
      return target.layer !== "types" && !isType;
    case "tool":
      if (target.layer === "types" || target.area === source.area) return false;
      return (
        target.layer !== "tool" ||
        (!isType && !allowedBetweenTools.has(`${source.area} ${target.area}`))
      );
    case "upper":
      return target.layer === "program";
    case "program":
      return target.layer === "program" && target.area !== source.area;
  }
}

describe("imports", () => {
  test("are found at all", () => {
    expect(imports.length).toBeGreaterThan(50);
  });
  test("go downwards only: types, tools, filter and configuration, programs", () => {
    expect(
      imports.filter(breaksTheRules).map(({ from, to }) => `${from} -> ${to}`),
    ).toEqual([]);
  });
  test("the wrapper loads the filter only by await import()", () => {
    const wrapper = imports.filter(
      ({ from }) =>
        from.startsWith("queue-wrapper/") && !lateModules.includes(from),
    );
    const eager = wrapper.filter(
      ({ to, isType, isDynamic }) =>
        !isType &&
        !isDynamic &&
        (layerOf(to).layer === "upper" || lateModules.includes(to)),
    );
    expect(eager.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });
  test("every entry point sets the temporary exit code first", () => {
    for (const [file, first] of [
      ["queue-wrapper/main.ts", "./exit-temporary.ts"],
      ["maildir-queue/main.ts", "./exit-code.ts"],
    ] as const) {
      const text = readFileSync(join(src, file), "utf8");
      expect(/(?:^|\n)import (?:"|[^"]*from ")([^"]+)"/.exec(text)?.[1]).toBe(
        first,
      );
    }
  });
});

describe("source files", () => {
  test("stay under 300 lines", () => {
    const long = files.filter(
      (file) => readFileSync(join(src, file), "utf8").split("\n").length > 301,
    );
    expect(long).toEqual([]);
  });
  test("have no top-level await: a promise that never settles would exit 13, permanent", () => {
    const found = files.filter((file) =>
      /^(?:(?:const|let)\b.*=\s*)?await\b/m.test(
        readFileSync(join(src, file), "utf8"),
      ),
    );
    expect(found).toEqual([]);
  });
});
