#!/bin/sh
# rd-rdp with the client of FreeRDP: what it shows is what X shows.
set -u
. "$(dirname -- "$0")/tap.sh"
. "$(dirname -- "$0")/picture.sh"
. "$(dirname -- "$0")/rdp.sh"

# --- the command line and bad files

credentials
fails 100 'expected the address' 'no frames' rd-rdp -l 1
fails 100 'are needed' 'no certificate' rd-rdp -l 1 screen
fails 100 'a password is needed' 'no password' \
	rd-rdp -c "$dir/cert" -k "$dir/key" -l 1 screen
fails 100 'is not PEM' 'a certificate that is none' \
	rd-rdp -p "$dir/password" -c "$dir/password" -k "$dir/key" -l 1 screen
fails 100 'option -l' 'a bad address' rd-rdp -p "$dir/password" \
	-c "$dir/cert" -k "$dir/key" -l 127.0.0.1:x screen
echo >"$dir/bad"
fails 100 'expected a password' 'an empty file' \
	rd-rdp -p "$dir/bad" -c "$dir/cert" -k "$dir/key" -l 1 screen

# --- a display to show, and one to look at

start_x 640x480
shown=$DISPLAY
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
start_x 900x700
eyes=$DISPLAY
rd-encode -rw -l "$dir/video" "$dir/screen" 2>>"$dir/log" &
pids="$pids $!"
until_true test -S "$dir/video"
start -T

# The window, which has the picture's size.
size=640x480
sees() { # TOLERANCE
	place=$(xwininfo -root -tree |
		sed -n "s/.* $size+[-0-9]*+[-0-9]* *+\([0-9]*\)+\([0-9]*\)$/\1 \2/p" |
		tail -n 1)
	[ -n "$place" ] && shot "$dir/x.png" "$shown" &&
		shot "$dir/eyes.png" "$eyes" || return 1
	# shellcheck disable=SC2086 # two numbers
	alike "$dir/x.png" "$dir/eyes.png" "$1" $place
}

typed() { # TEXT: once more, and it arrives
	xdotool mousemove 200 150 mousemove_relative 3 3 click 1 \
		type --delay 20 "$1"
	xdotool key Return
	sleep 0.2
	has "$dir/typed" "$1"
}

# --- who may enter

(connect wrong +auth-only)
is $? 147 'a wrong password is refused'
has "$dir/log" 'refused .*: wrong password'
ok $? 'and that is said'
(connect wonder42 +auth-only)
ok $? 'the right one is let in, by NLA'

viewer() { # NAME TOLERANCE LOG OPTION...
	name=$1
	tolerance=$2
	log=$3
	shift 3
	: >"$dir/log"
	connect wonder42 "$@" &
	viewer=$!
	pids="$pids $viewer"
	until_true sees "$tolerance"
	ok $? "$name shows what X shows" || sed 's/^/# /' "$dir/viewer.log"
	has "$dir/log" "$log"
	ok $? "$name: $log" || sed 's/^/# /' "$dir/log"
	until_true typed "by,$name."
	ok $? "$name takes input"
	kill "$viewer"
	wait "$viewer" 2>/dev/null
	until_true has "$dir/log" 'it left'
	ok $? "$name leaves"
}

viewer Pipeline 0 'graphics pipeline'
viewer Bitmaps 0 '32 bits a pixel, bitmaps' /network:lan /bpp:32
viewer Few 8 '16 bits a pixel, bitmaps' /network:lan /bpp:16
viewer Tls 0 'it controls' /sec:tls

# --- whose window is how large

has_size() { # WIDTHxHEIGHT
	xdpyinfo -display "$shown" | grep -q "dimensions: *$1 pixels"
}
connect wonder42 /size:600x400 /dynamic-resolution &
viewer=$!
pids="$pids $viewer"
until_true has_size 600x400
ok $? 'the display gets the size that a client asks for'
size=600x400
until_true sees 0
ok $? 'which is shown'
window=$(xdotool search --onlyvisible --name FreeRDP)
for size in 560x440 640x480; do
	xdotool windowsize "$window" "${size%x*}" "${size#*x}"
	until_true has_size $size
	ok $? "it follows the client's window to $size"
	until_true sees 0
	ok $? "which shows $size"
done

# --- the pointer

cursor() { # DISPLAY: its size and the spot that points
	timeout 10 rd-capture -d "$1" -n 1 | sed -n 's/^\(cursor .*\) .*/\1/p'
}
# shellcheck disable=SC2317 # until_true calls it
is_drawn() { # CURSOR: what is there for the client, too
	[ "$(cursor "$shown")" = "$1" ] && [ "$(cursor "$eyes")" = "$1" ]
}
xdotool mousemove --window "$window" 20 20
until_true is_drawn 'cursor 16 16 7 7'
ok $? 'the client draws the pointer'
xdotool mousemove --window "$window" 200 150
until_true is_drawn 'cursor 9 16 4 8'
ok $? 'and that of a window'
kill "$viewer"
wait "$viewer" 2>/dev/null

# --- whose keys have what on them

: >"$dir/log"
connect wonder42 /kbd:0x00000407 &
viewer=$!
pids="$pids $viewer"
until_true has "$dir/log" 'keyboard layout 0x407'
ok $? 'a German keyboard' || sed 's/^/# /' "$dir/log"
until_true sees 0
typed_german() { # keys by their places on one of the United States
	xdotool mousemove 200 150 mousemove_relative 3 3 click 1 \
		type --delay 20 'German yz[1'
	xdotool keydown 108 key q keyup 108 key Return
	sleep 0.2
	has "$dir/typed" "$(printf 'German zy\303\2741@')"
}
until_true typed_german
ok $? 'its keys are what is printed on them' || sed 's/^/# /' "$dir/typed"
kill "$viewer"
wait "$viewer" 2>/dev/null

# --- who only views

: >"$dir/log"
connect looking2 &
viewer=$!
pids="$pids $viewer"
until_true sees 0
ok $? 'the other password shows the same'
has "$dir/log" 'it views'
ok $? 'but only that'
xdotool mousemove 200 150 click 1 type --delay 20 'unheard'
xdotool key Return
kill "$viewer"
wait "$viewer" 2>/dev/null
until_true has "$dir/log" 'it left'
viewer Again 0 'it controls'
! has "$dir/typed" unheard
ok $? 'what it types goes nowhere'

# --- no password whole, nothing without TLS

kill "$rdp"
wait "$rdp"
ok $? 'a signal ends it'
start -H "$dir/video"
: >"$dir/log"
! (connect wonder42 /sec:tls +auth-only) && ! has "$dir/log" 'it controls'
ok $? 'without -T there is NLA only'
! (connect wonder42 /sec:rdp +auth-only) && ! has "$dir/log" 'it controls'
ok $? 'and never without TLS'

# --- video

: >"$dir/log"
connect wonder42 /gfx-h264:AVC420 &
viewer=$!
pids="$pids $viewer"
until_true has "$dir/log" 'it gets H.264'
ok $? 'a client that can gets H.264'
DISPLAY=$shown xsetroot -solid '#804020'
until_true sees 6
ok $? 'and it is what X shows'
! sees 0
ok $? 'though not exactly'
kill "$viewer"
wait "$viewer" 2>/dev/null

# --- who guesses

: >"$dir/log"
tries=0
until has "$dir/log" 'it failed too often' || [ $tries -ge 20 ]; do
	tries=$((tries + 1))
	(connect wrong +auth-only)
done
[ $tries -lt 20 ]
ok $? 'who guesses has to wait'

done_testing
