// Replies in HTTP's and ICAP's syntax that are complete, and no verdict. Part
// of the matrix of faults.

import { icapReply } from "./scanner-icap.ts";
import { httpReply, rspamdClean } from "./scanner-rspamd.ts";

const json = JSON.stringify(rspamdClean);
const rspamdSays = (change: Record<string, unknown>): string =>
  httpReply(JSON.stringify({ ...rspamdClean, ...change }));
/** With something that JSON.stringify would not write. */
const rspamdSaysRaw = (key: string, raw: string): string =>
  httpReply(
    JSON.stringify({ ...rspamdClean, [key]: "RAW" }).replace('"RAW"', raw),
  );
const chunked = "Transfer-Encoding: chunked\r\n";
const page = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

export const wrongHttpReplies: readonly string[] = [
  // The frame.
  httpReply(json, "200 OK", ""),
  httpReply(json, "200 OK", `Content-Length: ${json.length}\r\n`.repeat(2)),
  httpReply(
    json,
    "200 OK",
    `Content-Length: ${json.length}\r\nContent-Length: 2\r\n`,
  ),
  httpReply(json, "200 OK", `Content-Length: ${json.length}\r\n${chunked}`),
  ...[
    `${json.length + 1}`,
    `${json.length - 1}`,
    `+${json.length}`,
    `-1`,
    `0x${json.length.toString(16)}`,
    `${json.length}, ${json.length}`,
    "99999999999999",
    "1e3",
    "",
  ].map((length) => httpReply(json, "200 OK", `Content-Length: ${length}\r\n`)),
  ...["gzip", "gzip, chunked", "chunked, chunked", "identity"].map((coding) =>
    httpReply(json, "200 OK", `Transfer-Encoding: ${coding}\r\n`),
  ),
  ...[
    json,
    `zz\r\n${json}\r\n0\r\n\r\n`,
    `-1\r\n${json}\r\n0\r\n\r\n`,
    `${json.length.toString(16)}\r\n${json}\r\n`,
    `${json.length.toString(16)}\r\n${json}\r\n0\r\n`,
    `${json.length.toString(16)}\r\n${json}0\r\n\r\n`,
    `${json.length.toString(16)}\n${json}\n0\n\n`,
    `ffffffff\r\n${json}\r\n0\r\n\r\n`,
    "0\r\n\r\n",
  ].map((body) => httpReply(body, "200 OK", chunked)),
  ...[
    "100 Continue",
    "204 No Content",
    "206 Partial Content",
    "301 Moved Permanently\r\nLocation: http://127.0.0.1/checkv2",
    "403 Forbidden",
    "404 Not Found",
    "500 invalid command",
    "503 Service Unavailable",
    "2000 OK",
    "OK",
  ].map((status) => httpReply(json, status)),
  httpReply("", "100 Continue", "") + httpReply(json),
  httpReply(json).replace("HTTP/1.1", "HTTP/2.0"),
  httpReply(json).replace("HTTP/1.1", "ICAP/1.0"),
  httpReply(json).replaceAll("\r\n", "\n"),
  httpReply(json, "200 OK", `Content-Length : ${json.length}\r\n`),
  httpReply(
    json,
    "200 OK",
    `Content-Length: ${json.length}\r\nX: a\0b\r\nno field\r\n`,
  ),
  // rspamd's JSON.
  ...[
    "",
    "null",
    "true",
    "[]",
    `[${json}]`,
    "{}",
    json.slice(0, -1),
    `${json}${json}`,
    `${json}}`,
    "[".repeat(100_000),
    '{"error":"invalid command","error_domain":"protocol-error"}',
  ].map((body) => httpReply(body)),
  ...Object.keys(rspamdClean)
    .filter((key) => key !== "messages")
    .map((key) => rspamdSays({ [key]: undefined })),
  ...["is_skipped", "score", "required_score", "time_real"].flatMap((key) => [
    rspamdSays({ [key]: null }),
    rspamdSays({ [key]: "1.2" }),
    rspamdSays({ [key]: [1] }),
    rspamdSaysRaw(key, "NaN"),
    rspamdSaysRaw(key, "1e400"),
    rspamdSaysRaw(key, "-1e400"),
    rspamdSaysRaw(key, "Infinity"),
  ]),
  rspamdSays({ is_skipped: 0 }),
  rspamdSays({ required_score: 0 }),
  rspamdSays({ required_score: -5 }),
  rspamdSays({ required_score: 1e-320, score: 1e300 }),
  ...["", " ", "a\r\nX-Evil: 1", "x".repeat(101), 1, null, {}].map((action) =>
    rspamdSays({ action }),
  ),
  ...[
    null,
    [],
    "",
    1,
    { A: null },
    { A: 1 },
    { A: {} },
    { A: { score: "1" } },
    { A: { score: 1, options: "x" } },
  ].map((symbols) => rspamdSays({ symbols })),
  rspamdSaysRaw("action", '"\\u00e9"'),
  rspamdSaysRaw("symbols", '{"__proto__":{"score":"1"}}'),
  rspamdSaysRaw("symbols", '{"A":{"score":1e400}}'),
  // Whole, and still no verdict.
  rspamdSays({ is_skipped: true }),
  rspamdSays({ is_skipped: true, action: "add header" }),
  rspamdSays({ action: "soft reject" }),
  rspamdSays({ time_real: 8.001 }),
  rspamdSays({ symbols: { CLAM_VIRUS_FAIL: { score: 0 } } }),
  // ICAP.
  ...[
    "100 Continue",
    "200 OK",
    "206 Partial Content",
    "400 Bad Request",
    "404 Service not found",
    "405 Method not allowed",
    "408 Request Timeout",
    "500 Server error",
    "503 Service Overloaded",
    "2040 Unmodified",
    "",
  ].flatMap((status) => [
    `ICAP/1.0 ${status}\r\n\r\n`,
    `ICAP/1.0 ${status}\r\nEncapsulated: null-body=0\r\n\r\n`,
  ]),
  "ICAP/2.0 204 Unmodified\r\n\r\n",
  "icap/1.0 204 Unmodified\r\n\r\n",
  "HTTP/1.1 204 Unmodified\r\n\r\n",
  "ICAP/1.0 204 Unmodified\n\n",
  "ICAP/1.0 204 Unmodified\r\n\n",
  "ICAP/1.0 204 Unmodified\r\nno field\r\n\r\n",
  "ICAP/1.0 204 Unmodified\r\nEncapsulated: res-hdr=0, res-body=10\r\n\r\n",
  "ICAP/1.0 204 Unmodified\r\nEncapsulated: null-body=0\r\nEncapsulated: null-body=0\r\n\r\n",
  "ICAP/1.0 100 Continue\r\n\r\nICAP/1.0 204 Unmodified\r\n\r\n",
  // What a service answers that has not scanned.
  icapReply("", page, "ok"),
  icapReply("", "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "ok"),
  icapReply("X-Virus-ID: no threats\r\n", page, "ok"),
  icapReply("X-Violations-Found: 0\r\n", page, "ok"),
  icapReply("", "HTTP/1.1 403 Forbidden\r\n\r\n", "no", 5),
  icapReply("", "ICAP/1.0 403 Forbidden\r\n\r\n", "no"),
  icapReply("", "403 Forbidden\r\n\r\n", "no"),
];
