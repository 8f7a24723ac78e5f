// Whether an Authentication-Results field says of itself that we wrote it (RFC
// 8601 2.2, 5). Called by the answer for incoming fields: readers that look for
// our results must not find a sender's.
//
// The identifier is a token or a quoted string, comments and folding may stand
// around it, a version may follow:
//
//   (trust me) "mx.example.test" 1 (really); spf=pass smtp.mailfrom=example.org
//
// Readers are careless here, so a field also counts as ours where the
// identifier cannot be read: a comment or string without end, control
// characters or bytes above ASCII in it, nothing at all. A field that begins
// with a result (`spf=pass`), as some write it, names nobody.

/** `value`: after the colon, folding included. */
export function claimsAuthservId(value: string, id: string): boolean {
  const found = readAuthservId(value);
  return found === null || plain(found) === plain(id);
}

/** RFC 8601 2.2: compared without regard to case; a dot at the end makes no other host. */
function plain(id: string): string {
  return id.trim().toLowerCase().replace(/\.$/, "");
}

/** The identifier without comments and quotes; null where there is none that every reader would read. */
function readAuthservId(value: string): string | null {
  let id = "";
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < value.length; at += 1) {
    const c = value.charAt(at);
    if (!/[ -~\t\r\n]/.test(c)) return null;
    if (c === "\r" && value.charAt(at + 1) !== "\n") return null;
    if (c === "\\" && (isQuoted || depth > 0)) {
      at += 1;
      if (depth === 0) id += value.charAt(at);
    } else if (isQuoted) {
      if (c === '"') isQuoted = false;
      else id += c;
    } else if (depth > 0) {
      if (c === "(") depth += 1;
      else if (c === ")") depth -= 1;
    } else if (c === "(") depth = 1;
    else if (c === '"') isQuoted = true;
    else if (c === ";") return id.trim() === "" ? null : id;
    else if (!/\s/.test(c)) id += c;
    // A version, or something else that is no part of the identifier.
    else if (id !== "") return id;
  }
  return depth > 0 || isQuoted || id.trim() === "" ? null : id;
}
