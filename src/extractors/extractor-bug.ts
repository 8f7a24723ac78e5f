// An extractor's own exception. The message goes on with a `limit` finding, and
// somebody has to mend the extractor: so the cause goes to the log, out of the
// sandbox's thread if need be. Plain data, bounded.

export interface ExtractorBug {
  readonly format: string;
  /** `Part.place` of what it was opening. */
  readonly place: string;
  /** As the exception had it: may quote mail, so not printable as it is. */
  readonly stack: string;
}

/** Of one message; a bug that a thousand parts set off is one bug. */
const maxBugs = 8;
const maxStackChars = 2000;
const maxPlaceChars = 500;

export function extractorBug(
  format: string,
  place: string,
  error: unknown,
): ExtractorBug {
  const stack =
    error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    format,
    place: place.slice(0, maxPlaceChars),
    stack: stack.slice(0, maxStackChars),
  };
}

/** Passes on `maxBugs` of them. */
export function theFirst(
  tell: (bug: ExtractorBug) => void,
): (bug: ExtractorBug) => void {
  let count = 0;
  return (bug) => {
    if (++count <= maxBugs) tell(bug);
  };
}
