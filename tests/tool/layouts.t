#!/bin/sh
# Every character of twenty keyboard layouts arrives as it was typed: where the
# display has that layout, with the locks on too, and where it has another.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-layouts.XXXXXX")
pids=
trap 'kill $pids 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM

# LAYOUT[:VARIANT]
layouts='us:intl gb de de:neo fr es it pt br ch se pl cz hu tr gr ru ua il ara'

use() { # LAYOUT[:VARIANT]
	variant=
	case $1 in *:*) variant=${1#*:} ;; esac
	setxkbmap "${1%%:*}" ${variant:+-variant "$variant"} 2>/dev/null
}

watch() {
	: >"$dir/seen"
	inputwatch -t >>"$dir/seen" 2>/dev/null &
	watcher=$!
	pids="$pids $watcher"
	until_true has "$dir/seen" ready
	: >"$dir/seen"
}

has_line() {
	[ "$(wc -l <"$dir/seen")" -ge 1 ]
}

typed() { # NAME: the events in $dir/events, then Return, give $dir/want
	echo 'key Return' >>"$dir/events"
	watch
	rd-input <"$dir/events" 2>"$dir/err"
	until_true has_line
	is "$(cat "$dir/seen" "$dir/err")" "$(cat "$dir/want")" "$1"
	kill "$watcher"
	wait "$watcher" 2>/dev/null
}

keys() { # the characters of $dir/map, key by key
	sed 's/^\(0x[^ ]*\).*/key \1/' "$dir/map"
}

text() { # the same as text, of as many lines as it takes
	characters | sed 's/.\{500\}/&\n/g' | sed -n 's/^./text &/p'
}

characters() { # and in one line
	cut -d ' ' -f 2- "$dir/map" | tr -d '\n'
	echo
}

start_x 640x400
LC_ALL=C.UTF-8
export LC_ALL
: >"$dir/all"
for layout in $layouts; do
	use "$layout"
	inputwatch -m >"$dir/map"
	cat "$dir/map" >>"$dir/all"
	characters >"$dir/want"
	{ echo 'leds num' && keys; } >"$dir/events"
	typed "$layout: $(wc -l <"$dir/map") characters"
	# Xlib and libxkbcommon do not agree on the capital of the Greek kai.
	sed -i '/^0x10003d7 /d' "$dir/map"
	characters >"$dir/want"
	{ echo 'leds caps num' && text; } >"$dir/events"
	typed "$layout, with Caps Lock"
done
echo 'leds none' | rd-input

# What a German, a Greek and all the others type, at one display.
use us
sort -u "$dir/all" >"$dir/map"
n=$(wc -l <"$dir/map")
[ "$n" -gt 600 ]
ok $? 'the layouts differ'
characters >"$dir/want"
text >"$dir/events"
typed "us: the $n characters of all"
is "$(inputwatch -q)" '0 keys, state 0' 'nothing is left pressed'
done_testing
