// The work of the scanner `auth`. Loaded by auth.ts when the first message is
// checked: mailauth and what it brings take 130 ms of CPU to load, which a
// process for every message must not pay where nobody asked for it. In the
// door's build this file is a bundle of its own.

import { checkDmarc } from "./auth-dmarc.ts";
import { checkSignatures } from "./auth-dkim.ts";
import { Dns, type DnsOptions } from "./auth-dns.ts";
import { findingNames, formatResults, type Outcome } from "./auth-results.ts";
import { checkSpf } from "./auth-spf.ts";
import type { Subject } from "./scanner.ts";

export class Checker {
  readonly #authservId: string;
  readonly #dns: Dns;

  constructor(authservId: string, options: DnsOptions) {
    this.#authservId = authservId;
    this.#dns = new Dns(options);
  }

  /** Checks mail that a client at `ip` sent. */
  async check(
    subject: Subject,
    ip: string,
    signal: AbortSignal,
  ): Promise<{
    /** Of Authentication-Results. */
    readonly value: string;
    readonly findings: readonly string[];
  }> {
    signal.throwIfAborted();
    const outcome = await this.#outcome(subject, ip, signal);
    return {
      value: formatResults(this.#authservId, outcome),
      findings: findingNames(outcome),
    };
  }

  /** Throws if the name servers can't answer. */
  ping(): Promise<void> {
    return this.#dns.ping();
  }

  close(): void {
    this.#dns.close();
  }

  async #outcome(
    { mail, message }: Subject,
    ip: string,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const lookups = () => this.#dns.lookups(signal);
    const client = { ip, helo: mail.peer.helo };
    const [spf, dkim] = await Promise.all([
      checkSpf(mail.envelope, client, this.#authservId, lookups()),
      checkSignatures(mail.bytes, { dkim: lookups(), arc: lookups() }, signal),
    ]);
    // Where a more lenient reader sees another number of From fields, nobody
    // knows which one the recipient will be shown.
    const authors = message.header.filter(
      (field) => field.name.toLowerCase() === "from",
    );
    const dmarc = await checkDmarc(
      authors.length === 1 ? (dkim?.from ?? null) : null,
      spf,
      { signatures: dkim?.signatures ?? [] },
      lookups(),
    );
    return { spf, dkim, dmarc };
  }
}
