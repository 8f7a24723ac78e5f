import { expect, test } from "vitest";

import { vobject } from "../../src/extractors/vobject.ts";
import { open, recognizes } from "./archive-samples.ts";

const attack = Buffer.from("an attack that is long enough to be folded");
const base64 = attack.toString("base64");
const folded = `${base64.slice(0, 20)}\r\n ${base64.slice(20)}`;

const calendar = (line: string) =>
  Buffer.from(
    `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n${line}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
  );

test.each([
  ["ATTACH;FMTTYPE=application/x;ENCODING=BASE64;VALUE=BINARY:", folded],
  ["ATTACH;VALUE=BINARY;ENCODING=base64;X-FILENAME=a.exe:", base64],
  ['ATTACH;X-FILENAME="a:b.exe";ENCODING="BASE64":', folded],
  ["PHOTO;ENCODING=b;TYPE=JPEG:", folded],
  ["KEY;BASE64:", base64.replace(/^.{24}/, "$&\r\n")],
  ["ATTACH:data:application/x;base64,", folded],
])("what is in base64 behind %j is an entry", (property, value) => {
  const { read } = open(vobject, calendar(property + value));
  expect(read).toHaveLength(1);
  expect(attack.equals(read[0]?.content ?? Buffer.alloc(0))).toBe(true);
});

test("the name is the one that is stated", () => {
  const { read } = open(
    vobject,
    calendar(`ATTACH;ENCODING=BASE64;X-APPLE-FILENAME="a b.exe":${base64}`),
  );
  expect(read[0]?.filename).toBe("a b.exe");
});

test("a link and plain text are none", () => {
  const bytes = calendar(
    "ATTACH;FMTTYPE=text/plain:https://a.example/b\r\nSUMMARY:base64 is: a word",
  );
  expect(open(vobject, bytes).read).toEqual([]);
});

test("words about a calendar are none", () => {
  expect(recognizes(vobject, Buffer.from("BEGIN: a word"))).toBe(false);
});
