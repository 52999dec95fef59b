#!/bin/sh
# rd-vncserver, as those use it who have scripts for vncserver.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

tmp=$(mktemp -d)
dir=$tmp
export XDG_RUNTIME_DIR="$tmp" HOME="$tmp/home"
unset DISPLAY XAUTHORITY PULSE_SERVER VNC_PASSWORD OPEN_BUTTON_TOKEN
trap 'rd-vncserver -kill ":*"; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
umask 077
mkdir -p "$HOME/.vnc"
host=$(hostname)

# Clients count ports from 5900 on.
free_number() {
	/usr/bin/python3 -c 'import os, random, socket
while True:
    n = random.randrange(1000, 9000)
    try:
        with socket.socket() as s: s.bind(("127.0.0.1", 5900 + n))
    except OSError: continue
    if not os.path.exists(f"/tmp/.X11-unix/X{n}"): print(n); break'
}

# Get in, and say how large it is.
visit() { # PORT PASSWORD
	timeout 60 /usr/bin/python3 - "$@" <<'END'
import sys
sys.path.insert(0, "tests/tool")
from rfbtest import RAW, Client
c = Client(("127.0.0.1", int(sys.argv[1])), encodings=[RAW], password=sys.argv[2])
c.request(0)
c.put("BBHH", 5, 0, 10, 10)
for letter in sys.argv[2]:
    c.key(ord(letter))
c.key(0xff0d)
c.message()
print(f"{c.w}x{c.h}")
END
}

n=$(free_number)

# ---- what is refused, and what is not minded

fails 100 vncpasswd 'no password' rd-vncserver ":$n"
printf 'wonder42\nlooking2\n' | vncpasswd -f >"$HOME/.vnc/passwd"
[ "$(wc -c <"$HOME/.vnc/passwd")" = 16 ] || {
	# An older vncpasswd knows of one only.
	echo wonder42 | vncpasswd -f >"$tmp/one"
	echo looking2 | vncpasswd -f | cat "$tmp/one" - >"$HOME/.vnc/passwd"
}
fails 100 'an operand' 'half an option' rd-vncserver ":$n" -geometry
fails 100 'option -s' 'no size' rd-vncserver ":$n" -geometry large
fails 100 'option -depth' 'no depth' rd-vncserver ":$n" -depth deep
fails 100 'SecurityTypes' 'nobody comes without a password' \
	rd-vncserver ":$n" -SecurityTypes None
fails 100 'option -xstartup' 'no program' rd-vncserver ":$n" -xstartup /nowhere
fails 100 'not a display' 'no number' rd-vncserver :one
fails 100 'option -kill' 'nothing to kill' rd-vncserver -kill

# ---- as scripts say it

cat >"$HOME/.vnc/xstartup" <<END
#!/bin/sh
echo begun on \$DISPLAY
exec xterm -geometry 60x20+0+0 -e sh -c "stty -echo; cat >$tmp/typed"
END
chmod +x "$HOME/.vnc/xstartup"
rd-vncserver ":$n" -geometry 900x640 -depth 16 -localhost -dpi 96 -AlwaysShared \
	>"$tmp/said" 2>"$tmp/warned"
ok $? 'start'
grep -qx "New '$host:$n ($(id -un))' desktop is $host:$n" "$tmp/said"
ok $? 'says which display, in the words that scripts look for'
is "$(grep -c 'option -.* is ignored' "$tmp/warned")" 2 'what it has no use for it says'
port=$((5900 + n))
until_true env "DISPLAY=:$n" "XAUTHORITY=$tmp/rd/vnc-$n/xauth" \
	xdotool search --onlyvisible --class xterm
ok $? 'its display has that number'
is "$(visit "$port" wonder42)" 900x640 'its port and size, by the password of vncpasswd'
until_true has "$tmp/typed" wonder42
ok $? 'which lets type'
is "$(visit "$port" looking2)" 900x640 'by the second one'
! visit "$port" guessing 2>/dev/null
ok $? 'not by another'
has "$HOME/.vnc/$host:$n.log" "begun on :$n"
ok $? 'xstartup has run, its log is where one looks'
! has "$tmp/typed" looking2
ok $? 'the second one has only viewed'
is "$(rd-vncserver -list | grep '^:' | cut -f 1,3)" ":$n	$port" '-list'
fails 1 'running already' 'it is there once' rd-vncserver ":$n"

# ---- another one, with its own ways

cat >"$tmp/mine" <<END
#!/bin/sh
echo mine
exec xterm
END
chmod +x "$tmp/mine"
m=$(free_number)
p=$((5900 + $(free_number)))
echo secret99 | vncpasswd -f >"$tmp/passwd"
rd-vncserver ":$m" -xstartup "$tmp/mine" -rfbport "$p" -passwd "$tmp/passwd" \
	-SecurityTypes None,TLSVnc,VncAuth -localhost no >"$tmp/said"
ok $? 'start another one'
until_true has "$HOME/.vnc/$host:$m.log" mine
ok $? 'with an xstartup of its own'
is "$(visit "$p" secret99)" 1920x1080 'a port and a password of its own'
ss -ltnH "sport = $p" | grep -q '0\.0\.0\.0:'
ok $? '-localhost no is for other machines'
is "$(rd-vncserver -list | grep -c '^:')" 2 'both are listed'
rd-vncserver -kill ":$n"
ok $? '-kill'
is "$(rd-vncserver -list | grep -c '^:')" 1 'ends one'
[ ! -e "$tmp/rd/vnc-$n" ] && has "$HOME/.vnc/$host:$n.log" "begun on :$n"
ok $? 'and leaves its log only'
rd-vncserver -kill ":$n" 2>/dev/null
is $? 1 'which is not there any more'
rd-vncserver -kill ':*'
is "$(rd-vncserver -list | grep -c '^:')" 0 '-kill :* ends all'
done_testing
