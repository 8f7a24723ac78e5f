// What is wrong with the configuration, and where. Thrown by the readers of
// the configuration; the doors make exit 55 of it, the commands print it.

/** A place in a configuration file. */
export interface Place {
  readonly file: string;
  /** From 1; null where the file as a whole is meant. */
  readonly line: number | null;
  readonly column: number | null;
  /** The dotted key, `policy[0].spam.reject`; null where no key is meant. */
  readonly key: string | null;
}

export class ConfigError extends Error implements Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly key: string | null;

  /** `message` begins with the place: `FILE:LINE:COLUMN: KEY: detail`. */
  constructor(place: Place, detail: string, options?: ErrorOptions) {
    const { file, line, column, key } = place;
    const position = line === null ? "" : `:${line}:${column ?? 1}`;
    super(
      `${file}${position}: ${key === null ? "" : `${key}: `}${detail}`,
      options,
    );
    this.name = "ConfigError";
    this.file = file;
    this.line = line;
    this.column = column;
    this.key = key;
  }
}
