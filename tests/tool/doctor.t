#!/bin/sh
# What rd-doctor finds out of a session that is well, and of one that is not.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

tmp=$(mktemp -d)
dir=$tmp
export XDG_RUNTIME_DIR="$tmp"
unset DISPLAY XAUTHORITY PULSE_SERVER PORTAL_CONFIG ENABLE_HTTPS
unset TURN_HOST TURN_PORT TURN_PROTOCOL TURN_USERNAME TURN_PASSWORD
session=$tmp/rd/desktop
trap '[ ! -e "$session" ] || rd-desktop stop; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

examine() { # [VARIABLE=VALUE...]
	env "$@" rd-doctor >"$tmp/said"
	status=$?
}

finds() { # STATE GATE TITLE
	grep -q "^$1	$2	" "$tmp/said" || sed 's/^/# /' "$tmp/said"
	grep -q "^$1	$2	" "$tmp/said"
	ok $? "$3"
}

free_port() {
	/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

fails 100 'unknown option -x' 'a bad option' rd-doctor -x

examine
is "$status" 1 'without a session it fails'
finds ok programs 'programs are there'
finds no session 'the session is missed'
grep -q 'rd-desktop start desktop$' "$tmp/said"
ok $? 'and it says what to do'

rd-desktop start -turn "$(free_port)" >/dev/null
examine
for gate in session encoder sound page turn; do
	finds ok "$gate" "$gate of a session that is well"
done
finds -- applications 'no portal is no fault'

supervisorctl -c "$session/supervisor.conf" stop terminal pulse turn >/dev/null
examine
is "$status" 1 'of one that is not it fails'
finds no session 'a program is down'
finds no sound 'there is no sound'
finds no turn 'there is no relay'
finds ok encoder 'and still pictures'
grep '^no	session' "$tmp/said" | grep pulse | grep terminal | grep -q turn
ok $? 'those that are down are named'
supervisorctl -c "$session/supervisor.conf" start pulse turn >/dev/null

# ---- an instance around it

mapped='PORTAL_CONFIG=localhost:1111:1:/:Portal|localhost:6100:16100:/:Desktop'
examine "$mapped" VAST_TCP_PORT_1111=41111
finds no 'port 1' 'an application is not there'
finds no 'port 6100' 'nothing leads to another'

certified() { # DAYS
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days "$1" -subj /CN=rd -addext subjectAltName=IP:192.0.2.1 \
		-keyout "$tmp/key" -out "$tmp/crt" 2>/dev/null
	openssl s_server -accept "127.0.0.1:$port" -cert "$tmp/crt" -key "$tmp/key" \
		-quiet >/dev/null 2>&1 &
	until_true openssl s_client -connect "127.0.0.1:$port" </dev/null
	examine "PORTAL_CONFIG=localhost:$port:1:/:Portal" ENABLE_HTTPS=true \
		"VAST_TCP_PORT_$port=41111"
	kill $!
	wait $! 2>/dev/null
}
port=$(free_port)
certified 2
finds ok certificate 'a certificate that is good'
certified 1
finds no certificate 'one that ends too soon'
examine "PORTAL_CONFIG=localhost:$port:1:/:Portal" ENABLE_HTTPS=true
finds no certificate 'no edge at all'

rd-desktop stop
done_testing
