// The code by which errors of Node and of the system are told apart: `ENOENT`,
// `ERR_BUFFER_TOO_LARGE`. For whoever caught something that may be anything.

/** Null for what has none. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error &&
    "code" in error &&
    typeof error.code === "string"
    ? error.code
    : null;
}
