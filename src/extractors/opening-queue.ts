// Parts that wait to be opened, for expand.ts: first those of mail syntax that
// may hold more of it or text, then all others in the order in which they were
// found. So all that a reader sees as text is known before the first archive
// is opened, wherever the password stands that the archive needs.

import type { Part } from "../mail.ts";
import type { Candidate } from "./extractor.ts";

/** A part that waits to be opened. */
export interface Opening {
  readonly part: Part;
  readonly candidate: Candidate;
  /** Containers around its content. */
  readonly depth: number;
  /** Its place is a MIME section number, or "" of the message. */
  readonly isSection: boolean;
  /** It came out of mail syntax alone. */
  readonly isMail: boolean;
}

/** Formats that mail is wrapped in. */
const mailFormats = new Set(["mime", "tnef", "cms", "openpgp"]);
const mailTypes = /^(?:message|multipart|text)\/|tnef|pkcs7|pgp/;

/** What came out of `container` by an extractor of `format` is mail still. */
export function isMailEntry(container: Opening, format: string): boolean {
  return container.isMail && mailFormats.has(format);
}

/** For people to find a part by; with 10,000 parts, longer ones would fill the sandbox. */
const maxPlaceCharacters = 2048;

/** "1.2" within a message, "1.2/a.zip" or "1.2/a.zip/b.exe" within anything else. */
export function joinPlaces(
  { part, isSection: inSection }: Opening,
  place: string,
  isSection: boolean,
): string {
  if (part.place === "") return place.slice(0, maxPlaceCharacters);
  const joined = `${part.place}${inSection && isSection ? "." : "/"}${place}`;
  return joined.slice(0, maxPlaceCharacters);
}

export class OpeningQueue {
  readonly #mail = new Passing();
  readonly #others = new Passing();

  add(opening: Opening): void {
    const { isMail, part } = opening;
    const isEarly =
      isMail &&
      (mailTypes.test(part.detectedType) ||
        mailTypes.test(part.declaredType ?? ""));
    (isEarly ? this.#mail : this.#others).add(opening);
  }

  next(): Opening | undefined {
    return this.#mail.next() ?? this.#others.next();
  }
}

/** Openings are not removed, only passed: shift() of a long array is slow. */
class Passing {
  readonly #openings: Opening[] = [];
  #at = 0;

  add(opening: Opening): void {
    this.#openings.push(opening);
  }

  next(): Opening | undefined {
    return this.#openings[this.#at++];
  }
}
