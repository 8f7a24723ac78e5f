import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "smol-toml";
import { formatKeyPath, locate, type KeyPath } from "../src/config-locate.ts";

const text = `# a comment with [a.table] and key = 1
queue = "/a"   # [not.a.table]
[limits]
parts = 1
"header_fields" = 2

[scanners.clamd]
address = ["unix:/a", # ]
  "tcp:b:1",
  '[c]']
[[policy]]
name = "first"
spam.tag = 5
match = { sender = ["a]", "b"], recipient = ["c"] }
[[policy]]
name = """
[limits]
fake = 1 \\""" """
  [policy.spam]
  reject = 12
  [policy.on]
  virus = "reject"
[[policy.deep]]
[[policy.deep]]
x.y."z.z" = { a = [ { b = 1 }, { b = 2 } ] }
`;

test.each<[KeyPath, number, number]>([
  [["queue"], 2, 1],
  [["limits"], 3, 1],
  [["limits", "parts"], 4, 1],
  [["limits", "header_fields"], 5, 1],
  [["scanners", "clamd"], 7, 1],
  [["scanners", "clamd", "address"], 8, 1],
  [["scanners", "clamd", "address", 0], 8, 12],
  [["scanners", "clamd", "address", 1], 9, 3],
  [["scanners", "clamd", "address", 2], 10, 3],
  [["policy"], 11, 1],
  [["policy", 0], 11, 1],
  [["policy", 0, "spam", "tag"], 13, 1],
  [["policy", 0, "match", "sender", 1], 14, 27],
  [["policy", 0, "match", "recipient"], 14, 33],
  [["policy", 1], 15, 1],
  [["policy", 1, "name"], 16, 1],
  [["policy", 1, "spam"], 19, 3],
  [["policy", 1, "spam", "reject"], 20, 3],
  [["policy", 1, "on", "virus"], 22, 3],
  [["policy", 1, "deep", 1], 24, 1],
  [["policy", 1, "deep", 1, "x", "y", "z.z"], 25, 1],
  [["policy", 1, "deep", 1, "x", "y", "z.z", "a", 1, "b"], 25, 34],
])("%j stands at %d:%d", (path, line, column) => {
  expect(locate(text, path)).toEqual({ line, column });
});

test("a key that is not there is placed at the nearest table around it", () => {
  expect(locate(text, ["policy", 1, "spam", "tag"]).line).toBe(19);
  expect(locate(text, ["policy", 0, "subject_tag"]).line).toBe(11);
  expect(locate(text, ["quarantine", "path"])).toEqual({ line: 1, column: 1 });
});

test("a byte order mark and CRLF line ends change no line", () => {
  expect(locate("\uFEFFa = 1\r\n[b]\r\nc = 2\r\n", ["b", "c"])).toEqual({
    line: 3,
    column: 1,
  });
});

test("paths are written as people write them", () => {
  expect(formatKeyPath(["policy", 0, "spam", "reject"])).toBe(
    "policy[0].spam.reject",
  );
  expect(formatKeyPath(["a b", "__proto__"])).toBe('"a b".__proto__');
});

test("every key of any document is found on a line that holds it", () => {
  const key = fc.string({
    unit: fc.constantFrom(...Array.from("abc-_ .[\"'#=")),
    minLength: 1,
    maxLength: 6,
  });
  const value = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    list: fc.array(tie("leaf"), { maxLength: 3 }),
    table: fc.dictionary(
      key,
      fc.oneof(
        { maxDepth: 3 },
        tie("leaf"),
        tie("list"),
        tie("table"),
        tie("tables"),
      ),
      { maxKeys: 4 },
    ),
    tables: fc.array(tie("table"), { minLength: 1, maxLength: 3 }),
  })).table;
  fc.assert(
    fc.property(value, (document) => {
      const toml = stringify(document);
      const lines = toml.split("\n");
      const check = (node: unknown, path: KeyPath): void => {
        if (typeof node !== "object" || node === null) return;
        for (const [name, child] of Object.entries(node)) {
          const inner = [...path, Array.isArray(node) ? Number(name) : name];
          const { line, column } = locate(toml, inner);
          const rest = (lines[line - 1] ?? "").slice(column - 1);
          if (!Array.isArray(node) && typeof child !== "object")
            expect(
              rest.startsWith(name) ||
                rest.startsWith(JSON.stringify(name)) ||
                rest.startsWith(`'${name}'`),
            ).toBe(true);
          check(child, inner);
        }
      };
      check(document, []);
    }),
    { numRuns: 100 },
  );
});

test("text that is no TOML at all does not keep it busy", () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom(...Array.from("a=[]{}\"'\n,.# \\")),
        maxLength: 60,
      }),
      (garbage) => {
        expect(locate(garbage, ["a", 0]).line).toBeGreaterThan(0);
      },
    ),
  );
});
