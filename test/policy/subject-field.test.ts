import { describe, expect, test } from "vitest";
import { subjectField } from "../../src/policy/subject-field.ts";

describe("the Subject of tagged mail", () => {
  const subject = (value: string | null, tag = "[SPAM] ") =>
    `${subjectField(tag, value)}\n`;

  test("keeps the value's bytes and folding behind the tag", () => {
    expect(subject(" =?UTF-8?Q?gr=C3=BC=C3=9Fe?=\n\tsecond\xE4 line")).toBe(
      "Subject: [SPAM] =?UTF-8?Q?gr=C3=BC=C3=9Fe?=\n\tsecond\xE4 line\n",
    );
  });

  test("is made where there was none", () => {
    expect(subject(null)).toBe("Subject: [SPAM]\n");
    expect(subject("")).toBe("Subject: [SPAM]\n");
  });

  test("of nothing but a folded line stays folded", () => {
    expect(subject("\n Hello")).toBe("Subject: [SPAM]\n Hello\n");
  });

  test("cannot begin another field, end the header or hide in blanks", () => {
    expect(subject(" a\nX-Spam-Flag: NO\n\n \n body\rBcc: x\0")).toBe(
      "Subject: [SPAM] a\n X-Spam-Flag: NO\n body Bcc: x \n",
    );
    expect(subject(" a\r\n b")).toBe("Subject: [SPAM] a\n b\n");
  });

  test("with a tag that is not ASCII has it as an encoded word", () => {
    const word = (text: string) =>
      `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
    expect(subject(" Hello", "[СПАМ] ")).toBe(
      `Subject: ${word("[СПАМ]")} Hello\n`,
    );
    // Blanks between encoded words are not shown.
    expect(subject(" =?UTF-8?Q?x?=", "[СПАМ] ")).toBe(
      `Subject: ${word("[СПАМ] ")} =?UTF-8?Q?x?=\n`,
    );
  });

  test("with a long tag has encoded words of at most 75 characters", () => {
    const tag = "й".repeat(64);
    const lines = subject(" x", tag).split("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThan(90);
    const shown = lines
      .join("")
      .replace(/=\?UTF-8\?B\?([^?]*)\?= ?/g, (_, code: string) =>
        Buffer.from(code, "base64").toString(),
      );
    expect(shown).toBe(`Subject: ${tag}x`);
  });

  test("of nearly 998 bytes is folded behind the tag", () => {
    const value = "x".repeat(990);
    expect(subject(` ${value}`)).toBe(`Subject: [SPAM]\n ${value}\n`);
  });
});
