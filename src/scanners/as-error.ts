/** What an AbortSignal was aborted with, or what was thrown, as something that can be thrown. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
