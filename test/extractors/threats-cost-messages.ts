// Messages that cost other filters minutes, of any size: threats-cost.test.ts
// runs them in the size in which they were sent, bench/linear-cost.mjs in two
// sizes to see that twice the size costs twice the time.

export interface CostCase {
  readonly title: string;
  /** Of what the title counts. */
  readonly count: number;
  readonly make: (count: number) => Buffer;
  /** The finding that the full size must give; null where it is within all limits. */
  readonly limit: string | null;
}

const head = "From: a@example.test\nMIME-Version: 1.0\n";
const multipart = `${head}Content-Type: multipart/mixed; boundary="X"\n\n`;
const million = 1_000_000;

function of(...pieces: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    pieces.map((piece) =>
      typeof piece === "string" ? Buffer.from(piece, "latin1") : piece,
    ),
  );
}

function repeat(text: string, count: number): Buffer {
  return Buffer.alloc(text.length * count, text, "latin1");
}

/** 30 MB of `text` as a parameter of Content-Type. */
function parameter(title: string, text: string): CostCase {
  return {
    title: `bytes of ${title} in Content-Type`,
    count: 30 * million,
    make: (bytes) =>
      of(
        `${head}Content-Type: text/plain; name=`,
        repeat(text, Math.floor(bytes / text.length)),
        "\n\na",
      ),
    limit: "header-bytes",
  };
}

export const costCases: readonly CostCase[] = [
  {
    title: "parts",
    count: million,
    make: (count) => of(multipart, repeat("--X\n\na\n", count)),
    limit: "parts",
  },
  {
    title: "multiparts in one another",
    count: 10_000,
    make: (count) =>
      of(
        `${head}Content-Type: multipart/mixed; boundary=b0\n\n`,
        Array.from(
          { length: count },
          (_, i) =>
            `--b${i}\nContent-Type: multipart/mixed; boundary=b${i + 1}\n\n`,
        ).join(""),
      ),
    limit: "depth",
  },
  {
    title: "messages in one another",
    count: 10_000,
    make: (count) => repeat("Content-Type: message/rfc822\n\n", count),
    limit: "depth",
  },
  {
    title: "bytes of one header line",
    count: 50 * million,
    make: (bytes) => of("Subject: ", repeat("x", bytes), "\n\na"),
    limit: "header-bytes",
  },
  {
    title: "bytes of one header line without a colon",
    count: 50 * million,
    make: (bytes) => of("Subject: a\n", repeat("x", bytes), "\nTo: b\n\na"),
    limit: "header-bytes",
  },
  {
    title: "blanks between a field's name and its colon",
    count: 50 * million,
    make: (bytes) => of("Subject", repeat(" ", bytes), ": a\n\na"),
    limit: "header-bytes",
  },
  {
    title: "header fields",
    count: million,
    make: (count) => of(repeat("A: b\n", count), "\na"),
    limit: "header-fields",
  },
  {
    title: "continuation lines",
    count: million,
    make: (count) => of("Subject: a\n", repeat(" b\n", count), "\na"),
    limit: null,
  },
  {
    title: "lines that are no field, each with one folded under it",
    count: million,
    make: (count) => of("A: b\n", repeat("none\n c\n", count), "C: d\n\na"),
    limit: "header-bytes",
  },
  parameter("(", "("),
  parameter('"', '"'),
  parameter("encoded words", "=?utf-8?q?a?="),
  parameter("http://a", "http://a"),
  {
    title: "bytes of ( in the body",
    count: 30 * million,
    make: (bytes) => of(head, "\n", repeat("(", bytes)),
    limit: null,
  },
  {
    title: "bytes of http://a in the body",
    count: 30 * million,
    make: (bytes) => of(head, "\n", repeat("http://a ", bytes / 9)),
    limit: null,
  },
  {
    title: "bytes of http://a in HTML",
    count: 30 * million,
    make: (bytes) =>
      of(head, "Content-Type: text/html\n\n", repeat("http://a ", bytes / 9)),
    limit: null,
  },
  {
    title: "bytes of encoded words in Subject",
    count: 30 * million,
    make: (bytes) =>
      of("Subject: ", repeat("=?utf-8?q?a?= ", bytes / 14), "\n\na"),
    limit: "header-bytes",
  },
  {
    title: "bytes of lines that share sixty dashes with the boundary",
    count: 30 * million,
    make: (bytes) =>
      of(
        `${head}Content-Type: multipart/mixed; boundary="${"-".repeat(60)}X"\n\n`,
        repeat(`${"-".repeat(62)}\n`, bytes / 63),
      ),
    limit: null,
  },
  {
    title: "bytes of dashes in one line, the boundary sixty of them",
    count: 30 * million,
    make: (bytes) =>
      of(
        `${head}Content-Type: multipart/mixed; boundary="${"-".repeat(60)}X"\n\n`,
        repeat("-", bytes),
      ),
    limit: null,
  },
];
