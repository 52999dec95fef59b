#!/bin/sh
# A session by RDP: its port, its certificate, and nothing left of it.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

command -v rd-rdp >/dev/null || {
	echo '1..0 # SKIP built without FreeRDP 2'
	exit
}
tmp=$(mktemp -d)
dir=$tmp
export XDG_RUNTIME_DIR="$tmp" XDG_STATE_HOME="$tmp/state" HOME="$tmp"
unset DISPLAY XAUTHORITY PULSE_SERVER RDP_PASSWORD OPEN_BUTTON_TOKEN
session=$tmp/rd/desktop
pids=
trap '[ ! -e "$session" ] || rd-desktop stop; kill $pids 2>/dev/null; wait; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

fails 100 'option -rdp' 'a bad port' env RDP_PASSWORD=x rd-desktop start -rdp 0
fails 100 'option -rdp' 'a bad host' \
	env RDP_PASSWORD=x rd-desktop start --rdp='a b:1'
fails 100 RDP_PASSWORD 'no password' rd-desktop start -rdp 1

port=$(/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$tmp/xstartup" <<END
#!/bin/sh
exec xterm -geometry 60x20+100+100 -e sh -c "stty -echo; cat >$tmp/typed"
END
chmod +x "$tmp/xstartup"

begin() {
	RDP_PASSWORD=wonder42 RDP_VIEW_PASSWORD=looking2 rd-desktop start \
		-xstartup "$tmp/xstartup" -s 640x480 "--rdp=$port" \
		>"$tmp/url" 2>"$tmp/said"
}

begin
ok $? 'start' || sed 's/^/# /' "$tmp/said"
finger=$(sed -n 's/.*certificate.*: \([0-9A-F:]*\)$/\1/p' "$tmp/said")
is "${#finger}" 95 'the fingerprint is printed'
is "$(rd-desktop status | sed -n 's/^rdp\t//p')" "$port	$finger" 'and in the status'
is "$(stat -c %a "$session/rdp.passwords" "$tmp/state/rd/rdp.pem" | uniq)" 600 \
	'the passwords and the key are private'
environment() {
	# shellcheck disable=SC2046 # pids
	cat $(supervisorctl -c "$session/supervisor.conf" pid all | sed 's|.*|/proc/&/environ|')
}
! environment | tr '\0' '\n' | grep -q ^RDP_
ok $? 'and not in the environment of programs'

start_x 900x700
timeout 60 xfreerdp "/v:127.0.0.1:$port" /u:me /p:wonder42 /cert:ignore \
	/log-level:WARN >"$tmp/viewer.log" 2>&1 &
viewer=$!
pids="$pids $viewer"
# shellcheck disable=SC2317 # until_true calls it
typed() {
	xdotool mousemove 200 200 mousemove_relative 3 3 click 1 \
		type --delay 20 hello,Rdp
	xdotool key Return
	sleep 0.2
	has "$tmp/typed" hello,Rdp
}
until_true typed
ok $? 'a client types into it' || sed 's/^/# /' "$tmp/viewer.log"

# shellcheck disable=SC2317 # until_true calls it
is_back() {
	timeout 20 xfreerdp "/v:127.0.0.1:$port" /u:me /p:wonder42 \
		/cert:ignore +auth-only >"$tmp/viewer.log" 2>&1
}
kill -9 "$(supervisorctl -c "$session/supervisor.conf" pid rdp)"
until_true is_back
ok $? 'it is back after kill -9'

rd-desktop stop
ok $? 'stop'
[ ! -e "$tmp/rd" ] && ! ss -ltn "sport = $port" | grep -q LISTEN
ok $? 'and nothing is left'
begin
grep -q "$finger" "$tmp/said"
ok $? 'the next session has the same certificate'
done_testing
