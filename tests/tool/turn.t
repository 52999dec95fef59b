#!/bin/sh
# rd-turn with clients that others wrote: coturn's and aioice, by UDP, TCP, TLS.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-turn.XXXXXX")
pids=
trap 'kill -9 $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM
umask 077

free_port() { # of UDP and TCP
	/usr/bin/python3 -c 'import socket
while True:
    t = socket.socket(); t.bind(("127.0.0.1", 0))
    u = socket.socket(type=socket.SOCK_DGRAM)
    try:
        u.bind(t.getsockname())
        break
    except OSError:
        pass  # of another
print(t.getsockname()[1])'
}

# On loopback, which is opened for once; ready when this returns.
start() { # OPTION...
	mkfifo "$dir/ready"
	rd-turn -v -l "127.0.0.1:$port" -a 127.0.0.1 -u "$dir/users" \
		-s "$dir/secrets" -S "$dir/stats" -R 3 "$@" \
		3>"$dir/ready" 2>>"$dir/log" &
	turn=$!
	pids="$pids $turn"
	read -r _ <"$dir/ready"
	rm "$dir/ready"
}

stat() { # NAME
	/usr/bin/python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
print(s.makefile().read())' "$dir/stats" | sed -n "s/^rd_turn_$1 //p"
}

stopped() { # twice: it does not wait for allocations
	: >"$dir/log"
	kill "$turn"
	until_true has "$dir/log" 'no new allocations'
	kill "$turn" 2>/dev/null
	wait "$turn"
}

# The client of coturn, against its own peer; all must come back.
begin_relays() { # NAME OPTION...
	name=$1
	shift
	timeout 120 turnutils_uclient -p "$port" -e 127.0.0.1 -r "$peer" \
		-m 4 -n 20 "$@" 127.0.0.1 >"$dir/uclient $name" 2>&1 &
	clients="${clients:-}$! $name
"
}

end_relays() { # all that have begun
	while read -r pid name; do
		wait "$pid"
		has "$dir/uclient $name" 'tot_send_msgs=80, tot_recv_msgs=80'
		ok $? "$name"
	done <<END
${clients%?}
END
	clients=
}

relays() { # NAME OPTION...
	begin_relays "$@"
	end_relays
}

port=$(free_port)
peer=$(free_port)
tls=$(free_port)
echo 'alice wonderland' >"$dir/users"
echo 'the first secret' >"$dir/secrets"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout "$dir/key" -out "$dir/cert" 2>"$dir/out"

# --- the command line and bad files

fails 100 'option -A' 'a bad peer' rd-turn -A 10.0.0.0/8
fails 100 'option -a' 'a bad relay address' rd-turn -a localhost
fails 100 'option -o' 'no port of another server' rd-turn -o 192.0.2.1
fails 100 'option -r' 'a realm whose challenge is too long' \
	rd-turn -r abcdefghijklmnopqrstuvwxyz012
fails 100 'option -p' 'bad ports' rd-turn -p 2-1
fails 100 'option -l' 'a bad address' rd-turn -l 127.0.0.1:x
fails 100 'go together' 'TLS without a certificate' rd-turn -T 1
fails 100 'cannot read' 'no file' rd-turn -a 127.0.0.1 -l "127.0.0.1:$port" -u "$dir/none"
fails 100 'needs -s' 'a name without a secret' rd-turn -g x
echo 'nobody' >"$dir/bad"
fails 100 "bad:1: expected NAME" 'a user without a password' \
	rd-turn -a 127.0.0.1 -l "127.0.0.1:$port" -u "$dir/bad"

# --- no sandbox: a kernel that refuses it, played by a filter of our own

cat >"$dir/refuse" <<'END'
import ctypes, os, struct, sys
SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
code = b"".join(struct.pack("HBBI", *row) for row in [
    (0x20, 0, 0, 0), (0x15, 0, 1, SECCOMP),  # the number of the call
    (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7fff0000)])  # EPERM, allow
code = ctypes.create_string_buffer(code)
prog = ctypes.create_string_buffer(
    struct.pack("HxxxxxxQ", 4, ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, prog, 0, 0):
    sys.exit("no filter")
os.execvp(sys.argv[1], sys.argv[1:])
END
fails 111 'cannot enter the sandbox' 'without a sandbox it does not start' \
	/usr/bin/python3 "$dir/refuse" rd-turn -a 127.0.0.1 \
	-l "127.0.0.1:$port" -u "$dir/users"

# --- relaying

v6= # what IPv6 needs, where there is any
grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null && v6='-a ::1 -A ::1'
turnutils_peer -L 127.0.0.1 ${v6:+-L ::1} -p "$peer" >"$dir/peer" 2>&1 &
pids="$pids $!"
# shellcheck disable=SC2086 # words
start $v6 -A 127.0.0.1 -n 100 -T "127.0.0.1:$tls" -c "$dir/cert" -k "$dir/key"
begin_relays 'UDP, Send' -u alice -w wonderland -s
begin_relays 'UDP, channels' -u alice -w wonderland
begin_relays 'TCP' -u alice -w wonderland -t
plain=$port port=$tls
begin_relays 'TLS' -u alice -w wonderland -t -S
port=$plain
begin_relays 'a name with an end' -W 'the first secret'
[ -z "$v6" ] || begin_relays 'IPv6' -u alice -w wonderland -x -e ::1
end_relays

fails 111 "cannot listen at 127.0.0.1:$port" 'a port in use' \
	rd-turn -a 127.0.0.1 -l "127.0.0.1:$port"
fails 100 'is being served' 'a socket of statistics in use' \
	rd-turn -a 127.0.0.1 -l "127.0.0.1:$(free_port)" -u "$dir/users" -S "$dir/stats"
is "$(find "$dir/stats" -perm 600)" "$dir/stats" 'statistics are private'
/usr/bin/python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
line, *rows = s.makefile().read().splitlines()
sys.exit(line != "# " + " ".join(row[8:] for row in rows))' "$dir/stats"
ok $? 'in one line, and a line each'

status() { # FIELD: of the kernel about the server
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$turn/status"
}
is "$(status Seccomp) $(status NoNewPrivs) $(status CapEff)" \
	'2 1 0000000000000000' 'who reads the network is in a sandbox'
is "$(find "/proc/$turn/fd" -lname '/*' ! -lname '/dev/*' ! -lname "$dir/log" 2>&1)" '' \
	'and has no file'

printf '%s\n' 'the second secret' 'the first secret' >"$dir/secrets"
kill -HUP "$turn"
until_true has "$dir/log" 'files are loaded again'
ok $? 'SIGHUP loads the files again'
begin_relays 'the new secret after SIGHUP' -W 'the second secret'
begin_relays 'and the old one' -W 'the first secret'
end_relays
mv "$dir/cert" "$dir/trusted"
echo bad >"$dir/cert"
kill -HUP "$turn"
until_true has "$dir/log" 'the old files stay in force'
ok $? 'a bad certificate does not end it'

# shellcheck disable=SC2046 # two words
set -- $(rd-turn -g viewer -t 60 -s "$dir/secrets")
is "${1#*:}" viewer 'a name for a viewer'
is "$(printf %s "$1" | openssl dgst -sha1 -hmac 'the second secret' -binary | base64)" \
	"$2" 'its password'
user=$1 password=$2

aioice() { # HOST-PORT TRANSPORT [SSL]: what a client of another make says
	timeout 30 /usr/bin/python3 - "$port" "$user" "$password" "$@" <<'END'
import asyncio, logging, sys
from aioice import stun, turn

port, user, password, peer, transport, *ssl = sys.argv[1:]

class Sink(asyncio.DatagramProtocol):
    def __init__(self):
        self.got = asyncio.get_event_loop().create_future()
    def connection_made(self, transport):
        self.transport = transport
    def datagram_received(self, data, addr):
        if not self.got.done():
            self.got.set_result(data)

async def main():
    relay, sink = await turn.create_turn_endpoint(
        Sink, ("127.0.0.1", int(port)), user, password, transport=transport,
        ssl=bool(ssl))
    relay.sendto(b"hello", (peer.split(":")[0], int(peer.split(":")[1])))
    try:
        print((await asyncio.wait_for(sink.got, 5)).decode())
    except asyncio.TimeoutError:
        print("nothing")
    relay.close()

logging.disable(logging.CRITICAL)
asyncio.run(main())
END
}
is "$(aioice "127.0.0.1:$peer" udp)" hello 'aioice by UDP'
is "$(aioice "127.0.0.1:$peer" tcp)" hello 'aioice by TCP'
port=$tls
is "$(SSL_CERT_FILE=$dir/trusted aioice "127.0.0.1:$peer" tcp ssl)" hello 'aioice by TLS'
port=$plain

# --- the end, and a death

stopped
is $? 0 'SIGTERM ends it'
[ ! -e "$dir/stats" ]
ok $? 'nothing is left behind'
start
before=$(stat refused_total)
timeout 20 turnutils_uclient -p "$port" -e 127.0.0.1 -r "$peer" -m 1 -n 2 -s \
	-u alice -w wonderland 127.0.0.1 >"$dir/uclient" 2>&1
[ "$(stat refused_total)" -gt "${before:-0}" ]
ok $? 'without -A this machine is no peer'
is "$(stat to_peers_total)" 0 'and nothing was sent to it'
opener=$(cat "/proc/$turn/task/$turn/children")
kill -9 "$turn"
wait "$turn" 2>/dev/null
gone() {
	! grep '^State:' "/proc/${opener% }/status" | grep -qv Z &&
		[ ! -e "$dir/stats" ]
}
until_true gone
ok $? 'after kill -9 no process and no socket is left'
start -A 127.0.0.1
ok $? 'it starts again after kill -9'
relays 'and relays' -u alice -w wonderland -s
stopped
is $? 0 'and ends'
done_testing
