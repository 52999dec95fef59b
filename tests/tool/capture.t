#!/bin/sh
# rd-capture on real X servers: what its readers see of them.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-capture.XXXXXX")
pids=
trap 'kill -CONT $pids 2>/dev/null; kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM

start() { # [OPTION...]
	rm -f "$dir/screen"
	rd-capture -l "$dir/screen" "$@" 2>"$dir/log" &
	capture=$!
	pids="$pids $capture"
	until_true test -S "$dir/screen"
}

stop() { # its exit status is the function's
	kill "$capture"
	wait "$capture"
}

check() { # NAME [OPTION...]: framecheck, its comments shown
	name=$1
	shift
	timeout 60 framecheck "$@" >"$dir/out" 2>&1 </dev/null
	status=$?
	ok $status "$name"
	[ $status -eq 0 ] || sed 's/^/# /' "$dir/out" "$dir/log"
}

switches() { # PID: how often it went to sleep
	sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$1/status"
}

slept() { # PID TIMES: more often than that
	[ "$(switches "$1")" -gt "$2" ]
}

open_fds() { # PID
	find "/proc/$1/fd" -type l | wc -l
}

no_more_fds() { # PID NUMBER
	[ "$(open_fds "$1")" -le "$2" ]
}

unmapped() {
	[ "$(maps)" -eq 0 ]
}

maps() { # of frames in the X server
	grep -c 'memfd:rd-frames' "/proc/$xvfb/maps"
}

colour() { # PNG X:Y
	ffmpeg -v error -i "$1" -vf "crop=1:1:$2" -f rawvideo -pix_fmt rgb24 - |
		od -An -tx1 | tr -d ' '
}

start_x 1280x800 -nolisten tcp

# --- lines and pictures ---

is "$(timeout 10 rd-capture -n 1 | grep -c '^frame')" 1 'a black display has a first frame'
rd-capture 2>"$dir/err" | head -3 >"$dir/lines"
is "$(cut -d' ' -f1 "$dir/lines" | tr '\n' ' ')" 'rd-frames geometry cursor ' \
	'head -3 shows lines'
is "$(sed -n 's/ [^ ]*$//; 2p' "$dir/lines")" 'geometry 1280 800 5120 bgrx 3' \
	'the geometry is the display'
is "$(cat "$dir/err")" '' 'and nothing is said when head has enough'
xsetroot -solid '#336699'
is "$(timeout 10 rd-capture -n 1 | sed -n 's/^frame [0-9]* [0-9]* //p')" \
	'1 0 0 1280 800' 'the first frame is the whole picture'
timeout 10 rd-capture -F png >"$dir/shot.png"
is "$?" 0 'a picture as PNG'
is "$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 "$dir/shot.png")" '1280,800' 'has the size'
is "$(colour "$dir/shot.png" 7:9)" 336699 'and the colours'

# --- truth ---

start -v
check 'damage composes to what the display shows' "$dir/screen" truth
check 'and when frames are acknowledged' -a "$dir/screen" truth
framecheck -a "$dir/screen" follow </dev/zero >/dev/null 2>&1 &
killed=$!
framecheck "$dir/screen" truth >"$dir/two" 2>&1 &
second=$!
check 'with three readers' -a "$dir/screen" truth
wait $second
ok $? 'for each of them'
kill -9 $killed
wait $killed 2>/dev/null
check 'after one was killed' "$dir/screen" truth
mkfifo "$dir/held"
framecheck "$dir/screen" follow <"$dir/held" >"$dir/stalled" 2>&1 &
stalled=$!
pids="$pids $stalled"
exec 4>"$dir/held"
kill -STOP $stalled
check 'while another is stopped' "$dir/screen" truth
kill -CONT $stalled
exec 4>&-
wait $stalled
ok $? 'which then has the present picture too'

# --- size ---

for size in 640 800 1024 1111; do
	xrandr --newmode "$size" 0 "$size" 0 0 "$size" 601 0 0 601
	xrandr --addmode screen "$size"
done 2>/dev/null
framecheck "$dir/screen" follow <"$dir/held" >"$dir/storm" 2>&1 &
follower=$!
pids="$pids $follower"
exec 4>"$dir/held"
for round in 1 2 3 4 5 6 7 8 9 10; do
	for size in 640 1024 800 1111 1280x800; do
		xrandr --output screen --mode $size
		xsetroot -solid "rgb:0/$((round % 2))/$((round % 3))"
	done
done 2>/dev/null
xrandr --output screen --mode 1111
exec 4>&-
wait $follower
ok $? 'sizes change fifty times'
is "$(timeout 10 rd-capture -n 1 | sed -n 's/^geometry \([0-9]* [0-9]*\).*/\1/p')" \
	'1111 601' 'an odd size in the end'
xrandr --output screen --mode 1280x800
check 'and the truth again' "$dir/screen" truth
is "$(maps)" 1 'the X server has one ring mapped'

# --- cost ---

before=$(open_fds $capture)
for round in 1 2 3 4 5 6 7 8 9 10; do
	timeout 10 framecheck "$dir/screen" follow </dev/null >/dev/null 2>&1
done
until_true no_more_fds $capture "$before"
ok $? 'readers that went leave nothing open'
framecheck "$dir/screen" follow <"$dir/held" >"$dir/idle" 2>&1 &
idle=$!
pids="$pids $idle"
exec 4>"$dir/held"
until_true has "$dir/log" 'size'
sleep 0.5
before=$(switches $capture)
sleep 1
is "$(switches $capture)" "$before" 'a still display wakes nobody up'
xdotool mousemove_relative 11 12
until_true slept $capture "$before"
ok $? 'until the pointer moves'
exec 4>&-
wait $idle
before=$(switches $capture)
for round in 1 2 3 4 5 6 7 8 9 10; do
	xsetroot -solid "rgb:0/$((round % 2))/0"
	xdotool mousemove_relative "$round" 5
done
test $(($(switches $capture) - before)) -le 4
ok $? 'without readers a busy one does not either'

# --- what only looks like a change; what somebody waits for ---

frames() {
	grep -c '^frame' "$dir/lines"
}

more() { # NUMBER: frames than that
	[ "$(frames)" -gt "$1" ]
}

rd-capture -f 2 >"$dir/lines" &
lines=$!
pids="$pids $lines"
until_true more 0
xsetroot -solid '#102030'
until_true more 1
sleep 0.6
before=$(frames)
xsetroot -solid '#102030'
sleep 0.6
is "$(frames)" "$before" 'what is painted again as it was is no frame'
xsetroot -solid '#302010'
until_true more "$before"
ok $? 'what is painted otherwise is one'
for key in 1 2 3; do
	until_true more "$before"
	before=$(frames)
	xsetroot -solid "#30201$key"
	until_true more "$before"
	xdotool key Shift_L
	xsetroot -solid "#10203$key"
done
until_true more $((before + 1))
kill "$lines"
wait "$lines"
awk '$1 == "input" { pressed = 1 }
	$1 == "frame" { if (pressed && $3 - last < 250000) soon = 1
		pressed = 0; last = $3 }
	END { exit !soon }' "$dir/lines"
ok $? 'what follows a key comes before the rate allows it'

# --- cursor ---

xdotool mousemove 100 200
timeout 10 rd-capture -n 1 >"$dir/lines"
is "$(grep pointer "$dir/lines")" 'pointer 100 200' 'the pointer is told'
is "$(sed -n 's/^cursor [0-9 ]* //p' "$dir/lines" | base64 -d | head -c 4 | tail -c 3)" \
	PNG 'the cursor is a PNG'
xsetroot -cursor_name crosshair
timeout 10 rd-capture -n 1 | grep cursor >"$dir/cross"
test -s "$dir/cross" && ! grep -qFf "$dir/cross" "$dir/lines"
ok $? 'another shape is another line'
xsetroot -solid '#336699'
timeout 10 rd-capture -F png -n 1 >"$dir/without.png"
timeout 10 rd-capture -c -F png -n 1 >"$dir/with.png"
is "$(colour "$dir/without.png" 100:200)" 336699 \
	'the cursor is not in the picture'
test "$(colour "$dir/with.png" 100:200)" != 336699
ok $? 'but with -c it is'
is "$(timeout 10 rd-capture -c -n 1 | grep cursor)" 'cursor 0 0 0 0 -' \
	'and then readers hide theirs'
rd-capture >"$dir/lines" &
pids="$pids $!"
until_true has "$dir/lines" ^cursor
for shape in heart left_ptr heart left_ptr; do # by one that goes at once
	xsetroot -cursor_name $shape
	sleep 0.1
done
kill $! && wait $!
is "$(grep -ac '^cursor 0 0 0 0 -' "$dir/lines")" 0 \
	'whose client is gone keeps a shape'

# --- the window in use ---

xev -geometry 50x40 >/dev/null &
named=$!
pids="$pids $named"
until_true xwininfo -name 'Event Tester'
id=$(xwininfo -name 'Event Tester' | awk '/Window id/ { print $4 }')
timeout 10 rd-capture -n 1 >"$dir/lines"
! has "$dir/lines" window
ok $? 'a window in use is told of when asked for'
: >"$dir/lines"
rd-capture -t >"$dir/lines" &
titles=$!
pids="$pids $titles"
xprop -root -f _NET_ACTIVE_WINDOW 32x -set _NET_ACTIVE_WINDOW "$id"
until_true has "$dir/lines" '^window - Event Tester$'
ok $? 'its title, by the old property too'
xprop -id "$id" -f _NET_WM_NAME 8u -set _NET_WM_NAME 'Zwölf
漢字'
until_true has "$dir/lines" '^window - Zwölf 漢字$'
ok $? 'a title changes, and stays one line'
xprop -id "$id" -f _NET_WM_ICON 32c -set _NET_WM_ICON '1,1,4294901760,2,1,4278255360,2147483903'
until_true has "$dir/lines" '^window iVBORw0KGgo[^ ]* Zwölf 漢字$'
ok $? 'an icon is a PNG'
is "$(sed -n 's/^window \([^ -]*\) .*/\1/p' "$dir/lines" | tail -n 1 | base64 -d |
	ffmpeg -v error -i - -f rawvideo -pix_fmt rgba - | od -An -tx1)" \
	' 00 ff 00 ff 00 00 ff 80' 'with its colours and alpha, the larger one of two'
kill "$titles" "$named"
wait "$titles"

# --- end ---

stop
is "$?" 0 'SIGTERM ends it well'
test ! -e "$dir/screen"
ok $? 'and its socket is gone'
until_true unmapped
ok $? 'and its memory in the X server'
start
framecheck "$dir/screen" follow <"$dir/held" >/dev/null 2>&1 &
pids="$pids $!"
exec 4>"$dir/held"
sleep 0.2
kill -STOP $xvfb
stop
is "$?" 0 'also when the X server does not answer'
kill -CONT $xvfb
exec 4>&-

# --- no frame of two moments ---

start -f 1000
check 'a frame is of one moment' "$dir/screen" whole
check 'for each reader at its pace' -a "$dir/screen" whole
stop

# --- one window ---

rm -f "$dir/screen"
framecheck "$dir/screen" window >"$dir/window" 2>&1 &
client=$!
pids="$pids $client"
until_true test -s "$dir/window"
timeout 60 rd-capture -l "$dir/screen" -w "$(head -1 "$dir/window")" 2>"$dir/log"
is "$?" 0 'a window that goes ends it'
has "$dir/log" 'was destroyed'
ok $? 'and it says so'
wait $client
ok $? 'a window covered, resized and mapped again'
sed 's/^/# /' "$dir/window"

# --- bad input ---

fails 100 'unknown option -x' 'unknown option' rd-capture -x
fails 100 'too many' 'operand' rd-capture screen
fails 100 'not a format' 'format' rd-capture -F jpg
fails 100 'not a number' 'rate' rd-capture -f 0
fails 100 'not a window' 'window that is none' rd-capture -w desk
fails 100 'no window 0x7' 'window that is not there' rd-capture -w 7
fails 100 'not a display' 'display that is none' rd-capture -d desk
fails 111 'cannot connect' 'no X server' rd-capture -d :99999
fails 100 'DISPLAY' 'no display' env -u DISPLAY rd-capture
fails 111 'No such file' 'socket in no directory' rd-capture -l "$dir/no/screen"
start
fails 111 'in use' 'socket in use' rd-capture -l "$dir/screen"
stop
is "$(rd-capture -h | head -1 | cut -c1-11)" 'rd-capture ' 'help'

# --- poorer X servers ---

start
kill -9 $xvfb
rm -f "/tmp/.X11-unix/X${DISPLAY#:}" # a killed server leaves it
wait "$capture"
is "$?" 111 'a lost X server is exit 111'
is "$(cat "$dir/log")" "rd-capture: fatal: lost the X server of display '$DISPLAY'" \
	'and one line'
start_x 1280x800 -nolisten tcp -extension MIT-SHM
start
check 'without shared memory' "$dir/screen" truth
is "$(grep -c 'warning' "$dir/log")" 1 'one warning'
stop
kill $xvfb
start_x 1280x800 -nolisten tcp -extension DAMAGE
start
check 'without damage' "$dir/screen" truth
is "$(grep -c 'warning' "$dir/log")" 1 'one warning'
stop
kill $xvfb
start_x 1280x800 -listen tcp -ac
start -d "127.0.0.1$DISPLAY"
check 'over TCP' "$dir/screen" truth
is "$(grep -c 'warning' "$dir/log")" 1 'one warning'
stop

done_testing
