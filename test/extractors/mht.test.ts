import { expect, test } from "vitest";

import { defaultLimits } from "../../src/limits.ts";
import { expand } from "./expand-all.ts";

const attack = Buffer.from("an attack, as it were");
const archive = [
  "MIME-Version: 1.0",
  'Content-Type: multipart/related; boundary="zz"',
  "",
  "--zz",
  "Content-Type: application/x-mso",
  "Content-Transfer-Encoding: base64",
  "",
  attack.toString("base64"),
  "--zz--",
  "",
].join("\r\n");

async function isFound(
  content: string,
  type: string,
  filename: string,
): Promise<boolean> {
  const { parts } = await expand(
    Buffer.from(
      `Subject: x\nContent-Type: ${type}; name=${filename}\nContent-Transfer-Encoding: base64\n\n${Buffer.from(content, "latin1").toString("base64")}\n`,
    ),
    defaultLimits,
  );
  return parts.some((part) => attack.equals(part.content));
}

test.each([
  ["a PDF", `%PDF-1.7\n1 0 obj\n<<>>\nendobj\n${archive}`, "a.doc"],
  ["bytes that are nothing", `\0\x01\x02\r\n${archive}`, "a.bin"],
  ["a text that Word opens", `some words\r\n\r\n${archive}`, "a.doc"],
])("a web archive behind %s is opened", async (_, content, filename) => {
  expect(await isFound(content, "application/msword", filename)).toBe(true);
});

test("its fields may stand in either order", async () => {
  const [version = "", type = "", ...rest] = archive.split("\r\n");
  const turned = [type, version, ...rest].join("\r\n");
  expect(await isFound(`\0\r\n${turned}`, "application/x", "a.bin")).toBe(true);
});

test("a text that quotes one is text", async () => {
  expect(await isFound(`see:\r\n\r\n${archive}`, "text/plain", "a.txt")).toBe(
    false,
  );
});

test.each([
  ["text/plain", "a.eml", ""],
  ["text/html", "a.mht", ""],
  ["application/octet-stream", "a.eml", "X-A: \0\r\n"],
])("a message is opened by its name: %s, %s", async (type, filename, first) => {
  expect(await isFound(first + archive, type, filename)).toBe(true);
});
