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
    value: 64 * MiB,
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
    value: 512 * MiB,
    reason: "all decoded and unpacked bytes of one message together",
  },
  partBytes: {
    value: 256 * MiB,
    reason: "one decoded or unpacked part",
  },
  expansionRatio: {
    value: 200,
    reason:
      "unpacked bytes for each received byte, counted above expansion_free_bytes; bombs have thousands",
  },
  expansionFreeBytes: {
    value: 32 * MiB,
    reason: "small archives may expand up to this whatever their ratio",
  },
  expansionMs: {
    value: 20_000,
    reason: "an honest 50 MB 7z takes 10 s on a small machine",
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
