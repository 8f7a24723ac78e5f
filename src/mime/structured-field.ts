// Content-Type and its like (RFC 2045 5.1): a value and parameters. Two
// readers are modelled, because they disagree and an attacker chooses: the
// standard's (comments, quoted strings, escapes; a missing semicolon borne
// with), and the naive one of many programs that cut at every semicolon.
// Single pass each, linear on any input. All take an unfolded field value.

export interface Parameter {
  /** Lower-case, with the `*` forms of RFC 2231 as written. */
  readonly name: string;
  /** Without quotes; escapes undone as the reader does. */
  readonly value: string;
}

export interface StructuredField {
  /** What stands before the parameters, lower-case: `text/plain`, `attachment`, `base64`. */
  readonly value: string;
  readonly parameters: readonly Parameter[];
}

/** RFC 822 linear white space, and what some readers skip like it: VT, FF, NUL, no-break space (latin1 or UTF-8). */
const blanks = " \t\r\n\v\f\0\xA0";
const isBlankAt = (text: string, at: number) =>
  blanks.includes(text.charAt(at)) ||
  (text.charAt(at) === "\xC2" && text.charAt(at + 1) === "\xA0");

/** As the standard reads it. */
export function parseStructured(text: string): StructuredField {
  const length = text.length;
  const parameters: Parameter[] = [];
  let nextSemicolon = -1;
  let nextEquals = -1;
  let at = skipBlanksAndComments(text, 0);
  const valueStart = at;
  while (at < length && text[at] !== ";" && text[at] !== "(") {
    if (isBlankAt(text, at)) {
      const word = skipBlanks(text, at);
      const next = text[word];
      // `multipart/mixed boundary=x`: the semicolon was forgotten.
      if (next !== undefined && next !== "/" && text[at - 1] !== "/") break;
      at = word;
    } else at += 1;
  }
  const value = mediaType(text.slice(valueStart, at));
  while (at < length) {
    at = skipBlanksAndComments(text, at);
    if (text[at] === ";" || text[at] === ",") {
      at += 1;
      continue;
    }
    const nameStart = at;
    while (at < length && !'=;("'.includes(text.charAt(at))) {
      if (isBlankAt(text, at)) break;
      at += 1;
    }
    const name = text.slice(nameStart, at).toLowerCase();
    at = skipBlanksAndComments(text, at);
    if (text[at] !== "=") {
      if (at === nameStart) at += 1;
      continue;
    }
    at = skipBlanksAndComments(text, at + 1);
    if (text[at] === '"') {
      const quoted = readQuoted(text, at);
      // `filename="C:\temp\a.exe"`: readers do not take it for escapes.
      if (isNameParameter(name) && quoted.raw !== quoted.value)
        parameters.push({ name, value: quoted.raw });
      parameters.push({ name, value: quoted.value });
      at = quoted.end;
      continue;
    }
    if (nextSemicolon < at) nextSemicolon = indexOrEnd(text, ";", at);
    if (nextEquals < at) nextEquals = indexOrEnd(text, "=", at);
    const start = at;
    // `name=my file.doc`: blanks belong to a name, unless another parameter
    // follows without its semicolon.
    const whole = isNameParameter(name) && nextEquals >= nextSemicolon;
    while (at < nextSemicolon && (whole || !isBlankAt(text, at)))
      if (!whole && text[at] === "(") break;
      else at += 1;
    parameters.push({ name, value: trimBlanks(text.slice(start, at)) });
  }
  return { value, parameters };
}

/** As many programs read it: cut at semicolons, then at the first `=`, quotes stripped. */
export function parseNaively(text: string): StructuredField {
  const pieces = text.split(";");
  const parameters: Parameter[] = [];
  for (const piece of pieces.slice(1)) {
    const equals = piece.indexOf("=");
    if (equals < 0) continue;
    parameters.push({
      name: trimBlanks(piece.slice(0, equals)).toLowerCase(),
      value: unquote(trimBlanks(piece.slice(equals + 1))),
    });
  }
  return {
    value: mediaType(pieces[0] ?? ""),
    parameters,
  };
}

/** As programs with one regular expression read it: the first `boundary=` anywhere. */
export function grepBoundary(text: string): string | null {
  const match =
    /boundary\s{0,20}=\s{0,20}(?:"([^"]*)|'([^']*)|([^\s;]*))/i.exec(text);
  return match === null ? null : (match[1] ?? match[2] ?? match[3] ?? null);
}

/** Removes comments: for a transfer encoding, which has no parameters. */
export function withoutComments(text: string): string {
  if (!text.includes("(")) return text;
  let out = "";
  let at = 0;
  while (at < text.length) {
    if (text[at] === "(") at = skipComment(text, at);
    else {
      const end = indexOrEnd(text, "(", at);
      out += text.slice(at, end);
      at = end;
    }
  }
  return out;
}

export function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlankAt(text, from)) from += 1;
  while (to > from && blanks.includes(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isNameParameter(name: string): boolean {
  return name === "name" || name === "filename";
}

function mediaType(text: string): string {
  return unquote(trimBlanks(text))
    .replace(/[ \t\v\f\0\xA0]/g, "")
    .toLowerCase();
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlankAt(text, at)) at += 1;
  return at;
}

function indexOrEnd(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found < 0 ? text.length : found;
}

function skipBlanksAndComments(text: string, from: number): number {
  let at = from;
  for (; at < text.length;)
    if (isBlankAt(text, at)) at += 1;
    else if (text[at] === "(") at = skipComment(text, at);
    else break;
  return at;
}

/** RFC 5322 3.2.2: comments nest; an unclosed one reaches to the end. */
function skipComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const c = text[at];
    if (c === "\\") at += 1;
    else if (c === "(") depth += 1;
    else if (c === ")" && --depth === 0) return at + 1;
  }
  return text.length;
}

/** RFC 5322 3.2.4. Without a closing quote it ends at the next semicolon. `raw`: only quotes and backslashes count as escaped. */
function readQuoted(
  text: string,
  open: number,
): { value: string; raw: string; end: number } {
  const pieces: string[] = [];
  let from = open + 1;
  for (let at = from; at < text.length; at++) {
    const c = text[at];
    if (c === "\\") {
      pieces.push(text.slice(from, at));
      from = at + 1;
      at += 1;
    } else if (c === '"') {
      pieces.push(text.slice(from, at));
      return {
        value: pieces.join(""),
        raw: text.slice(open + 1, at).replace(/\\(["\\])/g, "$1"),
        end: at + 1,
      };
    }
  }
  const end = indexOrEnd(text, ";", open);
  const value = trimBlanks(text.slice(open + 1, end));
  return { value, raw: value, end };
}

/** Strips one pair of quotes, or an opening quote and all from the closing one on. */
function unquote(text: string): string {
  const quote = text.charAt(0);
  if (quote !== '"' && quote !== "'") return text;
  const close = text.indexOf(quote, 1);
  return close < 0 ? text.slice(1) : text.slice(1, close);
}
