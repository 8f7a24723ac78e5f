// Messages made of the pieces that pyzor's digest treats in some special way,
// thrown together: the same ones for the same seed.

/** A linear congruential generator (Knuth's MMIX constants are too large for doubles; these are ANSI C's). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor(state / 65_536) % below;
  };
}

const words =
  "hello|the quick brown fox|jumps over|lazy dog today|http://x.y/z|a@b.c|mailto:q|averyveryverylongword|\xe4\xf6\xfc|\xc3\xa4\xc3\xb6|\xa0|\x85|\x1c|\x0b|\x0c|caf\xe9 is open now|\xb0\xa1\xc4\xe3\xba\xc3 some text|\x1b$B$3$s$K$A$O\x1b(B words here|\x1b$(Dab|\x1b[1mA|~{<:Ky~} text|+AGEAYg- thing|=E4=F6|=\n|=3D|=C3=A4|=zz|&amp;|&nbsp;|&eacute|&#233;|&#x80;|&notit;|&bogus;|&|&#|\t|  |12:34|ab:cd ef|xxxxxxxxxxxx|\xef\xbf\xbd|\x81\x40".split(
    "|",
  );

const markup =
  '<p>|</p>|<br/>|<br / >|<a href="x y">|<a href=x>|<a b=\'|<a "q>|<div =x>|<!-- c -->|<!--|-->|<!DOCTYPE html>|<![if !mso]>|<![endif]>|<![CDATA[x]]>|<?php ?>|<script>|</script>|</ script >|<script/>|<style type="x">|</style>|</STYLE>|<SCRIPT>|</>|</ >|</3>|</p x="y">|<|>|<<|< p|<p\n|<a\0b>|<img src=x/>|<img src="x"/>|<x y = "z" w>|<x y== "z>|<td a=b"c>|<q r=\'s\'t>|<!x>|<!>|"|\''.split(
    "|",
  );

const charsets =
  'us-ascii|utf-8|utf-8|iso-8859-1|ISO-8859-15|windows-1252|gb2312|gbk|GB18030|big5|euc-kr|shift_jis|cp932|iso-2022-jp|euc-jp|koi8-r|utf-7|hz-gb-2312|utf-16|utf-16le|utf-32|unknown-8bit|""|"utf-8"|cp1251|cp437|iso-8859-9|iso-8859-16|windows-1257|tis-620|x-gbk|mac-roman|latin1|utf_8_sig|iso-8859-8-i'.split(
    "|",
  );

const types =
  "text/plain|text/plain|text/html|text/html|TEXT/HTML|text|application/octet-stream|image/png|text/x-foo|/|text/plain/x|message/partial".split(
    "|",
  );

const encodings =
  "base64|quoted-printable|QUOTED-PRINTABLE|x-uuencode|8bit|base64 ".split("|");

export function randomMessages(count: number, seed: number): Buffer[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const maker = new MessageMaker(random);
    return Buffer.from(`Subject: s\n${maker.entity(0)}`, "latin1");
  });
}

class MessageMaker {
  readonly #random: (below: number) => number;

  constructor(random: (below: number) => number) {
    this.#random = random;
  }

  entity(depth: number): string {
    switch (this.#random(depth > 3 ? 3 : 9)) {
      case 3:
        return this.#strange();
      case 4:
        return `Content-Type: message/delivery-status\n\nA: b\n\nC: d\nwhat is no field here\n\n${this.#one(["G: h\n", "\n", ""])}`;
      case 5:
        return `Content-Type: message/rfc822\n\nSubject: in\n${this.entity(depth + 1)}`;
      case 6:
      case 7:
        return this.#multipart(depth);
      default:
        return this.#leaf();
    }
  }

  #one(choices: readonly string[]): string {
    return choices[this.#random(choices.length)] ?? "";
  }

  #lineEnd(): string {
    return this.#one(["\n", "\n", "\n", "\n", "\r\n", "\r"]);
  }

  #many(most: number, make: () => string): string {
    return Array.from({ length: this.#random(most) }, make).join("");
  }

  #body(isHtml: boolean): string {
    return this.#many(14, () => {
      const line = this.#many(8, () => {
        const piece = this.#one(isHtml && this.#random(2) ? markup : words);
        return piece + this.#one(["", " ", " "]);
      });
      return line + this.#lineEnd();
    });
  }

  #strange(): string {
    const head = this.#one([
      "\n",
      "From x\n",
      "no header\n",
      "From a\nFrom b\n\n",
      ": x\n\n",
      " continued\n\n",
      "Sub\xe4ject: x\n\n",
    ]);
    return head + this.#body(false);
  }

  #leaf(): string {
    const type = this.#one(types);
    const charset = this.#one(charsets);
    const parameter = this.#one([
      "",
      `; charset=${charset}`,
      `; charset=${charset}`,
      `;charset=${charset} `,
      "; charset*=us-ascii'en'utf-8",
      "; charset*0=utf; charset*1=-8",
      `; x="a;charset=utf-8"; charset=${charset}`,
      "; charset",
    ]);
    const encoding = this.#one(["", "", this.#one(encodings)]);
    const field =
      encoding === "" ? "" : `Content-Transfer-Encoding: ${encoding}\n`;
    const more = this.#one(["", "", "X: y\n z\n", "From last one\n"]);
    const body = this.#body(/html/i.test(type));
    return `Content-Type: ${type}${parameter}\n${field}${more}\n${this.#encoded(body, encoding)}`;
  }

  #encoded(body: string, encoding: string): string {
    if (encoding === "x-uuencode")
      return `begin 644 x\n#0V%T\n${this.#one(["`\nend\n", "", "??\nend\n"])}`;
    if (!encoding.startsWith("base64")) return body;
    const encoded = Buffer.from(body, "latin1")
      .toString("base64")
      .replace(/.{60}/g, "$&\n");
    const tail = this.#one(["", "\n", "=", "\nxx", "!", "\n\nAAAA"]);
    return this.#one([encoded + tail, body]);
  }

  #multipart(depth: number): string {
    const boundary = this.#one(["b", "b1", '"bb"', "a b", '"<q>"', "=_x", ""]);
    const line = `--${boundary.replace(/^"<?|>?"$/g, "")}`;
    const type = this.#one(["mixed", "alternative", "digest"]);
    const parts = this.#many(4, () => {
      const again = this.#one(["", "", "", "", `${line}\n`]);
      const separator = `${line}${this.#one(["", "", " ", "\t"])}${this.#lineEnd()}`;
      return `${separator}${again}${this.entity(depth + 1)}`;
    });
    const last = this.#one(["", `${line}--${this.#lineEnd()}`]);
    return `Content-Type: multipart/${type}; boundary=${boundary}\n\n${this.#one(["", this.#body(false)])}${parts}${last}${this.#one(["", this.#body(false)])}`;
  }
}
