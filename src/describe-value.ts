// A value of the configuration as error messages show it. Called by
// config-source.ts and schema.ts.

/** Text that a person can place; longer values are cut. */
const maxShownCharacters = 60;

export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.length > maxShownCharacters
        ? `${JSON.stringify(value.slice(0, maxShownCharacters))}...`
        : JSON.stringify(value);
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    case "undefined":
      return "nothing";
    case "object":
    case "function":
    case "symbol":
      if (Array.isArray(value)) return "a list";
      return value instanceof Date ? "a date" : "a table";
  }
}
