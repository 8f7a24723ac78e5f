// DNS for SPF, DKIM, ARC and DMARC, in the form in which mailauth asks: records,
// or an error whose code says why there are none. Used by auth-check.ts.
//
// Who wrote the message chooses most of the names that are asked for. So each
// method of each message has a budget of its own: what a sender spends on SPF
// and DKIM is not missing where DMARC asks about the domain that he pretends to
// be. Answers are kept by name: five minutes, and "none" one minute. Records'
// own times are not looked at, for Node tells no TTL of TXT. What could not be
// answered is not kept.

import { promises as dns } from "node:dns";

import { errorCode } from "../error-code.ts";

export type RecordType = "A" | "AAAA" | "MX" | "PTR" | "TXT";
/** Strings for A, AAAA and PTR; strings in pieces for TXT; objects for MX. */
export type Records = readonly (
  | string
  | readonly string[]
  | { readonly priority: number; readonly exchange: string }
)[];
/** Rejects with LookupError. */
export type Resolve = (name: string, type: string) => Promise<Records>;

const keptMs = 300_000;
const keptNoneMs = 60_000;
const maxKept = 1000;
/** A longer answer is not kept, so that what is kept is bounded. */
const maxKeptCharacters = 8192;
/** The longest keys (RSA with 4096 bits) have 800 characters, flattened SPF records 2,000. */
const maxTextCharacters = 4096;
/** mailauth takes quadratic time for names that macros made long. */
const maxMacros = 20;
/** One method that meets so many silent servers asks no more. */
const maxTimeouts = 2;

const types: readonly string[] = ["A", "AAAA", "MX", "PTR", "TXT"];

/** `code` and `spfResult` are what mailauth goes by. */
export class LookupError extends Error {
  readonly code: string;
  /** mailauth changes this, so every error has its own. */
  spfResult?: { error: string; text: string };
  constructor(code: string, error: "temperror" | "permerror" | null) {
    super(`DNS: ${code}`);
    this.name = "LookupError";
    this.code = code;
    if (error !== null) this.spfResult = { error, text: this.message };
  }
}

/** `none`: no such name, or no such records. `failed`: nobody knows. */
type Answer =
  | { readonly kind: "records"; readonly records: Records }
  | { readonly kind: "none" | "failed" | "timeout" | "unusable" };

export interface DnsOptions {
  /** `127.0.0.1`, `127.0.0.1:5353`, `[::1]:53`; empty: those of the system. */
  readonly servers: readonly string[];
  /** For one question, second tries included. */
  readonly timeoutMs: number;
  /** For one method of one message. */
  readonly maxQueries: number;
}

export class Dns {
  readonly #options: DnsOptions;
  readonly #resolver: dns.Resolver;
  readonly #kept = new Map<string, { answer: Answer; until: number }>();
  readonly #asking = new Map<string, Promise<Answer>>();

  constructor(options: DnsOptions) {
    this.#options = options;
    // The second try waits twice as long as the first.
    const timeout = Math.max(1, Math.floor(options.timeoutMs / 3));
    this.#resolver = new dns.Resolver({ timeout, tries: 2 });
    if (options.servers.length > 0) this.#resolver.setServers(options.servers);
  }

  /** A budget of its own; nothing is asked after the signal. */
  lookups(signal: AbortSignal): Lookups {
    return new Lookups(
      (name, type) => this.#answer(name, type),
      this.#options.maxQueries,
      signal,
    );
  }

  /** One question. Throws LookupError if the name servers can't answer it. */
  async ping(): Promise<void> {
    const answer = await this.#ask("localhost", "A");
    if (answer.kind === "failed" || answer.kind === "timeout")
      throw new LookupError(answer.kind, null);
  }

  /** Gives up what is under way. */
  close(): void {
    this.#resolver.cancel();
  }

  /** Kept, under way for another message, or asked now. Never rejects. */
  #answer(name: string, type: RecordType): Promise<Answer> {
    const key = `${type} ${name}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > Date.now())
      return Promise.resolve(kept.answer);
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#ask(name, type).then((answer) => {
        this.#asking.delete(key);
        this.#keep(key, answer);
        return answer;
      });
      this.#asking.set(key, asking);
    }
    return asking;
  }

  #keep(key: string, answer: Answer): void {
    this.#kept.delete(key);
    if (answer.kind === "failed" || answer.kind === "timeout") return;
    if (
      answer.kind === "records" &&
      JSON.stringify(answer.records).length > maxKeptCharacters
    )
      return;
    const ms = answer.kind === "records" ? keptMs : keptNoneMs;
    this.#kept.set(key, { answer, until: Date.now() + ms });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxKept) break;
      this.#kept.delete(oldest);
    }
  }

  async #ask(name: string, type: RecordType): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    // Several servers, each with its tries, may take longer than is wanted.
    const overdue = new Promise<Answer>((resolve) => {
      const { timeoutMs } = this.#options;
      timer = setTimeout(resolve, timeoutMs, { kind: "timeout" });
    });
    try {
      return await Promise.race([this.#records(name, type), overdue]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #records(name: string, type: RecordType): Promise<Answer> {
    try {
      const records = await this.#resolve(name, type);
      if (type === "TXT" && records.some(isTooLong))
        return { kind: "unusable" };
      return { kind: records.length === 0 ? "none" : "records", records };
    } catch (error) {
      switch (errorCode(error)) {
        case "ENOTFOUND":
        case "ENODATA":
        // No name that DNS could know.
        case "EBADNAME":
          return { kind: "none" };
        case "ETIMEOUT":
          return { kind: "timeout" };
        case null:
        default:
          return { kind: "failed" };
      }
    }
  }

  #resolve(name: string, type: RecordType): Promise<Records> {
    switch (type) {
      case "A":
        return this.#resolver.resolve4(name);
      case "AAAA":
        return this.#resolver.resolve6(name);
      case "MX":
        return this.#resolver.resolveMx(name);
      case "PTR":
        return this.#resolver.resolvePtr(name);
      case "TXT":
        return this.#resolver.resolveTxt(name);
    }
  }
}

/** What one method asks for one message. */
export class Lookups {
  readonly #answer: (name: string, type: RecordType) => Promise<Answer>;
  readonly #signal: AbortSignal;
  /** Failures too, so that they are not waited for twice. */
  readonly #asked = new Map<string, Promise<Answer>>();
  #queries: number;
  #timeouts = 0;
  #hasFailed = false;

  constructor(
    answer: (name: string, type: RecordType) => Promise<Answer>,
    maxQueries: number,
    signal: AbortSignal,
  ) {
    this.#answer = answer;
    this.#queries = maxQueries;
    this.#signal = signal;
  }

  /** Something was asked for that nobody could answer. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  readonly resolve: Resolve = async (name, type) => {
    this.#signal.throwIfAborted();
    if (!isRecordType(type) || !isName(name))
      throw new LookupError("ENOTFOUND", null);
    const key = `${type} ${name.toLowerCase()}`;
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      if (this.#queries === 0) throw new LookupError("ELIMIT", "permerror");
      this.#queries -= 1;
      asked =
        this.#timeouts >= maxTimeouts
          ? Promise.resolve<Answer>({ kind: "timeout" })
          : this.#answer(name.toLowerCase(), type);
      this.#asked.set(key, asked);
    }
    const answer = await asked;
    this.#signal.throwIfAborted();
    switch (answer.kind) {
      case "records":
        // mailauth sorts what it gets.
        return [...answer.records];
      case "none":
        throw new LookupError("ENOTFOUND", null);
      case "unusable":
        throw new LookupError("EINVALIDVAL", "permerror");
      case "failed":
      case "timeout":
        if (answer.kind === "timeout") this.#timeouts += 1;
        this.#hasFailed = true;
        // The one code that mailauth takes for temporary everywhere.
        throw new LookupError("ETIMEOUT", "temperror");
    }
  };
}

function isRecordType(type: string): type is RecordType {
  return types.includes(type);
}

/** RFC 1035 2.3.4, and nothing in it that c-ares or a zone file would read in another way. */
function isName(name: string): boolean {
  return (
    name.length <= 253 &&
    /^[!-[\]-~]+$/.test(name) &&
    name.split(".").every((label) => label.length > 0 && label.length <= 63)
  );
}

function isTooLong(record: Records[number]): boolean {
  const text = Array.isArray(record) ? record.join("") : "";
  return (
    text.length > maxTextCharacters ||
    (/^v=spf1/i.test(text) && text.split("%").length > maxMacros + 1)
  );
}
