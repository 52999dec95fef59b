#!/bin/sh
# The TURN server of a session: its own, and one elsewhere.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

tmp=$(mktemp -d)
dir=$tmp
export XDG_RUNTIME_DIR="$tmp"
unset DISPLAY XAUTHORITY PULSE_SERVER
session=$tmp/rd/desktop
trap '[ ! -e "$session" ] || rd-desktop stop; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

# Of TCP and UDP, and none that the system gives to others meanwhile.
port=$(/usr/bin/python3 -c 'import random, socket
while True:
    port = random.randrange(20000, 30000)
    try:
        for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
            with socket.socket(type=kind) as s:
                s.bind(("", port))
        break
    except OSError:
        pass
print(port)')

# ---- what is refused

fails 100 'option -turn' 'a bad port' rd-desktop start -turn 0
fails 100 TURN_HOST 'a bad host' env 'TURN_HOST=a;b' rd-desktop start -turn 1
fails 100 TURN_PORT 'a bad port there' env TURN_PORT=70000 rd-desktop start
fails 100 TURN_PROTOCOL 'a bad protocol' env TURN_PROTOCOL=quic rd-desktop start
fails 100 TURN_PROTOCOL 'TLS of its own' \
	env TURN_PROTOCOL=tls rd-desktop start -turn 1
fails 100 TURN_PASSWORD 'no password' env TURN_HOST=localhost rd-desktop start
fails 100 TURN_PASSWORD 'a password with a blank' \
	env TURN_HOST=localhost 'TURN_PASSWORD=a b' rd-desktop start
/usr/bin/python3 -c 'import socket, sys, time
u = socket.socket(type=socket.SOCK_DGRAM); u.bind(("", int(sys.argv[1])))
print(flush=True); time.sleep(60)' "$port" >"$tmp/taken" &
until_true test -s "$tmp/taken"
fails 111 'another with -turn' 'a port in use by UDP' rd-desktop start -turn "$port"
kill $!
wait $! 2>/dev/null

# ---- one of its own

TURN_PASSWORD=hidden TURN_HOST=desk.example.org rd-desktop start -turn "$port" >"$tmp/url"
is "$(cat "$session/turn.servers")" "turn desk.example.org $port udp
turn desk.example.org $port tcp" 'viewers are told where it is'
is "$(stat -c %a "$session/turn.secret")" 600 'its secret is private'
environment() {
	# shellcheck disable=SC2046 # pids
	cat $(supervisorctl -c "$session/supervisor.conf" pid all | sed 's|.*|/proc/&/environ|')
}
! environment | tr '\0' '\n' | grep -q ^TURN_
ok $? 'nothing of it is in the environment of programs'

# What gets through it, of what is sent to rd-rtc's ports and to others.
through() {
	# shellcheck disable=SC2046 # two words
	timeout 30 /usr/bin/python3 - "$port" $(rd-turn -g viewer -s "$session/turn.secret") <<'END'
import asyncio, logging, socket, subprocess, sys
from aioice import turn

class Sink:
    def __init__(self, host, port):
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.socket.setblocking(False)
        self.address = self.socket.getsockname()
    def got(self):
        try:
            return self.socket.recv(100).decode()
        except BlockingIOError:
            return ""

def sink_within(host, first, last):
    for port in range(first, last):
        try:
            return Sink(host, port)
        except OSError:
            pass

async def main():
    port, user, password = sys.argv[1:]
    own = [a for a in subprocess.check_output(["hostname", "-I"], text=True).split()
           if ":" not in a] or ["127.0.0.1"]
    media = sink_within(own[0], 61000, 61999)
    others = [sink_within(own[0], 40000, 50000), sink_within("127.0.0.2", 61000, 61999)]
    relay, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol, ("127.0.0.1", int(port)), user, password)
    for round in "first", "second": # when every answer to the first has come
        for sink in *others, media:
            relay.sendto(round.encode(), sink.address)
        while not (heard := media.got()):
            await asyncio.sleep(0.05)
    print(heard, *[sink.got() for sink in others])
    relay.close()

logging.disable(logging.CRITICAL)
loop = asyncio.get_event_loop()
loop.set_exception_handler(lambda *_: None)
loop.run_until_complete(main())
END
}
is "$(through)" 'second  ' 'it leads to where rd-rtc is, and to nothing else of this machine'
# shellcheck disable=SC2317 # until_true calls it
is_back() {
	new=$(supervisorctl -c "$session/supervisor.conf" pid turn) &&
		[ "$new" != "$old" ] && [ "$new" != 0 ] && through
}
old=$(supervisorctl -c "$session/supervisor.conf" pid turn)
kill -9 "$old"
until_true is_back
ok $? 'it is back after kill -9'
rd-desktop stop
ok $? 'stop'
[ ! -e "$tmp/rd" ] && ! kill -0 "$new" 2>/dev/null
ok $? 'and nothing is left'

# ---- one elsewhere

printf '%s\n' 'a"b\c*d' >"$tmp/password"
TURN_HOST=::1 TURN_PASSWORD=$(cat "$tmp/password") rd-desktop start >"$tmp/url"
is "$(cat "$session/turn.servers")" 'turn ::1 3478 udp turnuser a"b\c*d
turn ::1 3478 tcp turnuser a"b\c*d' 'rd-rtc and viewers are told of it'
is "$(stat -c %a "$session/turn.servers")" 600 'nobody else'
! cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -qFf "$tmp/password"
ok $? 'its password is in nobody'\''s arguments'
! environment | tr '\0' '\n' | grep -q ^TURN_
ok $? 'nor in the environment of programs'
rd-desktop stop
done_testing
