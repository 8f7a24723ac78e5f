// What the walker reports, in the order in which it finds it.

import type { MimeRemark } from "./remarks.ts";

export type WalkItem = Leaf | Limited | Unsupported | Noted | Aside;

/** A leaf or an embedded message, decoded. */
export interface Leaf {
  readonly kind: "leaf";
  /** Section number (RFC 3501 6.4.5); `~` and a name or number marks a reading other than the usual one. */
  readonly section: string;
  readonly types: readonly string[];
  readonly filenames: readonly string[];
  readonly charset: string | null;
  readonly content: Uint8Array;
  /** Where its encoded bytes stand; null where they come from decoded bytes. */
  readonly range: Range | null;
}

/** A limit reached: what stands in this section, or some readings of it, were not followed. */
export interface Limited {
  readonly kind: "limit";
  readonly section: string;
  /** As findings spell it. */
  readonly name: string;
}

/** What the leaf reported last stands for is elsewhere. */
export interface Unsupported {
  readonly kind: "unsupported";
  readonly name: "mime-partial" | "mime-external-body" | "mime-charset-ebcdic";
}

export interface Noted {
  readonly kind: "remark";
  readonly name: MimeRemark;
  /** About the leaf reported last; otherwise about the message. */
  readonly aboutLast: boolean;
}

/** Bytes that are syntax and reach no leaf. With the leaves' ranges they cover the message. */
export interface Aside {
  readonly kind: "aside";
  /** `blank`: a body of white space that only an unusual reading has. */
  readonly what: "header" | "delimiter" | "preamble" | "epilogue" | "blank";
  readonly range: Range;
}

/** From `from` up to, not including, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}
