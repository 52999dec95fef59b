#!/bin/sh
# The size of a real display, as sources of events ask for it.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-size.XXXXXX")
pids=
trap 'kill $pids 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM

ask() { # EVENT...
	printf '%s\n' "$@" | rd-input 2>"$dir/err"
}

display_size() {
	xwininfo -root | awk '/Width/ { w = $2 } /Height/ { print w "x" $2 }'
}

has_size() { # SIZE
	[ "$(display_size)" = "$1" ]
}

modes() {
	xrandr | grep -c '^   rd-'
}

# Name, place and size in pixels of each.
monitors() {
	xrandr --listmonitors | awk 'NR > 1 { sub(/^[+*]*/, "", $2)
		gsub("/[0-9]*", "", $3); printf "%s%s %s", s, $2, $3; s = "; " }'
}

resources() {
	xrdb -query | sort
}

start_x 1600x1200
printf 'XTerm*faceSize:\t11\nXft.dpi:\t96\nXft.hinting:\t1\n' | xrdb -nocpp -load

for size in '800 600' '1600 1200' '64 64' '801 603' '1599 65'; do
	ask "size $size"
	is "$(display_size)" "$(echo "$size" | tr ' ' x)" "size $size"
done
is "$(xrandr | awk '/ rd-1599x65 / { print $2 }')" '60.00*' 'is a mode of 60 Hz'

fails 100 'line 1: expected a size up to 1600x1200' 'too wide is refused' \
	sh -c 'echo size 1601 1200 | rd-input'
fails 100 'line 1: expected a size up to 1600x1200' 'too high is refused' \
	sh -c 'echo size 1600 1201 | rd-input'
fails 100 'line 1: expected a size up to 1600x1200' 'and so is too wide in sum' \
	sh -c 'echo size 900 600 96 701 600 | rd-input'
fails 100 'line 1: expected size W H' 'no height' sh -c 'echo size 800 | rd-input'
is "$(display_size)" 1599x65 'it stays as it was then'

ask 'size 1024 512 192'
is "$(xdpyinfo | awk '/dimensions/ { print $4, $5 }')" '(135x68 millimeters)' 'density of the screen'
is "$(resources)" "$(printf 'XTerm*faceSize:\t11\nXft.dpi:\t192\nXft.hinting:\t1' | sort)" \
	'and in the resources, where others stay'
ask 'size 1026 512'
is "$(resources | grep dpi)" 'Xft.dpi:	96' 'rd-input takes 96 unless it is told'

ask 'size 700 601 96 800 400'
is "$(display_size)" 1500x601 'two monitors are one display'
is "$(monitors)" 'rd-1 700x601+0+0; rd-2 800x400+700+0' 'side by side'
ask 'size 300 300 96 400 400 500 500 400 100'
is "$(monitors)" 'rd-1 300x300+0+0; rd-2 400x400+300+0; rd-3 500x500+700+0; rd-4 400x100+1200+0' \
	'four are possible'
ask 'size 640 480'
is "$(monitors)" 'screen 640x480+0+0' 'and then one again'

# Many sizes from a source that stays.
rd-input -v -l "$dir/input" -R 4 4>"$dir/ready" 2>"$dir/log" &
server=$!
pids="$pids $server"
until_true test -s "$dir/ready"
mkfifo "$dir/in"
linkcat "$dir/input" <"$dir/in" >"$dir/out" &
pids="$pids $!"
exec 5>"$dir/in"
awk 'BEGIN { for (i = 0; i < 100; i++) print "size", 500 + i, 700 - i, 96 }' >&5
until_true has_size 599x601
ok $? 'of a hundred sizes the last one comes'
changes=$(grep -c 'info: .* at 96 dpi' "$dir/log")
[ "$changes" -lt 20 ]
ok $? "and few others ($changes)"
i=0
while [ $((i += 1)) -le 100 ]; do
	printf 'size %s 400 96\n' $((600 + i)) >&5
	until_true has_size "$((600 + i))x400" || break
done
is $i 101 'a hundred sizes one by one'
is "$(modes)" 1 'leave one mode'
changes=$(grep -c 'info: .* at 96 dpi' "$dir/log")
printf 'size 700 400 96\nsize 700 400\n' >&5
printf 'size 700 400 97\n' >&5
until_true has "$dir/log" '700x400 at 97 dpi'
is "$(grep -c 'info: .* at 96 dpi' "$dir/log")" "$changes" 'what is so already changes nothing'
echo 'size 1601 400' >&5
until_true has "$dir/log" 'warning: dropped 1 malformed events: expected a size up to 1600x1200'
ok $? 'too large is a warning then'
is "$(display_size)" 700x400 'and nothing changes'

kill -9 "$server"
wait "$server" 2>/dev/null
exec 5>&-
ask 'size 702 400'
is "$(modes)" 1 'what one that was killed has left goes'

kill "$xvfb"
wait "$xvfb" 2>/dev/null
start_x 640x480 -extension RANDR
fails 100 'line 1: expected no size: this X server cannot change it' 'without RandR it is refused' \
	sh -c 'echo size 320 200 | rd-input'
done_testing
