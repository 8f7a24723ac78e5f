// The limits that can be set, with their reasons: in `[limits]` under the same
// name in snake_case. Reaching one is a `limit` finding that names it, a
// deferral, or for message_bytes a refusal: never a silent pass. What follows
// from a format or a protocol is a constant where it is used.

/** A limit's default and its reason; the reason is printed by `qsift config example`. */
interface LimitDeclaration {
  readonly value: number;
  readonly reason: string;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const limitDeclarations = {
  memoryMessageBytes: {
    value: 1 * MiB,
    reason:
      "while it is read, a message up to this size is kept in memory, above it in an unnamed file",
  },
  messageBytes: {
    value: 256 * MiB,
    reason:
      "a larger message is refused for good, unscanned: it would not fit in memory",
  },
  envelopeBytes: {
    value: 16 * MiB,
    reason: "100,000 recipients need about 4 MiB; more than this is an attack",
  },
  headerFields: {
    value: 10_000,
    reason: "ordinary mail has under 200; what comes after is not looked at",
  },
  headerBytes: {
    value: 4 * MiB,
    reason: "ordinary headers have under 100 KiB",
  },
  parts: {
    value: 10_000,
    reason: "a part costs memory and a detection, even an empty one",
  },
  depth: {
    value: 16,
    reason: "containers within containers; readers give up before",
  },
  expandedBytes: {
    value: 320 * MiB,
    reason:
      "all decoded and unpacked bytes of one message together, and the memory of what unpacks them",
  },
  partBytes: {
    value: 256 * MiB,
    reason: "one decoded or unpacked part",
  },
  expansionRatio: {
    value: 2,
    reason:
      "unpacked bytes for each received byte, counted above expansion_free_bytes: large messages may be large inside",
  },
  expansionFreeBytes: {
    value: 80 * MiB,
    reason:
      "any message may expand to this: with a bomb the process stays under 256 MB",
  },
  expansionMs: {
    value: 20_000,
    reason: "an honest 50 MB 7z takes 10 s on a small machine",
  },
  passwordCandidates: {
    value: 16,
    reason:
      "passwords tried on what is encrypted: the configured ones, then those in the text",
  },
  passwordMs: {
    value: 3000,
    reason:
      "trying passwords, all of a message together; one on a 7z takes some 60 ms",
  },
  mimeReadings: {
    value: 1000,
    reason:
      "unusual readings of one message; nobody needs more to fool one more reader",
  },
  pdfStreams: {
    value: 50_000,
    reason: "streams of one PDF; a large honest file has some ten thousand",
  },
  gzipMembers: {
    value: 100_000,
    reason:
      "members of a damaged gzip file, read one by one; bgzip makes one for 64 KiB",
  },
  lzipMembers: {
    value: 64,
    reason:
      "members of an lzip file, each a run of 7-Zip; plzip makes one for 16 MiB or so",
  },
  sandboxThreads: {
    value: 2,
    reason:
      "messages that are opened at a time in one process; each holds up to expanded_bytes and wasm_memory_bytes",
  },
  embeddedArchives: {
    value: 16,
    reason:
      "archives behind one program or picture; each is looked at up to the file's end, and installers have a few",
  },
  sandboxHeapBytes: {
    value: 128 * MiB,
    reason:
      "names, findings and records of parts; 10,000 parts with long names need 30 MB",
  },
  wasmMemoryBytes: {
    value: 160 * MiB,
    reason:
      "memory of 7-Zip: 17 MiB of its own, 64 MiB for the dictionary of xz -9 and of 7z's ultra, 128 MiB for zstd --ultra",
  },
  findings: {
    value: 1000,
    reason: "more findings of one scanner, or of expansion, tell nothing new",
  },
  replyBytes: {
    value: 1 * MiB,
    reason: "a scanner's reply; the longest real ones are a few KiB",
  },
} as const satisfies Record<string, LimitDeclaration>;

export type LimitName = keyof typeof limitDeclarations;
export type Limits = Readonly<Record<LimitName, number>>;

export const defaultLimits: Limits = Object.fromEntries(
  Object.entries(limitDeclarations).map(([name, { value }]) => [name, value]),
) as Record<LimitName, number>;

/** Thrown where a limit is reached inside an extractor; becomes a `limit` finding. */
export class LimitReached extends Error {
  readonly limit: LimitName;
  constructor(limit: LimitName, message: string) {
    super(message);
    this.name = "LimitReached";
    this.limit = limit;
  }
}

/** Spelling of a limit in findings: `header-fields`. */
export function limitFindingName(limit: LimitName): string {
  return limit.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}
