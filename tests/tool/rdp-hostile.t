#!/bin/sh
# Who breaks off, lies about lengths or stops reading costs rd-rdp nothing.
set -u
. "$(dirname -- "$0")/tap.sh"
. "$(dirname -- "$0")/rdp.sh"

start_x 320x240
shown=$DISPLAY
rd-capture -l "$dir/screen" 2>>"$dir/log" &
pids="$pids $!"
until_true test -S "$dir/screen"
start_x 320x240
credentials
start -T

# --- who reads nothing: it has 30 s, while the rest goes on

connect looking2 &
viewer=$!
pids="$pids $viewer"
until_true has "$dir/log" 'pipeline 0x'
still=$(pgrep -P "$viewer")
kill -STOP "$still"
while sleep 0.2; do
	DISPLAY=$shown xsetroot -solid "#$(date +%N | cut -c1-6)"
done &
pids="$pids $!"

# --- the first bytes, cut and changed at each, and what comes in TLS

cat >"$dir/hostile" <<'END'
import socket, ssl, sys

REQUEST = bytes.fromhex("030000130ee000000000000100080003000000")
INSIDE = [
    bytes.fromhex("3037a003020106a130302e302ca02a04284e544c4d535350000100000097820862"
                  "000000000000000000000000000000000000000000000000000000000000"),
    bytes.fromhex("0300000c02f0807f65820194"),
]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE

def until_closed(s):
    try:
        while s.recv(4096):
            pass
    except (ConnectionError, ssl.SSLError):
        pass

def say(first, inside=None):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 30) as s:
        try:
            s.sendall(first)
            if inside is None:
                s.shutdown(socket.SHUT_WR)
                return until_closed(s)
            if len(s.recv(19)) == 19:
                with context.wrap_socket(s) as tls:
                    tls.sendall(inside)
                    tls.shutdown(socket.SHUT_WR)
                    until_closed(tls)
        except (ConnectionError, ssl.SSLError):
            pass  # turned away before it was done

def changed(message):
    for i in range(len(message)):
        yield message[:i]
        for byte in (0, 0x7f, 0x80, 0xff):
            yield message[:i] + bytes([byte]) + message[i + 1:]

for message in changed(REQUEST):
    say(message)
for message in INSIDE:
    for part in changed(message[:16]):
        say(REQUEST, part + message[16:] if len(part) == 16 else part)
END
/usr/bin/python3 "$dir/hostile" "$port"
ok $? 'bytes that are cut and changed'
! has "$dir/log" 'ended by signal'
ok $? 'nothing crashed' || sed 's/^/# /' "$dir/log"
(connect wonder42 +auth-only)
ok $? 'and who has the password still gets in'

is_dropped() {
	has "$dir/log" 'it does not read'
}
until_true is_dropped || until_true is_dropped
ok $? 'who does not read is dropped'
kill -CONT "$still"
wait "$viewer" 2>/dev/null
gone() {
	! pgrep -P "$rdp"
}
until_true gone
ok $? 'and nothing is left of it'
done_testing
