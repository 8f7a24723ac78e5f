// Finds the key of an encrypted PDF: the empty user password, with which every
// reader opens a file that is only protected against changes, then those that
// are given. Called by pdf.ts.

import type { Password } from "./extractor.ts";
import { PdfCipher } from "./pdf-cipher.ts";
import type { PdfEncryption } from "./pdf-encryption.ts";
import { pdfKey } from "./pdf-keys.ts";

export interface OpenedPdf {
  readonly cipher: PdfCipher | null;
  /** Null for the empty one. */
  readonly password: Password | null;
  /**
   * There is one encryption, and it is open. Where a file states several, which
   * is in force is for each reader to say.
   */
  readonly isSure: boolean;
}

export function openPdf(
  encryptions: readonly PdfEncryption[],
  passwords: Iterable<Password>,
): OpenedPdf {
  for (const encryption of encryptions) {
    const key = pdfKey(encryption, "");
    if (key !== null) return opened(encryption, key, null);
  }
  for (const encryption of encryptions)
    for (const password of passwords) {
      const key = pdfKey(encryption, password.text);
      if (key !== null) return opened(encryption, key, password);
    }
  return { cipher: null, password: null, isSure: false };

  function opened(
    encryption: PdfEncryption,
    key: Uint8Array,
    password: Password | null,
  ): OpenedPdf {
    return {
      cipher: new PdfCipher(encryption, key),
      password,
      isSure: encryptions.length === 1,
    };
  }
}
