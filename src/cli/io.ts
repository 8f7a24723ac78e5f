// What a command may touch of its process: streams, environment, user. Made
// by main.ts from the real process, by tests from strings, so that commands
// run in-process.

/** Standard output or standard error. */
export interface Output {
  /** Resolves when the bytes are handed on; does nothing once the reader has gone. */
  write(data: string | Uint8Array): Promise<void>;
  readonly isTerminal: boolean;
  /** The reader has gone (`| head`): long listings may stop. */
  readonly isClosed: boolean;
}

/** Which user to become. */
export type Target =
  | { readonly kind: "qsift" }
  | { readonly kind: "owner"; readonly path: string };

export interface Io {
  readonly out: Output;
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Real uid. */
  readonly uid: number;
  /** After becomeUser another than `uid`. */
  effectiveUid(): number;
  readonly now: () => number;
  stdin(): AsyncIterable<Uint8Array>;
  /** Root becomes a user without privilege before it parses mail; others stay who they are. */
  becomeUser(target: Target): void;
}

/** Something that the user asked for was not done. The message says what to do next. */
export class CommandFailure extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandFailure";
    this.exitCode = exitCode;
  }
}

/** Every command's exit codes; `scan` of one file has the action's besides. */
export const exits = {
  done: 0,
  notDone: 1,
  usage: 2,
  configuration: 55,
} as const;
