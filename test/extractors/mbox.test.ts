import { describe, expect, test } from "vitest";
import { mbox } from "../../src/extractors/mbox.ts";
import { expectHardy, openWith } from "./open-with.ts";

const separator = "From someone@example.test Thu Jul 31 13:51:21 2008\n";
const message = (subject: string) =>
  `Subject: ${subject}\n\nFrom now on.\nFrom the start\n>From me\n\n`;
const mailbox = separator + message("1") + separator + message("2");

describe("a mailbox", () => {
  test("gives each message as a message", () => {
    const { entries, read } = openWith(mbox, mailbox);
    expect(read).toEqual([
      ["1", message("1")],
      ["2", message("2")],
    ]);
    expect(entries[0]).toMatchObject({ declaredType: "message/rfc822" });
  });

  test("may have any line ends, and no empty line between messages", () => {
    const text = mailbox
      .replaceAll("\n\nFrom s", "\nFrom s")
      .replaceAll("\n", "\r\n");
    expect(openWith(mbox, text).read.map(([place]) => place)).toEqual([
      "1",
      "2",
    ]);
  });

  test("is not seen in a message that was saved with its first line, nor in prose", () => {
    expect(
      openWith(mbox, mailbox, { declaredType: "message/rfc822" }).recognized,
    ).toBe(false);
    expect(openWith(mbox, "From here to there\nis far\n").recognized).toBe(
      false,
    );
  });

  test("of very many separators stops at the limit of parts, quickly", () => {
    const { read, limit } = openWith(mbox, "From a 1:00\n".repeat(100_000));
    expect({ parts: read.length, limit }).toEqual({
      parts: 10_000,
      limit: "parts",
    });
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(mbox, mailbox);
  });
});
