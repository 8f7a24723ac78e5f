// Lines inside a header that are no field and continue none, and lines folded
// under them: two more ways to read the field above. header.ts calls it.
//
// Email::Simple takes a line without a colon for a continuation, whatever it
// begins with. A reader that throws such a line away and keeps what it has of
// the field takes a folded line after it for the field's own. Others give the
// folded line to the line thrown away, which is how header.ts reads.

import type { HeaderField } from "../mail.ts";
import { fieldColon, type HeaderLine } from "./header-lines.ts";

/** Stray lines of one field. */
interface Run {
  /** After the last of them. */
  end: number;
  /** Those that are folded, neighbours in one. */
  readonly folded: { readonly from: number; to: number }[];
}

/** More than anybody needs to fool one more reader; memory for each is kept. */
const maxPieces = 1000;

export class StrayLines {
  readonly #runs = new Map<number, Run>();
  #pieces = 0;
  #isFull = false;

  /** More stood there than were looked at. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** `field`: index of the last field above; none stands there where it is -1. */
  add(field: number, { kind, start, end }: HeaderLine): void {
    if (field < 0) return;
    let run = this.#runs.get(field);
    if (run === undefined) {
      if (!this.#takePiece()) return;
      run = { end, folded: [] };
      this.#runs.set(field, run);
    }
    const last = run.folded.at(-1);
    const isNeighbour = last?.to === run.end && start - run.end <= 2;
    run.end = end;
    if (kind !== "folded") return;
    if (isNeighbour) last.to = end;
    else if (this.#takePiece()) run.folded.push({ from: start, to: end });
  }

  #takePiece(): boolean {
    if (this.#pieces >= maxPieces) this.#isFull = true;
    else this.#pieces += 1;
    return !this.#isFull;
  }

  /** The header's fields with these lines taken for continuations: all of them, and the folded ones alone. */
  *readings(
    buffer: Buffer,
    fields: readonly HeaderField[],
    maxBytes: number,
  ): Generator<HeaderField[]> {
    if (this.#runs.size === 0) return;
    yield this.#withValues(fields, (field, { end }) => {
      const from = fieldColon(buffer, field.start) + 1;
      return buffer.toString("latin1", from, Math.min(end, from + maxBytes));
    });
    if ([...this.#runs.values()].every(({ folded }) => folded.length === 0))
      return;
    yield this.#withValues(fields, (field, { folded }) =>
      folded
        .reduce(
          (value, { from, to }) =>
            `${value}\n${buffer.toString("latin1", from, to)}`,
          field.value,
        )
        .slice(0, maxBytes),
    );
  }

  #withValues(
    fields: readonly HeaderField[],
    valueOf: (field: HeaderField, run: Run) => string,
  ): HeaderField[] {
    return fields.map((field, index) => {
      const run = this.#runs.get(index);
      if (run === undefined) return field;
      return { ...field, value: valueOf(field, run) };
    });
  }
}
