#!/bin/sh
# A stand-in for qmail-queue: keeps what it reads from fd 0 and fd 1 under
# $FAKE_DIR/N.message and N.envelope (N counts its runs), with its environment
# and open descriptors, and ends as told.
#   FAKE_EXITS  exit codes by run, the last one for all further runs: "0 53"
#   FAKE_SIGNAL a signal to die by, after reading
#   FAKE_STALL  seconds to sleep before reading anything
#   FAKE_LINGER seconds to sleep after it has read all
#   FAKE_EARLY  exit at once, reading nothing
n=1
while [ -e "$FAKE_DIR/$n.message" ]; do n=$((n + 1)); done
: >"$FAKE_DIR/$n.message"
exit_code=0
i=0
for code in ${FAKE_EXITS-0}; do
	i=$((i + 1))
	[ "$i" -gt "$n" ] || exit_code=$code
done
[ -z "${FAKE_EARLY-}" ] || exit "$exit_code"
[ -z "${FAKE_STALL-}" ] || sleep "$FAKE_STALL"
env >"$FAKE_DIR/$n.env"
for fd in /proc/$$/fd/*; do echo "${fd##*/}"; done >"$FAKE_DIR/$n.fds"
id -u >"$FAKE_DIR/$n.uid"
cat >"$FAKE_DIR/$n.message"
: >"$FAKE_DIR/$n.closed"
cat <&1 >"$FAKE_DIR/$n.envelope"
[ -z "${FAKE_LINGER-}" ] || sleep "$FAKE_LINGER"
[ -z "${FAKE_SIGNAL-}" ] || kill "-$FAKE_SIGNAL" $$
exit "$exit_code"
