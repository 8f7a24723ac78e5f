/** `qsift daemon --help`. */
export const usage = `Usage: qsift daemon

Judges mail for the doors that qmail runs, in one process that stays: warm
threads for archives, connections, breakers, and one scan for copies that come
at once. Runs in the foreground; start it under a supervisor. Doors find it by
its socket, and judge mail themselves where it isn't there.

Options:
  --help  print this

Configuration: [daemon] in /etc/qsift/qsift.toml, or in the file that
QSIFT_CONFIG names. Signals: SIGTERM, SIGINT: take no new mail, finish, end.
Exit codes: 0 stopped, 1 could not start, 2 usage, 55 configuration.

Examples:
  qsift daemon
  QSIFT_CONFIG=/tmp/test.toml qsift daemon
  qsift scanners            how scanners fare there
`;
