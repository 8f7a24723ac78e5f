// What auth-*.ts uses of mailauth 4.13.3: four of its modules, without BIMI
// (and the HTTP client and XML parser that come with it). Its own types leave
// out DkimVerifier, and know no MX answers.

declare module "mailauth/lib/spf/index.js" {
  export function spf(options: {
    sender: string;
    ip: string;
    helo: string | undefined;
    mta: string;
    resolver: import("./auth-dns.ts").Resolve;
  }): Promise<{ readonly status: { readonly result: string } }>;
}

declare module "mailauth/lib/dkim/dkim-verifier.js" {
  interface Field {
    /** Lower-case name. */
    readonly key: string;
    readonly casedKey: string;
    /** Name and value, continuation lines divided by CRLF, without the last line end. */
    readonly line: Buffer;
  }

  interface Tags {
    readonly parsed: Readonly<
      Record<string, { readonly value?: string | number } | undefined>
    >;
    original: Buffer;
  }

  interface SignatureHeader extends Tags {
    readonly type: "DKIM" | "ARC" | "AS";
    readonly algorithm: string;
    readonly signingDomain: string;
    readonly selector: string;
    readonly bodyHashKey?: string;
    maxBodyLength: number | string;
    /** True: not looked at, and in no result. */
    skip?: boolean;
  }

  interface DkimResult {
    readonly signingDomain?: string;
    readonly selector?: string;
    readonly bodyHash?: string;
    readonly bodyHashExpecting?: string;
    /** Bytes that the signature covers, and that there are, both canonical. */
    readonly canonBodyLength?: number;
    readonly canonBodyLengthTotal?: number;
    readonly status: { readonly result: string; readonly comment?: string };
  }

  interface ArcEntry {
    readonly i: number;
    readonly "arc-authentication-results": Tags;
    readonly "arc-message-signature": Tags;
    readonly "arc-seal": Tags;
    readonly messageSignature?: DkimResult;
  }

  interface Arc {
    readonly chain: readonly ArcEntry[] | false;
    readonly lastEntry?: ArcEntry;
    readonly error?: Error;
  }

  export class DkimVerifier {
    constructor(options: { resolver: import("./auth-dns.ts").Resolve });
    headers: { readonly parsed: readonly Field[] };
    readonly signatureHeaders: SignatureHeader[];
    /** By canonicalization, algorithm and length. */
    readonly bodyHashes: Map<string, unknown>;
    /** Addresses in all From fields. */
    readonly headerFrom: readonly string[];
    /** Of the signatures of type DKIM that were not skipped, in their order; or one "none". */
    readonly results: readonly DkimResult[];
    readonly arc: Arc;
    messageHeaders(headers: {
      readonly parsed: readonly Field[];
    }): Promise<void>;
    /** Body bytes, line ends as CRLF. */
    nextChunk(chunk: Uint8Array): Promise<void>;
    finalChunk(): Promise<void>;
  }
}

declare module "mailauth/lib/arc/index.js" {
  export function arc(
    data: import("mailauth/lib/dkim/dkim-verifier.js").Arc,
    options: { resolver: import("./auth-dns.ts").Resolve },
  ): Promise<{ readonly status: { readonly result: string } }>;
}

declare module "mailauth/lib/dmarc/index.js" {
  export function dmarc(options: {
    headerFrom: string;
    spfDomains: string[];
    dkimDomains: { id: string; domain: string; aligned: false }[];
    resolver: import("./auth-dns.ts").Resolve;
  }): Promise<
    | {
        readonly status: { readonly result: string };
        /** As published, in any case, or not at all. */
        readonly policy?: string | false;
        readonly alignment?: {
          readonly spf: { readonly result?: string; readonly strict: boolean };
          readonly dkim: { readonly result?: string; readonly strict: boolean };
        };
      }
    | false
  >;
}
