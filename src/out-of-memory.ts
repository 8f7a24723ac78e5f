// Tells a lack of memory from a bug: what could not be looked at for want of
// memory is tried again later, and never taken for looked at.

import { errorCode } from "./error-code.ts";

/** True for V8's and Node's refusals to allocate. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error);
  return (
    code === "ERR_MEMORY_ALLOCATION_FAILED" ||
    code === "ENOMEM" ||
    code === "ERR_WORKER_OUT_OF_MEMORY" ||
    /allocation failed|could not allocate|out of memory/i.test(error.message)
  );
}
