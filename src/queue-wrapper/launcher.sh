#!/bin/sh
# Starts the TypeScript door. qmail runs this as QMAILQUEUE: message on fd 0,
# envelope on fd 1, perhaps an error descriptor, whatever environment and
# limits its parent has. Shell built-ins only: there may be no PATH.
#
# It does what has to be done before Node runs: finds the error descriptor
# (Node opens pipes of its own that look the same), refuses memory limits under
# which Node dies or hangs, and takes out variables that would change how Node
# starts. The build fills in @NODE@ and @PROGRAM@ with absolute paths.

fail() { # exit-code cause
	printf '{"level":"error","program":"qsift","event":"outcome","outcome":"deferred","exit":%s,"cause":"%s"}\n' "$1" "$2" >&2
	exit "$1"
}

# A descriptor counts only if ERROR_FD names it or it is 6 (notqmail) or 4 (the
# classic patch), and it is a FIFO that can be written to: qmail-smtpd may leak
# a read-only descriptor of a cdb file as 4.
is_error_fd() {
	case "$1" in '' | *[!0-9]* | 0 | 1 | ?????*) return 1 ;; esac
	[ -p "/proc/self/fd/$1" ] || return 1
	while read -r key value; do
		case "$key$value" in
		flags:*[12]) return 0 ;;
		esac
	done 2>/dev/null <"/proc/self/fdinfo/$1"
	return 1
}

error_fd=
if [ "${ERROR_FD-}" = -1 ]; then
	:
elif is_error_fd "${ERROR_FD-}"; then
	error_fd=$ERROR_FD
elif is_error_fd 6; then
	error_fd=6
elif is_error_fd 4; then
	error_fd=4
fi

# A closed fd 0 or 1 is no empty message: Node would open /dev/null there.
[ ! -d /proc/self/fd ] || { [ -e /proc/self/fd/0 ] && [ -e /proc/self/fd/1 ]; } || fail 54 "fd 0 or fd 1 is closed: this program is run by qmail, with the message on 0 and the envelope on 1"

# To a number below 16: Node lets those not through to what it starts.
case "$error_fd" in
??*) eval "exec 6>&$error_fd" && error_fd=6 ;;
esac

# softlimit sets these, -m all of -a -d -s at once. Measured with Node 20: an
# address space below 2 GB ends Node by a signal, below 16 GB there is no room
# for WebAssembly's guard regions and archives can't be opened; with less than
# 200 MB of data the sandbox dies of large messages; with few descriptors no
# thread can be started.
for limit in "v 16777216 -a KiB" "d 400000 -d KiB" "n 64 -o descriptors"; do
	set -- $limit
	found=$(ulimit -S "-$1" 2>/dev/null)
	case "$found" in
	'' | unlimited) ;;
	*) [ "$found" -ge "$2" ] || fail 51 "resource limit too low: $found $4 (ulimit -$1, softlimit $3 or -m), the TypeScript door needs none or at least $2 $4" ;;
	esac
done
# A thread gets a stack as large as this limit, if it is finite.
stack=$(ulimit -S -s 2>/dev/null)
case "$stack" in
'' | unlimited) ;;
*) [ "$stack" -le 65536 ] || ulimit -S -s 8192 ;;
esac

unset NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_V8_COVERAGE NODE_DEBUG NODE_DEBUG_NATIVE \
	NODE_ICU_DATA NODE_REDIRECT_WARNINGS NODE_COMPILE_CACHE NODE_REPL_EXTERNAL_MODULE \
	NODE_PENDING_DEPRECATION NODE_PRESERVE_SYMLINKS NODE_CHANNEL_FD NODE_UNIQUE_ID OPENSSL_CONF ENV

[ -x "@NODE@" ] || fail 81 "@NODE@ is not there, or this user may not run it (Node.js under /root?): install Node.js for all users and run npm run build again"
[ -r "@PROGRAM@" ] || fail 81 "@PROGRAM@ is not there, or this user may not read it: run npm run build again"
exec "@NODE@" "@PROGRAM@" "--error-fd=$error_fd"
