#!/bin/sh
# rd-vnc with clients that others wrote: what they show is what X shows.
set -u
. "$(dirname -- "$0")/tap.sh"
. "$(dirname -- "$0")/picture.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-vnc.XXXXXX")
pids=
trap 'kill -9 $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM
umask 077

free_display() { # a port from 5901 on, as clients count
	/usr/bin/python3 -c 'import random, socket
while True:
    n = random.randrange(1000, 20000)
    try:
        socket.socket().bind(("127.0.0.1", 5900 + n)); print(n); break
    except OSError: pass'
}

# Ready when this returns.
start() { # OPTION...
	mkfifo "$dir/ready"
	rd-vnc -v -R 3 "$@" 3>"$dir/ready" 2>>"$dir/log" &
	vnc=$!
	pids="$pids $vnc"
	read -r _ <"$dir/ready"
	rm "$dir/ready"
}

# gtk-vnc asks for a password at a terminal, and forgets what came before that
# no longer echoes.
capture() { # FILE
	timeout 30 /usr/bin/python3 - gvnccapture "localhost:$number" "$1" \
		>"$dir/out" 2>&1 </dev/null <<-'END'
	import os, pty, sys, termios, time
	def read(fd):
	    data = os.read(fd, 1024)
	    if data.rstrip().endswith(b"Password:"):
	        while termios.tcgetattr(fd)[3] & termios.ECHO:
	            time.sleep(0.01)
	        os.write(fd, b"wonder42\n")
	    return data
	sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))
	END
}

# --- the command line and bad files

fails 100 'expected the address' 'no frames' rd-vnc -l ./vnc
fails 100 'expected -C, -i or -l' 'no way in' rd-vnc screen
fails 100 'goes without' 'two ways that exclude each other' \
	rd-vnc -i -l ./vnc screen
fails 100 'option -l' 'a bad address' \
	env VNC_PASSWORD=x rd-vnc -l 127.0.0.1:x screen
fails 100 'a password is needed' 'a port without a password' \
	rd-vnc -l 1 screen
fails 100 'go together' 'a certificate without a key' \
	rd-vnc -c x -l ./vnc screen
fails 100 'cannot read' 'no file' rd-vnc -p "$dir/none" -l 1 screen
echo >"$dir/bad"
fails 100 'expected a password' 'an empty file' \
	rd-vnc -p "$dir/bad" -l 1 screen
fails 100 'of no use' 'no certificate' \
	rd-vnc -c "$dir/none" -k "$dir/none" -l ./vnc screen

# --- a display to show

start_x 640x480
xsetroot -mod 13 7 -fg '#4080c0' -bg '#102030'
xterm -geometry 40x10+100+80 -e sh -c \
	"stty -echo; seq 40; cat >$dir/typed" 2>"$dir/out" &
pids="$pids $!"
rd-capture -l "$dir/screen" 2>>"$dir/log" &
pids="$pids $!"
rd-input -l "$dir/input" 2>>"$dir/log" &
pids="$pids $!"
until_true test -S "$dir/screen"
until_true test -S "$dir/input"
until_true xdotool search --onlyvisible --class xterm
number=$(free_display)
port=$((5900 + number))
printf 'wonder42\nlooking2\n' >"$dir/password"
start -e "$dir/input" -l "$dir/vnc" -l "$port" \
	-p "$dir/password" "$dir/screen"

settled() { # the display is as it stays
	shot "$dir/x.png"
	sleep 0.2
	shot "$dir/x2.png"
	cmp -s "$dir/x.png" "$dir/x2.png"
}
until_true settled

# --- clients that take one picture

capture "$dir/gtk.png"
ok $? 'gvnccapture connects'
alike "$dir/x.png" "$dir/gtk.png" 0
ok $? 'what it shows is what X shows'
has "$dir/log" 'TLSVnc, it controls'
ok $? 'encrypted, with finite fields'

echo wonder42 | vncpasswd -f >"$dir/vncpw"
timeout 30 vncsnapshot -passwd "$dir/vncpw" -quality 100 -quiet \
	"localhost:$number" "$dir/snap.jpg" >"$dir/out" 2>&1
ok $? 'vncsnapshot connects, by RFB 3.3'
alike "$dir/x.png" "$dir/snap.jpg" 8
ok $? 'what it shows is what X shows, red and blue where they belong'

echo looking2 | vncpasswd -f >"$dir/viewpw"
timeout 30 vncsnapshot -passwd "$dir/viewpw" -quiet "localhost:$number" \
	"$dir/snap2.jpg" >"$dir/out" 2>&1
has "$dir/log" 'VncAuth, it views'
ok $? 'the other password only views'
echo wrong | vncpasswd -f >"$dir/wrongpw"
timeout 30 vncsnapshot -passwd "$dir/wrongpw" -quiet "localhost:$number" \
	"$dir/snap2.jpg" >"$dir/out" 2>&1
has "$dir/log" 'refused .*: wrong password'
ok $? 'a wrong one is refused'

# --- viewers, on a display of their own

shown=$DISPLAY
start_x 900x700
eyes=$DISPLAY

find_picture() { # A B: where in B all of A is
	/usr/bin/python3 - "$@" <<-'END'
	import sys
	import av, numpy
	def pixels(path):
	    with av.open(path) as f:
	        return next(f.decode(video=0)).to_ndarray(format="rgb24")
	a, b = map(pixels, sys.argv[1:3])
	h, w = a.shape[:2]
	may = numpy.ones((max(len(b) - h + 1, 0), max(b.shape[1] - w + 1, 0)), bool)
	for y, x in (0, 0), (h - 1, w - 1), (h // 2, w // 2), (h // 2, w // 4):
	    may &= (b[y:y + may.shape[0], x:x + may.shape[1]] == a[y, x]).all(axis=2)
	for y, x in numpy.argwhere(may):
	    if (b[y:y + h, x:x + w] == a).all():
	        print(x, y)
	        sys.exit()
	sys.exit(1)
	END
}

sees() { # what X shows is somewhere on the viewers' display: there
	shot "$dir/x.png" "$shown" && shot "$dir/eyes.png" "$eyes" || return 1
	place=$(find_picture "$dir/x.png" "$dir/eyes.png")
}

typed() { # TEXT: once more, and it arrives
	# shellcheck disable=SC2086 # two numbers
	set -- "$1" $place
	DISPLAY=$eyes xdotool mousemove $(($2 + 200)) $(($3 + 150)) \
		mousemove_relative 3 3 click 1 type --delay 20 "$1"
	DISPLAY=$eyes xdotool key Return
	sleep 0.2
	has "$dir/typed" "$1"
}

start_viewer() { # COMMAND...
	HOME=$dir XDG_RUNTIME_DIR=$dir DISPLAY=$eyes \
		"$@" >"$dir/viewer.log" 2>&1 &
	viewer=$!
	pids="$pids $viewer"
}

# It shows, takes, and still shows what it changed by that.
viewer_works() { # NAME TEXT
	until_true sees
	ok $? "$1 shows what X shows" || sed 's/^/# /' "$dir/viewer.log"
	until_true typed "$2"
	ok $? "$1 takes input"
	until_true sees
	ok $? "$1 shows what came of it"
}

leave() {
	kill "$viewer"
	wait "$viewer" 2>/dev/null
}

copied() { # TEXT FROM TO: once more
	typed x
	printf '%s' "$1" | xclip -display "$2" -i -selection clipboard \
		>"$dir/out" 2>&1
	sleep 0.3
	[ "$(timeout 2 xclip -display "$3" -o -selection clipboard)" = "$1" ]
}

viewer() { # NAME TEXT COMMAND...
	name=$1 text=$2
	shift 2
	start_viewer "$@"
	viewer_works "$name" "$text"
	leave
}

viewer xtigervncviewer hello,tiger xtigervncviewer -passwd "$dir/vncpw" \
	-RemoteResize=0 "localhost::$port"
grep -c 'Enabling continuous updates' "$dir/viewer.log" >/dev/null
ok $? 'and continuous updates'

# By default its window is the display's size.
start_viewer xtigervncviewer -passwd "$dir/vncpw" "localhost::$port"
until_true sees
ok $? 'xtigervncviewer as it is by default' || sed 's/^/# /' "$dir/viewer.log"
resized() { # WIDTH HEIGHT: once more
	DISPLAY=$eyes xdotool search --onlyvisible --name TigerVNC \
		windowsize "$1" "$2"
	xwininfo -display "$shown" -root | grep -q "geometry $1x$2" && sees
}
until_true resized 600 400
ok $? 'its window gives the display its size'
until_true resized 640 480
ok $? 'and again'
until_true copied 'beside the viewer' "$eyes" "$shown"
ok $? 'what is copied beside it arrives'
until_true copied 'on the display' "$shown" "$eyes"
ok $? 'and the other way'
leave

viewer xtightvncviewer hello,tight xtightvncviewer -passwd "$dir/vncpw" \
	-noraiseonbeep "localhost::$port"

asks() {
	DISPLAY=$eyes xdotool search --onlyvisible --name 'Authentication required'
}
start_viewer gvncviewer "localhost:$number"
until_true asks
DISPLAY=$eyes xdotool search --onlyvisible --name 'Authentication required' \
	windowfocus type --delay 20 wonder42
DISPLAY=$eyes xdotool key Return
viewer_works gvncviewer hello,gtk
leave

cat >"$dir/rd.remmina" <<-END
	[remmina]
	name=rd
	protocol=VNC
	server=localhost:$port
	window_width=880
	window_height=680
	viewmode=1
END
no_bus() { # COMMAND...
	start_viewer env DBUS_SESSION_BUS_ADDRESS=disabled: NO_AT_BRIDGE=1 "$@"
}
no_bus remmina --update-profile "$dir/rd.remmina" --set-option password=wonder42
wait "$viewer"
no_bus remmina -c "$dir/rd.remmina"
viewer_works Remmina hello,remmina
leave

# --- a viewer by libvncclient

DISPLAY=$shown
mkfifo "$dir/orders"
vncsink "$port" wonder42 <"$dir/orders" >"$dir/told" 2>"$dir/sink.log" &
sink=$!
pids="$pids $sink"
exec 5>"$dir/orders"
drawn() { # the picture that it has is X's
	echo "shot $dir/sink.ppm" >&5
	sleep 0.2
	shot "$dir/x.png" && alike "$dir/x.png" "$dir/sink.ppm" 0
}
until_true drawn
ok $? 'libvncclient shows what X shows' || sed 's/^/# /' "$dir/sink.log"
echo 'type hello,lib' >&5
until_true has "$dir/typed" hello,lib
ok $? 'it takes input'
echo 'copy from the sink' >&5
arrived() {
	[ "$(timeout 2 xclip -o -selection clipboard)" = 'from the sink' ]
}
until_true arrived
ok $? 'what is copied there arrives'
printf 'from X' | xclip -i -selection clipboard 5>&-
until_true has "$dir/told" 'copied from X'
ok $? 'and the other way'
echo 'size 600 400' >&5
fits() {
	xwininfo -root | grep -q 'geometry 600x400' && drawn
}
until_true fits
ok $? 'the display gets the size that it asks for'
exec 5>&-
wait "$sink"

# --- a certificate that the viewer can verify

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-keyout "$dir/key" -out "$dir/cert" 2>"$dir/out"
number=$(free_display)
port=$((5900 + number))
start -c "$dir/cert" -k "$dir/key" -l "$port" -p "$dir/password" "$dir/screen"
verified() { # TIMES: once more
	DISPLAY=$eyes xtigervncviewer -passwd "$dir/vncpw" -X509CA "$dir/cert" \
		"localhost::$port" >"$dir/viewer.log" 2>&1 &
	viewer=$!
	pids="$pids $viewer"
	until_true came_in "$1"
	status=$?
	kill "$viewer"
	wait "$viewer" 2>/dev/null
	return $status
}

came_in() { # TIMES
	[ "$(grep -c 'X509Vnc, it controls' "$dir/log")" = "$1" ]
}

verified 1 && verified 2 && verified 3 && verified 4
ok $? 'a viewer takes the certificate, every time' ||
	sed 's/^/# /' "$dir/viewer.log"

done_testing
