import { expect, test } from "vitest";
import { PasswordTrials } from "../../src/extractors/password-trials.ts";
import { defaultLimits, type Limits } from "../../src/limits.ts";

/** `cost` is what one try takes. */
function trials(
  known: readonly string[],
  text: string,
  limits: Partial<Limits> = {},
) {
  const clock = { ms: 0, asked: 0 };
  const passwords = new PasswordTrials(
    { ...defaultLimits, ...limits },
    known,
    () => {
      clock.asked += 1;
      return [text];
    },
    () => clock.ms,
  );
  const tryAll = (cost: number, right?: string): string[] => {
    const tried: string[] = [];
    for (const { text: password } of passwords) {
      tried.push(password);
      clock.ms += cost;
      if (password === right) break;
    }
    return tried;
  };
  return { clock, passwords, tryAll };
}

test("configured passwords come first, then those in the text, told apart", () => {
  const { passwords } = trials(["infected"], "Password: one1\ninfected");
  expect([...passwords]).toEqual([
    { text: "infected", isNamed: false },
    { text: "one1", isNamed: true },
  ]);
});

test("the text is read once, and only if something asks", () => {
  const { clock, tryAll } = trials([], "Password: one1");
  expect(clock.asked).toBe(0);
  tryAll(1);
  tryAll(1);
  expect(clock.asked).toBe(1);
});

test("no more than the limit are tried", () => {
  const { tryAll } = trials(["a", "b", "c"], "Password: one1", {
    passwordCandidates: 2,
  });
  expect(tryAll(0)).toEqual(["a", "b"]);
});

test("the one that opened is the first to be tried on the next", () => {
  const { tryAll } = trials(["a", "b", "c"], "");
  tryAll(1, "b");
  expect(tryAll(1)).toEqual(["b", "a", "c"]);
});

test("when the message's time is used up, no more are handed out", () => {
  const { clock, tryAll } = trials(["a", "b", "c"], "", { passwordMs: 25 });
  expect(tryAll(10, "b")).toEqual(["a", "b"]);
  // What happens between two containers costs nothing.
  clock.ms += 1000;
  expect(tryAll(10)).toEqual(["b"]);
  expect(tryAll(10)).toEqual([]);
});
