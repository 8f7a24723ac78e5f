// Names of the `malformed` findings about MIME syntax, one table. Each stands
// for a place where two mail readers see two different messages. The names are
// public (policy rules match them), so none is ever reused for another meaning.

export const mimeRemarks = {
  "mime-bare-cr":
    "a CR without LF ends a line for some readers: the header or a delimiter depends on it",
  "mime-base64-junk":
    "declared base64, but much of the body is not: some readers show it as it is",
  "mime-base64-padding":
    "base64 goes on after its padding: readers stop, go on or skip it",
  "mime-boundaries-crossed":
    "an outer delimiter stands inside an inner multipart that goes on after it",
  "mime-boundary-elsewhere":
    "a boundary is declared outside Content-Type, and cuts the body differently",
  "mime-boundary-encoded":
    "a boundary is given only by RFC 2231 or 2047 encoding, which many readers do not decode",
  "mime-boundary-syntax":
    "readers take different boundaries from one Content-Type (comment, quoting, missing semicolon)",
  "mime-delimiter-odd":
    "a line is a delimiter for some readers only: indented, or with text after the boundary",
  "mime-duplicate-filename":
    "a part's name is given twice, and the last extensions differ",
  "mime-encoded-message":
    "an embedded message has a transfer encoding, which RFC 2046 5.2.1 forbids",
  "mime-encoded-multipart":
    "a multipart has a transfer encoding, which RFC 2045 6.4 forbids",
  "mime-field-name-odd":
    "a Content-* field's name has a NUL, a control character, a comment or a further word in it",
  "mime-header-blank-line":
    "a line of white space inside a header: for some readers the body starts there",
  "mime-header-garbage":
    "a line inside a header that is no field: for some readers the body starts there",
  "mime-leading-blank-line":
    "header fields after an empty first line or a byte order mark: for some readers they are body",
  "mime-no-boundary": "a multipart that declares no boundary",
  "mime-odd-transfer-encoding":
    "a transfer encoding that is quoted, commented or misspelt",
  "mime-part-after-close":
    "parts after the closing delimiter, which some readers show",
  "mime-part-in-preamble":
    "something before the first delimiter that some readers open",
  "mime-part-in-epilogue":
    "something after the closing delimiter that some readers open",
  "mime-two-boundaries": "a multipart declares two different boundaries",
  "mime-two-transfer-encodings":
    "two transfer encodings are declared, and they give different bytes",
  "mime-two-types": "a part declares two different media types",
  "mime-unknown-transfer-encoding":
    "a transfer encoding that nobody knows, over a body that looks encoded",
} as const;

export type MimeRemark = keyof typeof mimeRemarks;
