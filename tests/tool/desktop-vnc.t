#!/bin/sh
# A session by VNC: its socket, its port, and ssh.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

tmp=$(mktemp -d)
dir=$tmp
export XDG_RUNTIME_DIR="$tmp"
unset DISPLAY XAUTHORITY PULSE_SERVER VNC_PASSWORD OPEN_BUTTON_TOKEN
session=$tmp/rd/desktop
trap '[ ! -e "$session" ] || rd-desktop stop; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

free_port() {
	/usr/bin/python3 -c 'import random, socket
while True:
    port = random.randrange(20000, 30000)
    try:
        with socket.socket() as s: s.bind(("127.0.0.1", port)); print(port); break
    except OSError: pass'
}

# ---- what is refused

fails 100 'option -vnc' 'a bad port' env VNC_PASSWORD=x rd-desktop start -vnc 0
fails 100 'option -vnc' 'no host' env VNC_PASSWORD=x rd-desktop start -vnc :1
fails 100 'option -vnc' 'a bad host' \
	env VNC_PASSWORD=x rd-desktop start --vnc='a b:1'
fails 100 VNC_PASSWORD 'no password' rd-desktop start -vnc 1
fails 100 'one line' 'a password of two lines' env 'VNC_PASSWORD=a
b' rd-desktop start -vnc 1
port=$(free_port)
socat "TCP-LISTEN:$port,bind=127.0.0.2" - >"$tmp/out" </dev/null &
listening() {
	ss -ltn "sport = $port" | grep -q LISTEN
}
until_true listening
fails 111 'another with -vnc' 'a port in use' \
	env VNC_PASSWORD=x rd-desktop start -vnc "$port"
kill $!
wait $! 2>/dev/null

# ---- by the session's socket, and by a port

# Type a line into the terminal in the middle, and look: who comes by a port,
# perhaps with a password, or by a socket.
visit() { # TEXT ADDRESS [PASSWORD]
	timeout 60 /usr/bin/python3 - "$@" <<'END'
import os, sys
sys.path.insert(0, "tests/tool")
from rfbtest import RAW, Client, Display
shown = Display.__new__(Display)
shown.name, shown.env = os.environ["DISPLAY"], os.environ
text, where, *password = sys.argv[1:]
proof = {"password": password[0], "tls": "AECDH"} if password else {}
c = Client(where if "/" in where else ("127.0.0.1", int(where)), encodings=[RAW], **proof)
c.request(0)
c.put("BBHH", 5, 0, c.w // 2, c.h // 2)
for letter in text:
    c.key(ord(letter))
c.key(0xff0d)
assert c.sees(shown, seconds=30)
print(c.name, f"{c.w}x{c.h}")
END
}

port=$(free_port)
cat >"$tmp/xstartup" <<END
#!/bin/sh
exec xterm -geometry 60x20+300+200 -e sh -c "stty -echo; cat >$tmp/typed"
END
chmod +x "$tmp/xstartup"
VNC_PASSWORD=wonder42 VNC_VIEW_PASSWORD=looking2 rd-desktop start \
	-xstartup "$tmp/xstartup" -s 1000x700 "--vnc=$port" >"$tmp/url"
ok $? 'start'
is "$(stat -c %a "$session/vnc.passwords")" 600 'the passwords are private'
environment() {
	# shellcheck disable=SC2046 # pids
	cat $(supervisorctl -c "$session/supervisor.conf" pid all | sed 's|.*|/proc/&/environ|')
}
! environment | tr '\0' '\n' | grep -q ^VNC_
ok $? 'and not in the environment of programs'
# shellcheck source=/dev/null
. "$session/env"
until_true xdotool search --onlyvisible --class xterm
is "$(visit socket "$session/vnc")" 'desktop 1000x700' \
	'the socket needs no password, and shows what X shows'
until_true has "$tmp/typed" socket
ok $? 'what is typed arrives'
is "$(visit port "$port" wonder42)" 'desktop 1000x700' \
	'the port needs one, and is encrypted'
until_true has "$tmp/typed" port
ok $? 'what is typed arrives'
is "$(visit looked "$port" looking2)" 'desktop 1000x700' 'by the other password one looks'
visit guess "$port" guessing 2>"$tmp/err"
has "$tmp/err" PermissionError
ok $? 'by another one does not'
is "$(ss -ltnH "sport = $port" | awk '{ print $4 }' | grep -v -e ^127.0.0.1: -e '^\[::1\]:')" '' \
	'other machines cannot reach it'

# ---- by ssh, to an sshd of our own

ssh-keygen -qt ed25519 -N '' -f "$tmp/key"
cp "$tmp/key.pub" "$tmp/authorized"
cat >"$tmp/sshd" <<END
HostKey $tmp/key
AuthorizedKeysFile $tmp/authorized
StrictModes no
UsePAM no
END
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
local=$(free_port)
ssh -F none -i "$tmp/key" -o BatchMode=yes -o StrictHostKeyChecking=no \
	-o "UserKnownHostsFile=$tmp/known" \
	-o "ProxyCommand=/usr/sbin/sshd -i -f $tmp/sshd -E $tmp/sshd.log" \
	-NL "$local:$session/vnc" host 2>"$tmp/ssh.log" &
ssh=$!
until_true visit ssh "$local"
ok $? 'ssh leads a viewer to the socket' || sed 's/^/# /' "$tmp/ssh.log" "$tmp/sshd.log"
until_true has "$tmp/typed" ssh
ok $? 'what is typed arrives'
kill $ssh
wait $ssh 2>/dev/null

# ---- it comes back, and goes

# shellcheck disable=SC2317 # until_true calls it
is_back() {
	new=$(supervisorctl -c "$session/supervisor.conf" pid vnc) &&
		[ "$new" != "$old" ] && [ "$new" != 0 ] && visit back "$session/vnc"
}
old=$(supervisorctl -c "$session/supervisor.conf" pid vnc)
kill -9 "$old"
until_true is_back
ok $? 'it is back after kill -9'
until_true has "$tmp/typed" back
! has "$tmp/typed" looked && ! has "$tmp/typed" guess
ok $? 'who looks has typed nothing'
rd-desktop stop
ok $? 'stop'
[ ! -e "$tmp/rd" ] && ! kill -0 "$new" 2>/dev/null
ok $? 'and nothing is left'
done_testing
