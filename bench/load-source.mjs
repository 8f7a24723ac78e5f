// The sources as a bench calls them: single functions, which dist/ does not have.

import { pathToFileURL } from "node:url";
import { bundleSource, makeFolder } from "./bundle.mjs";

const exported = `
export { expandMessage } from "./src/expansion.ts";
export { defaultLimits } from "./src/limits.ts";
export { parseAddress } from "./src/scanners/address.ts";
export { clamd } from "./src/scanners/clamd.ts";
export { spamd } from "./src/scanners/spamd.ts";
export { rspamd } from "./src/scanners/rspamd.ts";
export { pyzor } from "./src/scanners/pyzor.ts";
export { dcc } from "./src/scanners/dcc.ts";
export { razor } from "./src/scanners/razor.ts";
export { commandScanner } from "./src/scanners/command.ts";
export { commandProfiles } from "./src/scanners/command-profiles.ts";
export { defaultProcessLimits } from "./src/scanners/process-limits.ts";
export { loadRegexEngine } from "./src/regex.ts";
export { ReadyScanner } from "./src/scanners/ready-scanner.ts";
export { runScanners } from "./src/scanners/run.ts";
export * as rspamdBackend from "./test/backends/rspamd.ts";
export * as pyzordBackend from "./test/backends/pyzord.ts";
export { dccReply, serveDccifd } from "./test/fakes/scanner-dccifd.ts";
export { startRazor } from "./test/fakes/scanner-razor-server.ts";
export { listen } from "./test/fakes/scanner-server.ts";
export * as clamdBackend from "./test/backends/clamd.ts";
export * as spamdBackend from "./test/backends/spamd.ts";
export { partOf, subjectOf } from "./test/scanners/subject.ts";
export { pyzorDigest } from "./src/scanners/pyzor-digest/digest.ts";
export { isReferenceInstalled, referenceDigests } from "./test/backends/pyzor-reference.ts";
export * as samples from "./test/extractors/archive-samples.ts";
export * as writers from "./test/extractors/archive-writers.ts";
export * as ambiguous from "./test/extractors/mime/ambiguous-messages.ts";
`;

/** Those modules' exports. */
export async function loadSource() {
  const program = await bundleSource(makeFolder("bench"), exported);
  return import(pathToFileURL(program).href);
}
