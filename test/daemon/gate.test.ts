import { describe, expect, test } from "vitest";
import { Gate } from "../../src/daemon/gate.ts";

const never = new AbortController().signal;
const gate = (limits: Partial<ConstructorParameters<typeof Gate>[0]> = {}) =>
  new Gate({ maxMessages: 2, maxBytes: 100, maxWaiting: 2, ...limits });

/** Entered, and what has been let in so far. */
async function state(promise: Promise<unknown>): Promise<"in" | "waiting"> {
  const soon = new Promise<"waiting">((resolve) => {
    setTimeout(() => {
      resolve("waiting");
    }, 5);
  });
  return Promise.race([promise.then(() => "in" as const), soon]);
}

describe("a gate", () => {
  test("lets in so many messages, and the next one when one leaves", async () => {
    const one = gate();
    const leave = await one.enter(1, never);
    await one.enter(1, never);
    const third = one.enter(1, never);
    expect(await state(third)).toBe("waiting");
    leave?.();
    expect(await state(third)).toBe("in");
  });

  test("lets in so many bytes, and a single message of any size", async () => {
    const one = gate();
    const leave = await one.enter(1000, never);
    const second = one.enter(1, never);
    expect(await state(second)).toBe("waiting");
    leave?.();
    expect(await state(second)).toBe("in");
  });

  test("keeps the order: a small one does not pass a large one that waits", async () => {
    const one = gate({ maxMessages: 9 });
    const leave = await one.enter(60, never);
    const large = one.enter(80, never);
    const small = one.enter(1, never);
    expect(await state(small)).toBe("waiting");
    leave?.();
    expect(await state(large)).toBe("in");
    expect(await state(small)).toBe("in");
  });

  test("turns away where too many wait", async () => {
    const one = gate({ maxMessages: 1, maxWaiting: 1 });
    await one.enter(1, never);
    void one.enter(1, never);
    expect(await one.enter(1, never)).toBeNull();
    expect(one.state).toEqual({ atWork: 1, bytesAtWork: 1, waiting: 1 });
  });

  test("forgets who leaves while waiting, and lets in who stood behind", async () => {
    const one = gate({ maxMessages: 9 });
    await one.enter(60, never);
    const leaver = new AbortController();
    const large = one.enter(80, leaver.signal);
    const small = one.enter(1, never);
    leaver.abort(new Error("gone"));
    await expect(large).rejects.toThrow("gone");
    expect(await state(small)).toBe("in");
  });

  test("counts one that leaves twice once", async () => {
    const one = gate();
    const leave = await one.enter(10, never);
    leave?.();
    leave?.();
    expect(one.state).toEqual({ atWork: 0, bytesAtWork: 0, waiting: 0 });
  });
});
