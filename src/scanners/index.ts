// The list of scanners. A new one is a file and a line here.

import { builtin } from "./builtin.ts";
import { clamd } from "./clamd.ts";
import type { Scanner } from "./scanner.ts";
import { spamd } from "./spamd.ts";

export const scanners: readonly Scanner[] = [clamd, spamd, builtin];
