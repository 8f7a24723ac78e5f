// Every format that is opened, in the order in which it is tried. Adding one
// is one file and one line here.

import { binhex } from "./binhex.ts";
import { cms } from "./cms.ts";
import type { Extractor } from "./extractor.ts";
import { mime } from "./mime.ts";
import { ole } from "./ole.ts";
import { openpgp } from "./openpgp.ts";
import { tnef } from "./tnef.ts";
import { uuencode } from "./uuencode.ts";
import { yenc } from "./yenc.ts";
import { zip } from "./zip.ts";

export const extractors: readonly Extractor[] = [
  mime,
  uuencode,
  yenc,
  binhex,
  tnef,
  cms,
  openpgp,
  zip,
  ole,
];
