// The list of scanners. A new one is a file and a line here.

import { auth } from "./auth.ts";
import { builtin } from "./builtin.ts";
import { clamd } from "./clamd.ts";
import { dcc } from "./dcc.ts";
import { icap } from "./icap.ts";
import { pyzor } from "./pyzor.ts";
import { razor } from "./razor.ts";
import { rspamd } from "./rspamd.ts";
import type { Scanner } from "./scanner.ts";
import { spamd } from "./spamd.ts";

export const scanners: readonly Scanner[] = [
  clamd,
  spamd,
  rspamd,
  icap,
  builtin,
  auth,
  razor,
  pyzor,
  dcc,
];
