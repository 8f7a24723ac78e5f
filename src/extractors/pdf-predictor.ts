// PNG predictors of PDF streams (ISO 32000-1 7.4.4.4, PNG 9.2), undone.
// Called by pdf.ts after the filters.

import type { Budget } from "../budget.ts";
import { u8 } from "./archive-bytes.ts";

export interface Predictor {
  /** 1 none, 2 TIFF, 10 to 15 PNG: each row begins with a byte that says which. */
  readonly kind: number;
  readonly columns: number;
  readonly colors: number;
  readonly bits: number;
}

/** Charged to the budget; throws LimitReached. Nonsense parameters: the bytes as they are. */
export function undoPredictor(
  data: Uint8Array,
  predictor: Predictor,
  budget: Budget,
): Uint8Array {
  const { kind, columns, colors, bits } = predictor;
  const rowBits = columns * colors * bits;
  if (kind < 10 || !(rowBits > 0) || rowBits > data.length * 8) return data;
  const row = Math.ceil(rowBits / 8);
  const left = Math.max(1, Math.ceil((colors * bits) / 8));
  budget.chargeBytes(data.length);
  const output = new Uint8Array(data.length);
  let to = 0;
  for (let from = 0; from < data.length; from += row + 1) {
    const type = u8(data, from);
    const length = Math.min(row, data.length - from - 1);
    for (let i = 0; i < length; i++) {
      const a = i < left ? 0 : u8(output, to + i - left);
      const b = to < row ? 0 : u8(output, to + i - row);
      const c = i < left || to < row ? 0 : u8(output, to + i - row - left);
      const predicted =
        type === 1
          ? a
          : type === 2
            ? b
            : type === 3
              ? (a + b) >> 1
              : type === 4
                ? paeth(a, b, c)
                : 0;
      output[to + i] = u8(data, from + 1 + i) + predicted;
    }
    to += length;
  }
  return output.subarray(0, to);
}

// PNG 9.4
function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const pa = Math.abs(p - a);
  const pb = Math.abs(p - b);
  const pc = Math.abs(p - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// Ignored: the TIFF predictor, which only pictures use.
