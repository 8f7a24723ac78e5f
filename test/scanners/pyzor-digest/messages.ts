// Messages that show one step of pyzor's digest each, one character a byte.
// digests.json has what the reference client makes of them; digest.test.ts
// compares with it, and with the client itself where it is installed.

const sentence = "The quick brown fox jumps over it";

function lines(count: number): string {
  return Array.from(
    { length: count },
    (_each, index) => `${sentence} in line ${index}\n`,
  ).join("");
}

function base64(text: string): string {
  return Buffer.from(text, "latin1")
    .toString("base64")
    .replace(/.{76}/g, "$&\n");
}

/** A text part with these fields. */
function text(type: string, body: string, encoding = "8bit"): string {
  return `Content-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n\n${body}`;
}

function multipart(type: string, ...parts: readonly string[]): string {
  const inner = parts.map((part) => `--b\n${part}\n`).join("");
  return `Content-Type: ${type}; boundary="b"\n\npreamble text is no part\n${inner}--b--\nepilogue text is no part\n`;
}

const uuencoded = `begin 644 a.txt\nM5&AI<R!T97AT('=A<R!E;F-O9&5D('=I=&@@=75E;F-O9&4L(&QO;F<@86=O\n#+@H \n\`\nend\n`;

const cafe = "caf\xe9 and cr\xe8me br\xfbl\xe9e for us all\n";

export const messages: Readonly<Record<string, string>> = {
  "one line": `Subject: x\n\n${sentence}\n`,
  "four lines": `Subject: x\n\n${lines(4)}`,
  "five lines": `Subject: x\n\n${lines(5)}`,
  "ten lines": `Subject: x\n\n${lines(10)}`,
  "a hundred lines": `Subject: x\n\n${lines(100)}`,
  "1,001 lines": `Subject: x\n\n${lines(1001)}`,
  "lines of seven and of eight characters":
    "\nabc defg\nabc defgh\nab cd ef gh\n",
  "long words": `\nabcdefghi abcdefghij ${sentence} ${"x".repeat(50)} end\n`,
  addresses: `\nwrite to a@b or c.d@e.f, @ alone, x@ y, @z ${sentence}\n`,
  URLs: `\nsee HTTP://x.y and a:b, 12:30 at(mailto:q) x: y ftp:z ${sentence}\n`,
  "a URL behind digits": `\n1http:x 1:2 abc1:de ${sentence}\n`,
  "no body": "Subject: x\n\n",
  "nothing at all": "",
  "short lines alone": "Subject: x\n\nshort\nlines\nalone\n",
  "no header": `${sentence}\n${lines(3)}`,
  "a blank line first": `\n${lines(3)}`,
  "an mbox line first": `From a@b Mon Jan  1\nSubject: x\n\n${lines(3)}`,
  "an mbox line last": `Subject: x\nFrom the body this may be\n\n${lines(3)}`,
  "a field with no name": `: x\nContent-Type: text/html\n\n<b>${sentence}</b>\n`,
  "a line that is no field": `Subject: x\n${sentence}\nContent-Type: text/html\n\n<b>bold enough</b>\n`,
  "a folded type": `Content-Type: text/html;\n\tcharset=\n "iso-8859-1"\n\n<b>${cafe}</b>\n`,
  "CRLF line ends": `Subject: x\r\n\r\n${lines(12).replaceAll("\n", "\r\n")}`,
  "CR line ends": `Subject: x\r\r${lines(12).replaceAll("\n", "\r")}`,
  "other line ends": `\nform feed here\x0cand vertical tab\x0band record\x1eseparator here\n`,
  "white space that is not a blank": `Content-Type: text/plain; charset=iso-8859-1\n\nnon\xa0breaking next\x85line and unit\x1fseparator\n`,
  html: text(
    "text/html",
    `<html><head><title>A title</title><style>p { color: red }</style></head>\n<body><p>${sentence}</p>  <p>and\n more &amp; more</p><script>var text = "</b>" + no;</script> the end of it</body>\n`,
  ),
  "html with references": text(
    "text/html",
    "&eacute;t&eacute &notit; &bogus; &#233; &#x20ac; &#128; &#1; &NotEqualTilde; tail &lt\n",
  ),
  "html that ends within a tag": text(
    "text/html",
    `<p>${sentence}</p><a href="x\nthis is lost for ever`,
  ),
  "html that ends within a reference": text(
    "text/html",
    `${sentence}<br>lost &eac`,
  ),
  "html with odd tags": text(
    "text/html",
    "<a b='c>d' e=f/g h>one two three</a><br/><img src=x/>four five six<x y== \"z>seven eight</ p>nine <3 ten</3> eleven< 12\n",
  ),
  "html with comments and sections": text(
    "text/html",
    "<!-- hidden text here -- ><![if !mso]>shown text here<![endif]><!DOCTYPE x><![CDATA[hidden]]> <?php hidden ?>and shown again\n",
  ),
  "an unclosed script": text(
    "text/html",
    `${sentence}<SCRIPT>lost text </ script x>`,
  ),
  "a script that closes itself": text("text/html", `<script/>${sentence}`),
  base64: text("text/plain", base64(lines(6)), "base64"),
  "base64 without padding": text(
    "text/plain",
    base64(`${sentence}.`).replace(/=+/, ""),
    "BASE64",
  ),
  "base64 with padding within": text(
    "text/plain",
    `${base64("part one is here")}${base64("part two is here")}`,
    "base64",
  ),
  "base64 with other characters": text(
    "text/plain",
    `!${base64(sentence)}*`,
    "base64",
  ),
  "base64 that is none": text(
    "text/plain",
    "not base64 at all this text a",
    "base64",
  ),
  "an encoding with a blank behind": text(
    "text/plain",
    base64(lines(3)),
    "base64 ",
  ),
  "quoted-printable": text(
    "text/plain; charset=iso-8859-1",
    "caf=E9 and cr=e8me =\nbr=FBl=E9e =3D = == =zz tail \nnext line here=20\n",
    "quoted-printable",
  ),
  uuencode: text("text/plain", uuencoded, "x-uuencode"),
  "uuencode without end": text(
    "text/plain",
    uuencoded.replace("end\n", ""),
    "x-uuencode",
  ),
  "uuencode that is none": text("text/plain", lines(2), "x-uuencode"),
  "8-bit text without charset": `\n${cafe}`,
  "ISO 8859-1": text("text/plain; charset=ISO-8859-1", cafe),
  "UTF-8": text(
    "text/plain; charset=utf-8",
    Buffer.from(cafe).toString("latin1"),
  ),
  "UTF-8 that is none": text(
    "text/plain; charset=utf-8",
    `\xef\xbb\xbf${cafe}\xef\xbf\xbd${cafe}`,
  ),
  "windows-1252": text(
    "text/plain; charset=windows-1252",
    "\x80 \x93quoted\x94 \x81 and more\x85\n",
  ),
  "a charset that nobody knows": text("text/plain; charset=x-nobody", cafe),
  "an empty charset": text('text/plain; charset=""', cafe),
  "a charset with blanks and quotes": text(
    'text/plain; Charset = "iso-8859-1" ; x',
    cafe,
  ),
  "a charset in pieces": text(
    "text/plain; charset*0=iso-88; charset*1=59-1",
    cafe,
  ),
  "a charset by RFC 2231": text(
    "text/plain; charset*=us-ascii'en'iso-8859-1",
    cafe,
  ),
  "GB 2312": text(
    "text/plain; charset=gb2312",
    "\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7 \xed\x97 hello to you \xa1\xa4\x81\x40\n",
  ),
  GBK: text(
    "text/plain; charset=gbk",
    "\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7 \xed\x97 hello to you \xa1\xa4\x81\x40\n",
  ),
  "Big 5": text(
    "text/plain; charset=big5",
    "\xa7A\xa6n\xa5@\xac\xc9 hello to you \xc6\xe7\n",
  ),
  "EUC-KR": text(
    "text/plain; charset=ks_c_5601-1987",
    "\xbe\xc8\xb3\xe7 hello to you \xa2\xe6\n",
  ),
  "Shift JIS": text(
    "text/plain; charset=shift_jis",
    "\x82\xb1\x82\xf1 \xb1\xb2 \x81\x60 hello to you \xff\n",
  ),
  "EUC-JP": text(
    "text/plain; charset=euc-jp",
    "\xa4\xb3\xa4\xf3 \x8e\xb1 \xa1\xc1 hello to you\n",
  ),
  "ISO-2022-JP": text(
    "text/plain; charset=iso-2022-jp",
    "\x1b$B$3$s$K$A$O!A\x1b(B hello to you \x1b(J\\~\x1b(B \x1b$(Dabc \x1b[1mxA\n",
  ),
  HZ: text(
    "text/plain; charset=hz-gb-2312",
    "~{<:Ky2;VpHK!#~} hello ~~ to you\n",
  ),
  "UTF-7": text(
    "text/plain; charset=unicode-1-1-utf-7",
    "+AGEAYgBj- and +- hello to you +ZeVnLIqe\n",
  ),
  "UTF-16": text(
    "text/plain; charset=utf-16",
    `\xff\xfe${Buffer.from(sentence, "utf16le").toString("latin1")}`,
  ),
  "KOI8-R": text(
    "text/plain; charset=koi8-r",
    "\xf0\xd2\xc9\xd7\xc5\xd4 \xcd\xc9\xd2 and hello\n",
  ),
  "letters that other letters are equal to": text(
    "text/plain; charset=utf-8",
    Buffer.from(
      "x\u212a:abc y\u017f:abc z\u0130:abc and hello to you\n",
    ).toString("latin1"),
  ),
  "characters of four bytes": text(
    "text/plain; charset=utf-8",
    Buffer.from(
      "\u{1f600}\u{1f601}\u{1f602}\u{1f603}\n\u{1f600}\u{1f601}\u{1f602}\u{1f603} \u{1f604}\u{1f605}\u{1f606}\u{1f607}\n",
    ).toString("latin1"),
  ),
  "a part that is not text": text(
    "application/octet-stream",
    `${base64(lines(5))}\n${sentence}\n`,
    "base64",
  ),
  "a part that is not text, with 8 bits": text("application/x-bin", cafe),
  "a type without a slash": text("nothing", cafe),
  "two alternatives": multipart(
    "multipart/alternative",
    text("text/plain", lines(3)),
    text("text/html", `<p>${lines(3)}</p>`),
  ),
  "multipart within multipart": multipart(
    "multipart/mixed",
    multipart("multipart/related", text("text/plain", lines(2)))
      .replaceAll("--b", "--c")
      .replace('"b"', "c"),
    text("image/png", base64(lines(9)), "base64"),
  ),
  "an outer boundary within an inner part": `Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n${lines(2)}--b\n\n${lines(3)}--b--\n`,
  "no boundary parameter": `Content-Type: multipart/mixed\n\n--b\n\n${lines(2)}--b--\n`,
  "a boundary that never comes": `Content-Type: multipart/mixed; boundary=b\n\n${lines(3)}`,
  "a last boundary first": `Content-Type: multipart/mixed; boundary=b\n\n${lines(3)}--b--\n${lines(2)}`,
  "no last boundary": `Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${lines(3)}`,
  "boundaries one after the other": `Content-Type: multipart/mixed; boundary=b\n\n--b\n--b--\n--b \t\n\n${lines(3)}--b--\n`,
  "a boundary in quotes twice": `Content-Type: multipart/mixed; boundary="<b>"\n\n--b\n\n${lines(3)}--b--\n`,
  "a digest of messages": multipart(
    "multipart/digest",
    `\nSubject: one\n\n${lines(2)}`,
    `Content-Type: text/plain\n\n${lines(1)}`,
  ),
  "a message within": text("message/rfc822", `Subject: inner\n\n${lines(3)}`),
  "a message within in base64": text(
    "message/rfc822",
    base64(`Subject: x\n\n${lines(3)}`),
    "base64",
  ),
  "a delivery status": multipart(
    "multipart/report",
    text("text/plain", lines(1)),
    text(
      "message/delivery-status",
      `Reporting-MTA: dns; x\n\nFinal-Recipient: a\n\n${sentence}\n\nAction: failed\n\n`,
    ),
    text("message/rfc822", `Subject: inner\n\n${lines(3)}`),
  ),
};
