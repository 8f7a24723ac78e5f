// A configuration file: its text, what it says, and errors that know their
// place in it. Called by config.ts and config-rules.ts.

import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { ConfigError } from "./config-error.ts";
import { describe } from "./describe-value.ts";
import { formatKeyPath, locate, type KeyPath } from "./config-locate.ts";

export class ConfigSource {
  readonly file: string;
  readonly #text: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
  }

  /** The values, checked against the schema. Throws ConfigError. */
  read<const Schema extends v.GenericSchema>(
    schema: Schema,
  ): v.InferOutput<Schema> {
    let values: unknown;
    try {
      values = parse(this.#text, { unsafeKeyBehaviour: "throw" });
    } catch (error) {
      throw this.#syntaxError(error);
    }
    const result = v.safeParse(schema, values);
    if (result.success) return result.output;
    // A misspelt key also makes another one missing: the misspelling tells more.
    const issue =
      result.issues.find(
        ({ type, expected }) =>
          type === "strict_object" && expected === "never",
      ) ?? result.issues[0];
    throw this.error(
      (issue.path ?? []).map(({ key }) =>
        typeof key === "number" ? key : String(key),
      ),
      /^expected (?!.*, found )/.test(issue.message)
        ? `${issue.message}, found ${describe(issue.input)}`
        : issue.message,
    );
  }

  /** To be thrown: what is wrong with the value at `path`. */
  error(path: KeyPath, detail: string, options?: ErrorOptions): ConfigError {
    const { line, column } = locate(this.#text, path);
    const key = path.length === 0 ? null : formatKeyPath(path);
    return new ConfigError(
      { file: this.file, line, column, key },
      detail,
      options,
    );
  }

  #syntaxError(error: unknown): ConfigError {
    if (!(error instanceof TomlError))
      return new ConfigError(
        { file: this.file, line: null, column: null, key: null },
        error instanceof Error ? error.message : String(error),
        { cause: error },
      );
    const { line, column, message } = error;
    // The library's message goes on with an excerpt of several lines.
    const [detail = ""] = message.split("\n", 1);
    return new ConfigError(
      { file: this.file, line, column, key: null },
      `not TOML: ${detail.replace(/^Invalid TOML document: /, "")}`,
      { cause: error },
    );
  }
}

/** Throws ConfigError where the file cannot be read or is not UTF-8 (TOML 1.0). */
export function readSource(file: string): ConfigSource {
  try {
    const bytes = readFileSync(file);
    return new ConfigSource(
      file,
      new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    );
  } catch (error) {
    const reason =
      error instanceof TypeError
        ? "expected UTF-8 text, found other bytes"
        : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConfigError(
      { file, line: null, column: null, key: null },
      reason,
      { cause: error },
    );
  }
}
