// Names of parts: the last component, cleaned for people and rules, and what a
// name itself gives away. A name is data, never a path to anything. Called by
// the expander for every part.

/** A name and its other readings, cleaned. */
export interface CleanName {
  readonly filename: string | null;
  readonly otherFilenames: readonly string[];
  /** Names of `policy` findings. */
  readonly findings: readonly string[];
}

/** Longer names are cut in the middle; file systems end at 255 bytes. */
const maxCharacters = 255;
/** Raw names are looked at no further, or 10,000 of 64 KiB each would take minutes. */
const maxRawCharacters = 1024;

// Bidirectional controls turn `cod.exe` round into `exe.doc` for the eye;
// zero-width characters hide between letters (Unicode UAX 9, CVE-2021-42574).
const reordering = /[\u202A-\u202E\u2066-\u2069]/;
const invisible =
  /[\x00-\x1F\x7F-\x9F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/g;

/** Run on opening, on Windows unless said otherwise. */
const executableEndings = new Set(
  (
    "exe com scr pif bat cmd msi msp mst cpl dll ocx sys drv lnk url scf inf reg " +
    "vbs vbe vb js jse ws wsf wsh wsc hta ps1 psm1 ps1xml psc1 msh jar jnlp " +
    "gadget application appref-ms msc hlp chm cab xll wll one iso img vhd vhdx " +
    "app command pkg dmg sh run desktop apk"
  ).split(" "),
);

const documentEndings = new Set(
  (
    "pdf doc docx docm dot dotx rtf odt xls xlsx xlsm csv ods ppt pptx pps odp " +
    "txt htm html xml eml msg jpg jpeg png gif bmp tif tiff webp svg mp3 mp4 avi " +
    "mov wav zip rar 7z gz"
  ).split(" "),
);

/** Detected types that run as they are. Scripts are text, and may well be called .txt. */
const executableTypes = new Set([
  "application/x-dosexec",
  "application/x-executable",
  "application/x-mach-binary",
  "application/java-vm",
  "application/x-ms-shortcut",
  "application/hta",
]);

/** A raw name, of which the middle is left out where it is too long to be one. */
export function boundedName(raw: string): string {
  if (raw.length <= maxRawCharacters) return raw;
  const half = maxRawCharacters / 2;
  return `${raw.slice(0, half)}...${raw.slice(-half)}`;
}

/** Cleans the name of a part that was found to be `detectedType`. */
export function cleanFilename(
  rawName: string | null,
  otherNames: readonly string[],
  detectedType: string,
): CleanName {
  const raw = rawName === null ? null : boundedName(rawName);
  const others = otherNames.map(boundedName);
  const filename = raw === null ? null : clean(raw);
  const readings = new Set<string>();
  const findings = new Set<string>();
  for (const name of raw === null ? others : [raw, ...others]) {
    const cleaned = clean(name);
    readings.add(cleaned);
    // C programs end at NUL; Windows drops trailing dots and blanks; a colon begins a stream's name.
    for (const reading of [
      ...cutAt(name, "\0"),
      ...cutAt(lastComponent(name), ":"),
      withoutTrailing(name, ". \u00A0"),
    ])
      readings.add(clean(reading));
    if (reordering.test(name)) findings.add("policy-name-reordered");
    // Also as trailing dots hide it: `a.pdf.exe. .`
    for (const reading of [cleaned, clean(withoutTrailing(name, ". \u00A0"))])
      if (hasDoubleEnding(reading)) findings.add("policy-double-extension");
    if (
      executableTypes.has(detectedType) &&
      documentEndings.has(endings(cleaned).at(-1) ?? "")
    )
      findings.add("policy-disguised-executable");
  }
  readings.delete("");
  readings.delete(filename ?? "");
  return {
    filename: filename === "" ? null : filename,
    otherFilenames: [...readings],
    findings: [...findings],
  };
}

/** Last component, without what cannot be seen. */
function clean(raw: string): string {
  const name = lastComponent(raw).replace(invisible, "").trim();
  if (name.length <= maxCharacters) return wellFormed(name);
  // The ending is what matters: keep it.
  return wellFormed(`${name.slice(0, 200)}...${name.slice(-50)}`);
}

function lastComponent(raw: string): string {
  // A trailing separator is no last component: `a/b/` is b.
  const trimmed = withoutTrailing(raw, "/\\\0");
  return trimmed.slice(
    Math.max(trimmed.lastIndexOf("/"), trimmed.lastIndexOf("\\")) + 1,
  );
}

/** An expression would begin anew at each character of a long run. */
function withoutTrailing(name: string, characters: string): string {
  let end = name.length;
  while (end > 0 && characters.includes(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}

/** What is before `mark`, where it is in the name. One letter is a drive. */
function cutAt(name: string, mark: string): string[] {
  const at = name.indexOf(mark);
  return at > 1 ? [name.slice(0, at)] : [];
}

/** `invoice.pdf.exe`, `invoice.pdf      .exe`: a harmless ending before one that runs. */
function hasDoubleEnding(name: string): boolean {
  const [before, last] = endings(name).slice(-2);
  return (
    before !== undefined &&
    last !== undefined &&
    executableEndings.has(last) &&
    documentEndings.has(before)
  );
}

/** Everything between dots after the first, lower-case, blanks around gone. */
function endings(name: string): string[] {
  return name
    .slice(-100)
    .toLowerCase()
    .split(".")
    .slice(1)
    .map((ending) => ending.trim());
}

/** Lone surrogates cannot be written as UTF-8. */
function wellFormed(name: string): string {
  return name.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    "\uFFFD",
  );
}
