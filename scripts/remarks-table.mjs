// Prints the table of ambiguities for docs/extractors.md:
//   node scripts/remarks-table.mjs
import { build } from "esbuild";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { outputFiles } = await build({
  entryPoints: [join(root, "src/mime/remarks.ts")],
  bundle: true,
  write: false,
  format: "esm",
});
const { mimeRemarks } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
);
console.log("| name | what readers disagree about |\n|---|---|");
for (const [name, meaning] of Object.entries(mimeRemarks))
  console.log(`| \`${name}\` | ${meaning} |`);
