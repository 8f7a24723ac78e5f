// Every format that is opened, in the order in which it is tried. Adding one
// is one file and one line here.

import { appledouble } from "./appledouble.ts";
import { ar } from "./ar.ts";
import { binhex } from "./binhex.ts";
import { cms } from "./cms.ts";
import { compress } from "./compress.ts";
import { cpio } from "./cpio.ts";
import type { Extractor } from "./extractor.ts";
import { gzip } from "./gzip.ts";
import { html } from "./html.ts";
import { installshield } from "./installshield.ts";
import { lha } from "./lha.ts";
import { lz4 } from "./lz4.ts";
import { lzip } from "./lzma-lzip.ts";
import { mbox } from "./mbox.ts";
import { mht } from "./mht.ts";
import { mime } from "./mime.ts";
import { ole } from "./ole.ts";
import { activeMime } from "./ole-activemime.ts";
import { onenote } from "./onenote.ts";
import { ooxml } from "./ooxml.ts";
import { openpgp } from "./openpgp.ts";
import { pdf } from "./pdf.ts";
import { rpm } from "./rpm.ts";
import { rtf } from "./rtf.ts";
import { selfExtracting } from "./seven-zip-embedded.ts";
import { sevenZipExtractors } from "./seven-zip.ts";
import { sis } from "./sis.ts";
import { splitVolume } from "./split-volume.ts";
import { szdd } from "./szdd.ts";
import { tar } from "./tar.ts";
import { tnef } from "./tnef.ts";
import { unopenedArchives } from "./unopened-archives.ts";
import { uuencode } from "./uuencode.ts";
import { vobject } from "./vobject.ts";
import { yenc } from "./yenc.ts";
import { zip } from "./zip.ts";
import { zoo } from "./zoo.ts";

export const extractors: readonly Extractor[] = [
  // Mail and what stands in its text.
  mime,
  mht,
  mbox,
  uuencode,
  yenc,
  binhex,
  appledouble,
  tnef,
  cms,
  openpgp,
  html,
  vobject,

  // Archives and compressed files.
  zip,
  ooxml,
  tar,
  cpio,
  ar,
  rpm,
  gzip,
  compress,
  lz4,
  lzip,
  zoo,
  lha,
  szdd,
  installshield,
  sis,

  ...sevenZipExtractors,
  ...unopenedArchives,
  splitVolume,
  // Documents.
  ole,
  activeMime,
  onenote,
  rtf,
  pdf,

  // Anything with an archive inside.
  selfExtracting,
];
