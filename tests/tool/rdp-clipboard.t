#!/bin/sh
# What is copied at a display can be pasted where a client of rd-rdp runs, and
# the other way.
set -u
. "$(dirname -- "$0")/tap.sh"
. "$(dirname -- "$0")/rdp.sh"

start_x 320x240
shown=$DISPLAY
rd-capture -l "$dir/screen" 2>>"$dir/log" &
pids="$pids $!"
rd-input -l "$dir/input" 2>>"$dir/log" &
pids="$pids $!"
until_true test -S "$dir/screen"
until_true test -S "$dir/input"
start_x 320x240
eyes=$DISPLAY
credentials
# shellcheck disable=SC2119 # no options
start
connect wonder42 &
viewer=$!
pids="$pids $viewer"
until_true has "$dir/log" 'pipeline 0x'
ok $? 'a client' || sed 's/^/# /' "$dir/viewer.log"

copy() { # DISPLAY TYPE TEXT
	printf '%s' "$3" |
		xclip -display "$1" -selection clipboard -t "$2" -i >"$dir/out" 2>&1
}
paste() { # DISPLAY TYPE
	timeout 2 xclip -display "$1" -selection clipboard -t "$2" -o |
		tr -d '\r\0'
}
pasted() { # DISPLAY TEXT
	[ "$(paste "$1" UTF8_STRING)" = "$2" ]
}
pasted_html() { # DISPLAY TEXT: whatever is around it
	paste "$1" text/html | grep -qF "$2"
}
lines=$(printf 'two lines\nof Gr\303\274\303\237en \360\237\230\200')
long=$(seq 60000) # more than a channel carries in one piece

for way in to from; do
	if [ $way = to ]; then here=$shown there=$eyes; else here=$eyes there=$shown; fi
	for text in "$lines" "$long" "$way the client"; do
		copy "$here" UTF8_STRING "$text"
		until_true pasted "$there" "$text"
		ok $? "$way the client: ${#text} bytes of text"
	done
	copy "$here" text/html "<b>$way</b>"
	until_true pasted_html "$there" "<b>$way</b>"
	ok $? "$way the client: HTML"
done

# --- who only views

kill "$viewer"
wait "$viewer" 2>/dev/null
copy "$shown" UTF8_STRING 'not for all'
: >"$dir/log"
connect looking2 &
pids="$pids $!"
until_true has "$dir/log" 'pipeline 0x'
! pasted "$eyes" 'not for all'
ok $? 'a client that only views gets nothing'
done_testing
