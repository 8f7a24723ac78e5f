// The sample messages of `npm run demo`, made at run time: no file in the
// repository holds a string that a virus scanner knows.

const eicar = [
  "X5O!P%@AP[4\\PZX54(P^)7CC)7}",
  "$EICAR-STANDARD-",
  "ANTIVIRUS-TEST-FILE!$H+H*",
].join("");
const gtube = [
  "XJS*C4JDBQADN1.NSBN3*2IDNEN*",
  "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X",
].join("");

const base64 = (bytes) =>
  Buffer.from(bytes).toString("base64").replace(/.{76}/g, "$&\n");

/** What qmail-smtpd sets on top. */
const received =
  "Received: from mail.example.org (HELO mx.example.org) (192.0.2.25)\n" +
  "  by mail.example.test with SMTP; 22 Nov 2026 09:00:00 -0000\n";

function message(subject, lines) {
  return (
    `${received}From: Ann <ann@example.org>\nTo: Bob <bob@example.test>\n` +
    `Subject: ${subject}\nDate: Sun, 22 Nov 2026 09:00:00 +0000\n` +
    `Message-ID: <${subject.toLowerCase().replace(/[^a-z0-9]+/g, "-")}@example.org>\n` +
    `MIME-Version: 1.0\n${lines.join("\n")}\n`
  );
}

function mixed(subject, parts) {
  return message(subject, [
    'Content-Type: multipart/mixed; boundary="=_demo"',
    "",
    ...parts.flatMap((part) => ["--=_demo", ...part]),
    "--=_demo--",
  ]);
}

const text = (...lines) => [
  "Content-Type: text/plain; charset=utf-8",
  "",
  ...lines,
];
const attachment = (name, type, bytes) => [
  `Content-Type: ${type}; name="${name}"`,
  `Content-Disposition: attachment; filename="${name}"`,
  "Content-Transfer-Encoding: base64",
  "",
  base64(bytes),
];
const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const executable = Buffer.concat([
  Buffer.from("MZ\x90\0\x03\0\0\0", "latin1"),
  Buffer.alloc(200),
]);

/**
 * `expect` is the outcome that the demo checks. Envelope: sender and
 * recipients; `hangUp`: the client goes away inside DATA.
 */
export const demoMessages = [
  {
    name: "ham",
    expect: "queued",
    bytes: message("Lunch on Friday", [
      "Content-Type: text/plain; charset=us-ascii",
      "",
      "Shall we say half past twelve?",
    ]),
  },
  {
    name: "HTML newsletter",
    expect: "queued",
    bytes: message("News of the week", [
      "List-Unsubscribe: <https://news.example.org/u/1>",
      'Content-Type: multipart/alternative; boundary="=_alt"',
      "",
      "--=_alt",
      ...text("News of the week: nothing happened."),
      "--=_alt",
      "Content-Type: text/html; charset=utf-8",
      "Content-Transfer-Encoding: quoted-printable",
      "",
      '<html><body><h1 style=3D"color:#333">News of the week</h1><p>Nothing happ=',
      "ened.</p></body></html>",
      "--=_alt--",
    ]),
  },
  {
    name: "GTUBE",
    expect: "rejected",
    bytes: message("Test spam", ["Content-Type: text/plain", "", gtube]),
  },
  {
    name: "EICAR attached",
    expect: "rejected",
    bytes: mixed("Test virus", [
      text("See the attachment."),
      attachment("report.txt", "application/octet-stream", eicar),
    ]),
  },
  {
    name: "EICAR in a base64 mail in a mail",
    expect: "rejected",
    bytes: mixed("Test virus, nested", [
      text("Forwarded."),
      [
        "Content-Type: message/rfc822",
        "Content-Transfer-Encoding: base64",
        "",
        base64(
          mixed("Inner", [
            text("Inner text."),
            attachment("x.bin", "application/octet-stream", eicar),
          ]),
        ),
      ],
    ]),
  },
  {
    name: "double extension",
    expect: "rejected",
    bytes: mixed("Your invoice", [
      text("Please pay."),
      attachment("invoice.pdf.exe", "application/pdf", "not even a program"),
    ]),
  },
  {
    name: "program named holiday.jpg",
    expect: "rejected",
    bytes: mixed("Holiday", [
      text("Look!"),
      attachment("holiday.jpg", "image/jpeg", executable),
    ]),
  },
  {
    name: "picture",
    expect: "queued",
    bytes: mixed("A picture", [
      text("Look!"),
      attachment("dot.png", "image/png", png),
    ]),
  },
  {
    name: "forged X-Spam-Status",
    expect: "queued",
    bytes: message("Trust me", [
      "X-Spam-Status: No, score=-100.0",
      "x-qsift-verdict : queue; clamd=done",
      "Content-Type: text/plain",
      "",
      "My fields say that I am ham.",
    ]),
  },
  {
    name: "two boundaries",
    expect: "queued",
    bytes: message("Two readings", [
      "Content-Type: multipart/mixed; boundary=one; boundary=two",
      "",
      "--one",
      "Content-Type: text/plain",
      "",
      "What one reader sees.",
      "--two",
      "Content-Type: text/html",
      "",
      "<p>What another one sees.</p>",
      "--two--",
      "--one--",
    ]),
  },
  {
    name: "8-bit, no declaration",
    expect: "queued",
    bytes: Buffer.concat([
      Buffer.from(
        `${received}From: r@example.org\nSubject: Gr\xfc\xdfe\n\n`,
        "latin1",
      ),
      Buffer.from("Sch\xf6ne Gr\xfc\xdfe aus K\xf6ln\n", "latin1"),
    ]),
  },
  {
    name: "bounce (null sender)",
    expect: "queued",
    sender: "",
    bytes: message("failure notice", [
      "Content-Type: text/plain",
      "",
      "Hi. This is the qmail-send program at example.org.",
    ]),
  },
  {
    name: "500 recipients",
    expect: "queued",
    recipients: Array.from({ length: 500 }, (_, n) => `user${n}@example.test`),
    bytes: message("To all", ["Content-Type: text/plain", "", "Hello all."]),
  },
  {
    name: "client hangs up",
    expect: "deferred",
    hangUp: true,
    bytes: message("Cut short", ["Content-Type: text/plain", "", "This is wh"]),
  },
  {
    name: "GTUBE to review@, held",
    expect: "quarantined",
    recipients: ["review@example.test"],
    bytes: message("Hold me", ["Content-Type: text/plain", "", gtube]),
  },
];
