import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namedPasswords } from "../../src/extractors/passwords.ts";
import { cpuMs } from "./archive-samples.ts";

const most = 16;
const first = (text: string) => namedPasswords([text], most)[0];

describe("the word that follows a word for password comes first", () => {
  test.each([
    ["Password: Kx9#pQ", "Kx9#pQ"],
    ["The password is 4711.", "4711"],
    ["password=abc", "abc"],
    ["Archive pass - 1234", "1234"],
    ["Pwd:\r\n\r\nhunter2\r\n", "hunter2"],
    ["PASSWORD\n123456", "123456"],
    ["Password for the archive: 7788", "7788"],
    ['use the password "open sesame" to open', "open sesame"],
    ["Passcode: «tajne1»", "tajne1"],
    ["Your PIN (9921) is secret", "9921"],
    ["Das Passwort lautet geheim!", "geheim!"],
    ["Kennwort: Übung1", "Übung1"],
    ["Le mot de passe est azerty9", "azerty9"],
    ["La contraseña es: clave77", "clave77"],
    ["Senha: abc123", "abc123"],
    ["hasło: kot5", "kot5"],
    ["Пароль: 2020", "2020"],
    ["пароль к архиву - 777", "777"],
    ["解压密码：8866", "8866"],
    ["パスワードは「abcd1」です", "abcd1"],
    ["密码是abc123请查收", "abc123"],
    ["hasło to kot5", "kot5"],
    ["Password for this file Xy12", "Xy12"],
    ["Password: <1234>", "1234"],
    ["Password: *1234*", "1234"],
  ])("%j", (text, password) => {
    expect(first(text)).toBe(password);
  });
});

test("the word is tried with and without what may end the sentence", () => {
  const found = namedPasswords(["Password is Go!."], most);
  expect(found).toEqual(expect.arrayContaining(["Go!", "Go", "Go!."]));
  expect(namedPasswords(["Password: open sesame"], most)).toContain(
    "open sesame",
  );
});

test("without such a word, quoted words, lone tokens and odd ones are tried in this order", () => {
  const found = namedPasswords(
    ['See the file.\nIt opens with "sesame now".\nxyzzy\nor Kx9 or 2024 then.'],
    most,
  );
  expect(found).toEqual(["sesame now", "xyzzy", "Kx9", "2024"]);
});

test("what is in an earlier text and no likelier comes first, and nothing twice", () => {
  expect(
    namedPasswords(["Password: one1", "Password: two2\none1"], most),
  ).toEqual(["one1", "two2"]);
});

test("prose, links and addresses are no passwords", () => {
  expect(
    namedPasswords(
      [
        "Dear Ann,\nplease find the invoice at https://example.test/a1?b=2 or ask bob1@example.test today.",
      ],
      most,
    ),
  ).toEqual([]);
  expect(namedPasswords(["This file is password-protected."], most)).toEqual(
    [],
  );
});

test("there are at most as many as asked for, none of them long or with control characters", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.constantFrom(
            "password: ",
            "PIN",
            " is ",
            '"',
            "“",
            "\n",
            "pass=",
            "мой пароль ",
            "x".repeat(70),
          ),
        ),
      ),
      (pieces) => {
        const found = namedPasswords([pieces.join("")], 5);
        expect(found.length).toBeLessThanOrEqual(5);
        expect(new Set(found).size).toBe(found.length);
        for (const password of found) {
          expect(password).toMatch(/^[^\p{C}]{1,64}$/u);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  "password ",
  "password: x",
  "pass",
  '"',
  "“a",
  "...",
  "a@",
  "mot de ",
  "!?",
  " ",
  "\n",
  "é",
  "password for the for the ",
])("64 KiB of %j take little time", (filler) => {
  const text = filler.repeat((64 * 1024) / filler.length);
  expect(cpuMs(() => namedPasswords([text], most))).toBeLessThan(500);
});
