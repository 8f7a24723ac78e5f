// Messages that mail readers read differently, one for each construct known.
// Each hides `payload` in the reading that filters miss; `remark` is the
// malformed finding that tells of it, null where the construct is legal or
// common and every reader should see the payload.

export interface AmbiguousMessage {
  readonly title: string;
  readonly message: Buffer;
  readonly remark: string | null;
}

/** More than two lines of base64, so that something can stand in the middle of it. */
export const payload = Buffer.from(
  Array.from({ length: 150 }, (_, i) => (i * 37 + 11) % 256),
);

const lines = payload.toString("base64").match(/.{1,76}/g) ?? [];
const base64 = `${lines.join("\n")}\n`;
const [firstLine = "", ...otherLines] = lines;

const head = "From: a@example.test\nSubject: x\nMIME-Version: 1.0\n";
const file =
  "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n";
const text = "Content-Type: text/plain\n\nharmless\n";

/** Delimiters of "!!" cut the payload of a "??" part in two: only who follows "??" sees it whole. */
const crossed = `--!!\n${text}--??\n${file}${firstLine}\n--!!\n\n${otherLines.join("\n")}\n--??--\n--!!--\n`;

/** One part, its payload within `boundary`. */
const single = (boundary: string, end = `--${boundary}--\n`) =>
  `--${boundary}\n${file}${base64}${end}`;

const cases: [title: string, message: string, remark: string | null][] = [
  // Boundaries.
  [
    "a boundary given twice, the second in use",
    `${head}Content-Type: multipart/mixed; boundary="!!"; boundary="??"\n\n${crossed}`,
    "mime-two-boundaries",
  ],
  [
    "a boundary given twice, the first in use",
    `${head}Content-Type: multipart/mixed; boundary="??"; boundary="!!"\n\n${crossed}`,
    "mime-two-boundaries",
  ],
  [
    "two Content-Type fields with different boundaries",
    `${head}Content-Type: multipart/mixed; boundary="!!"\nContent-Type: multipart/mixed; boundary="??"\n\n${crossed}`,
    "mime-two-boundaries",
  ],
  [
    "a text and a multipart Content-Type",
    `${head}Content-Type: text/plain\nContent-Type: multipart/mixed; boundary="??"\n\n${crossed}`,
    "mime-two-types",
  ],
  [
    "a multipart and a base64 attachment in two Content-Type fields",
    `${head}Content-Type: multipart/mixed; boundary="!!"\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n${firstLine}\n--!!\n${otherLines.join("\n")}\n--!!--\n`,
    "mime-two-types",
  ],
  [
    "a boundary in Content-Disposition",
    `${head}Content-Disposition: attachment; boundary="??"\nContent-Type: multipart/mixed; boundary="!!"\n\n${crossed}`,
    "mime-boundary-elsewhere",
  ],
  [
    "a boundary in Content-Disposition alone",
    `${head}Content-Disposition: inline; boundary="??"\nContent-Type: multipart/mixed\n\n${crossed}`,
    "mime-no-boundary",
  ],
  [
    "a boundary by RFC 2231",
    `${head}Content-Type: multipart/mixed; boundary*=us-ascii''%3F%3F\n\n${crossed}`,
    "mime-boundary-encoded",
  ],
  [
    "a boundary by RFC 2231 beside a plain one",
    `${head}Content-Type: multipart/mixed; boundary="!!"; boundary*=us-ascii''%3F%3F\n\n${crossed}`,
    "mime-boundary-encoded",
  ],
  [
    "a boundary in RFC 2231 pieces",
    `${head}Content-Type: multipart/mixed; boundary*1="?";\n boundary*0="?"\n\n${crossed}`,
    "mime-boundary-encoded",
  ],
  [
    "a boundary in an encoded word",
    `${head}Content-Type: multipart/mixed; boundary="=?us-ascii?Q?=3F=3F?="\n\n${crossed}`,
    "mime-boundary-encoded",
  ],
  [
    "a comment after the field name",
    `${head}Content-Type(meow): multipart/mixed; boundary="??"\n\n${crossed}`,
    "mime-field-name-odd",
  ],
  [
    "a comment before the boundary's value",
    `${head}Content-Type: multipart/mixed; boundary=(c) "??"\n\n${single("??")}`,
    null,
  ],
  [
    "a comment that holds another boundary",
    `${head}Content-Type: multipart/mixed; (; boundary="??"; ) boundary="!!"\n\n${crossed}`,
    "mime-boundary-syntax",
  ],
  [
    "a comment between type and subtype",
    `${head}Content-Type: multipart/mixed (a (nested) \\) comment); boundary="??"\n\n${single("??")}`,
    null,
  ],
  ...[" ", "\t", "\v", "\xA0", "\xC2\xA0", "\0"].map(
    (blank): [string, string, null] => [
      `a ${JSON.stringify(blank)} around the equals sign`,
      `${head}Content-Type: multipart/mixed; boundary${blank}=${blank}"??"\n\n${single("??")}`,
      null,
    ],
  ),
  [
    "boundaries that are prefixes of one another",
    `${head}Content-Type: multipart/mixed; boundary=bou\n\n--bou\nContent-Type: multipart/mixed; boundary=bound\n\n--bound\nContent-Type: multipart/mixed; boundary=boundary\n\n${single("boundary")}--bound--\n--bou\n${text}--bou--\n`,
    null,
  ],
  [
    "an empty boundary",
    `${head}Content-Type: multipart/mixed; boundary=""\n\n--\n${file}${base64}----\n`,
    null,
  ],
  [
    "a boundary of 80 characters",
    `${head}Content-Type: multipart/mixed; boundary="${"b".repeat(80)}"\n\n${single("b".repeat(80))}`,
    null,
  ],
  [
    "a boundary of 80 characters cut at 70",
    `${head}Content-Type: multipart/mixed; boundary="${"b".repeat(80)}"\n\n${single("b".repeat(70))}`,
    "mime-boundary-syntax",
  ],
  [
    "a boundary that ends in a blank",
    `${head}Content-Type: multipart/mixed; boundary="?? "\n\n${single("??")}`,
    null,
  ],
  [
    "a semicolon in a quoted boundary",
    `${head}Content-Type: multipart/mixed; boundary="??;"\n\n${single("??;")}`,
    null,
  ],
  [
    "a semicolon in a quoted boundary, cut by naive readers",
    `${head}Content-Type: multipart/mixed; boundary="??;!!"\n\n${crossed}`,
    "mime-boundary-syntax",
  ],
  [
    "an unclosed quote",
    `${head}Content-Type: multipart/mixed; boundary="??\n\n${single("??")}`,
    null,
  ],
  [
    "single quotes",
    `${head}Content-Type: multipart/mixed; boundary='??'\n\n${crossed}`,
    "mime-boundary-syntax",
  ],
  [
    "an escape in the boundary",
    `${head}Content-Type: multipart/mixed; boundary="?\\?"\n\n${single("??")}`,
    null,
  ],
  [
    "an escape in the boundary that naive readers keep",
    `${head}Content-Type: multipart/mixed; boundary="?\\?"\n\n${single("?\\?")}`,
    "mime-boundary-syntax",
  ],
  [
    "a missing semicolon",
    `${head}Content-Type: multipart/mixed boundary="??"\n\n${single("??")}`,
    null,
  ],
  [
    "a missing semicolon between parameters",
    `${head}Content-Type: multipart/mixed; charset="x" boundary=??\n\n${single("??")}`,
    null,
  ],
  [
    "no boundary",
    `${head}Content-Type: multipart/mixed\n\n${single("zz")}`,
    "mime-no-boundary",
  ],
  [
    "an 8-bit boundary",
    `${head}Content-Type: multipart/mixed; boundary="\xE9\xFF"\n\n${single("\xE9\xFF")}`,
    null,
  ],

  // Delimiters.
  [
    "blanks after a delimiter",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b \t\n${file}${base64}--b-- \n`,
    null,
  ],
  [
    "text after a delimiter",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n${text}--b!\n${file}${base64}--b--\n`,
    "mime-delimiter-odd",
  ],
  [
    "an indented delimiter",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n${text} --b\n${file}${base64}--b--\n`,
    "mime-delimiter-odd",
  ],
  [
    "a delimiter after a bare CR",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n${text.trimEnd()}\r--b\n${file}${base64}--b--\n`,
    "mime-delimiter-odd",
  ],
  [
    "text after a delimiter in the middle of the payload",
    `${head}Content-Type: multipart/mixed; boundary="!!"\n\n--!!\n${file}${firstLine}\n--!!?\n${otherLines.join("\n")}\n--!!--\n`,
    "mime-delimiter-odd",
  ],
  [
    "no closing delimiter",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n${single("b", "")}`,
    null,
  ],
  [
    "a closing delimiter with text after it",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n${text}--b--x\n--b\n${file}${base64}--b--\n`,
    "mime-delimiter-odd",
  ],
  [
    "a part after the closing delimiter",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n${text}--b--\n${single("b")}`,
    "mime-part-after-close",
  ],
  [
    "a part in the preamble",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n${file}${base64}\n--b\n${text}--b--\n`,
    "mime-part-in-preamble",
  ],
  [
    "a part in the epilogue",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n${text}--b--\n${file}${base64}`,
    "mime-part-in-epilogue",
  ],
  [
    "an outer delimiter while an inner multipart is open",
    `${head}Content-Type: multipart/mixed; boundary="!!"\n\n--!!\nContent-Type: multipart/mixed; boundary="??"\n\n--??\n${file}${firstLine}\n--!!\n\n${otherLines.join("\n")}\n--??--\n--!!--\n`,
    "mime-boundaries-crossed",
  ],
  [
    "an inner multipart that an outer delimiter ends",
    `${head}Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n${text}--o\n${file}${base64}--o--\n`,
    null,
  ],

  // Transfer encodings.
  [
    "two transfer encodings, base64 second",
    `${head}Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n${base64}`,
    "mime-two-transfer-encodings",
  ],
  [
    "two transfer encodings, base64 first",
    `${head}Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: quoted-printable\n\n${base64}`,
    "mime-two-transfer-encodings",
  ],
  ...[
    '"base64"',
    "base64;",
    "x-base64",
    "'base64'",
    "base64, 7bit",
    "base-64",
  ].map((token): [string, string, string] => [
    `the transfer encoding ${token}`,
    `${head}Content-Transfer-Encoding: ${token}\n\n${base64}`,
    "mime-odd-transfer-encoding",
  ]),
  [
    "a comment beside the transfer encoding",
    `${head}Content-Transfer-Encoding: (c) base64 (d)\n\n${base64}`,
    "mime-odd-transfer-encoding",
  ],
  [
    "blanks around the transfer encoding",
    `${head}Content-Transfer-Encoding :\t BASE64\t \n\n${base64}`,
    null,
  ],
  [
    "an unknown transfer encoding over base64",
    `${head}Content-Transfer-Encoding: base46\n\n${base64}`,
    "mime-unknown-transfer-encoding",
  ],
  [
    "padding in the middle of base64",
    `${head}Content-Transfer-Encoding: base64\n\n${payload.subarray(0, 40).toString("base64")}\n${payload.subarray(40).toString("base64")}\n`,
    "mime-base64-padding",
  ],
  [
    "an equals sign inside a base64 unit, skipped by some",
    `${head}Content-Transfer-Encoding: base64\n\n${base64.slice(0, 42)}=${base64.slice(42)}`,
    "mime-base64-padding",
  ],
  [
    "base64 followed by data that others decode",
    `${head}Content-Transfer-Encoding: base64\n\n${base64.trimEnd()}====\nAAAA\n`,
    "mime-base64-padding",
  ],
  [
    "junk in base64",
    `${head}Content-Transfer-Encoding: base64\n\n${base64.replace(/(.{9})/g, "$1!")}`,
    null,
  ],
  [
    "base64 with one character a line",
    `${head}Content-Transfer-Encoding: base64\n\n${base64.split("").join("\r\n")}`,
    null,
  ],
  [
    "NULs in base64",
    `${head}Content-Transfer-Encoding: base64\n\n${base64.replace(/(.{20})/g, "$1\0")}`,
    null,
  ],
  [
    "base64 without padding",
    `${head}Content-Transfer-Encoding: base64\n\n${base64.replace(/=/g, "")}`,
    null,
  ],
  [
    "quoted-printable with blanks at line ends",
    `${head}Content-Transfer-Encoding: quoted-printable\n\n${[...payload].map((byte) => `=${byte.toString(16).padStart(2, "0")}`).join("= \t\n")}=`,
    null,
  ],
  [
    "an encoded embedded message",
    `${head}Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n${Buffer.from(`${head}${file}${base64}`).toString("base64")}\n`,
    "mime-encoded-message",
  ],
  [
    "a multipart in base64",
    `${head}Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n${Buffer.from(single("b")).toString("base64")}\n`,
    "mime-encoded-multipart",
  ],
  [
    "a multipart in quoted-printable",
    `${head}Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: quoted-printable\n\n${single("b").replace(/-/g, "=2D")}\n`,
    "mime-encoded-multipart",
  ],

  // Types.
  [
    "a digest's default type",
    `${head}Content-Type: multipart/digest; boundary=b\n\n--b\n\n${head}${file}${base64}--b--\n`,
    null,
  ],
  [
    "message/global",
    `${head}Content-Type: message/global\n\n${head}${file}${base64}`,
    null,
  ],
  [
    "a message declared as text by one of two Content-Type fields",
    `${head}Content-Type: text/plain\nContent-Type: message/rfc822\n\n${head}${file}${base64}`,
    "mime-two-types",
  ],
  [
    "message/partial",
    `${head}Content-Type: message/partial; id=a; number=1; total=2\n\n${head}${file}${base64}`,
    null,
  ],

  // Headers.
  [
    "a line of white space for a separator",
    `${head}${file.replace(/\n\n$/, "\n \n")}${base64}`,
    null,
  ],
  ...["\n \n", "\n\t\n", "\n \v\n", "\r\n \r\n", "\n \n b\n"].map(
    (blank): [string, string, string] => [
      `a ${JSON.stringify(blank)} inside a part's header, which some take for its end`,
      `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\nX-Other: y${blank}${file}${base64}--b--\n`,
      "mime-header-blank-line",
    ],
  ),
  ...["\v", "\0", "none"].map((line): [string, string, string] => [
    `a line ${JSON.stringify(line)} inside a part's header, which some take for its end`,
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\nX-Other: y\n${line}\n${file}${base64}--b--\n`,
    "mime-header-garbage",
  ]),
  [
    "a line of white space between the message's fields",
    `${head} \n${file}${base64}`,
    "mime-header-blank-line",
  ],
  [
    "a line of white space within a field above Content-Type",
    `${head}X-Spam-Report: a\n \n b\n${file}${base64}`,
    null,
  ],
  [
    "a line of white space inside the header",
    `${head}Content-Transfer-Encoding: base64\n \nX-Other: =\nContent-Type: text/plain\n\n${base64}`,
    "mime-header-blank-line",
  ],
  [
    "a line of white space before fields that others read as body",
    `${head}Content-Type: multipart/mixed; boundary="??"\n\t\nContent-Type: multipart/mixed; boundary="!!"\n\n${crossed}`,
    "mime-two-boundaries",
  ],
  [
    "a line that is no field inside the header",
    `${head}no field at all\nContent-Transfer-Encoding: base64\n\n${base64}`,
    "mime-header-garbage",
  ],
  [
    "a forgotten separator",
    `${head}${file.replace(/\n\n$/, "\n")}${base64}`,
    null,
  ],
  [
    "a forgotten separator and an empty line in the body",
    `${head}${file.replace(/\n\n$/, "\n")}${firstLine}\n\n${otherLines.join("\n")}\n`,
    "mime-header-garbage",
  ],
  [
    "a bare CR that ends a field",
    `${head}X-A: b\rContent-Transfer-Encoding: base64\n\n${base64}`,
    "mime-bare-cr",
  ],
  [
    "bare CR throughout",
    `${head}${file}${base64}`.replace(/\n/g, "\r"),
    "mime-bare-cr",
  ],
  [
    "CR CR LF throughout",
    `${head}${file}${base64}`.replace(/\n/g, "\r\r\n"),
    null,
  ],
  [
    "CR CR LF inside a header, which some take for its end",
    `${head}\r\r\n${file}${base64}`.replace(/(?<!\r)\n/g, "\r\n"),
    "mime-bare-cr",
  ],
  [
    "CR CR LF in a multipart",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n${single("b")}`.replace(
      /\n/g,
      "\r\r\n",
    ),
    null,
  ],
  [
    "a NUL in a field name",
    `${head}Content-Ty\0pe: application/octet-stream\nContent-\0Transfer-Encoding: base64\n\n${base64}`,
    "mime-field-name-odd",
  ],
  [
    "an empty first line",
    `\n${head}${file}${base64}`,
    "mime-leading-blank-line",
  ],
  [
    "a byte order mark",
    `\xEF\xBB\xBF${head}${file}${base64}`,
    "mime-leading-blank-line",
  ],
  [
    "an empty line before a part's header",
    `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${file}${base64}--b--\n`,
    "mime-leading-blank-line",
  ],
  [
    "an mbox line",
    `From a@example.test Thu Jan  1 00:00:00 1970\n${head}${file}${base64}`,
    null,
  ],
  [
    "a folded field name and blanks before colons",
    `${head}Content-Type \t: application/octet-stream\nContent-Transfer-Encoding  :\n base64\n\n${base64}`,
    null,
  ],
];

export const ambiguousMessages: readonly AmbiguousMessage[] = cases.map(
  ([title, message, remark]) => ({
    title,
    message: Buffer.from(message, "latin1"),
    remark,
  }),
);
