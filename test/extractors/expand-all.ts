// expand() with every extractor, as the sandbox runs it.

import { expand as expandWith } from "../../src/extractors/expand.ts";
import type { Extractor } from "../../src/extractors/extractor.ts";
import { extractors } from "../../src/extractors/index.ts";
import type { Limits } from "../../src/limits.ts";
import type { Message } from "../../src/mail.ts";

export function expand(
  bytes: Uint8Array,
  limits: Limits,
  list: readonly Extractor[] = extractors,
): Promise<Message> {
  return expandWith(bytes, limits, list);
}
