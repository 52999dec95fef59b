#!/bin/sh
# What rd-capture and rd-encode endure: sizes, readers that stop, deaths.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-endure.XXXXXX")
pids=
trap 'kill -CONT $pids 2>/dev/null; kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM

stop() { # PID...: each a child
	kill "$@" 2>/dev/null
	wait "$@" 2>/dev/null
}

# Random numbers that are the same everywhere and each time (Park and Miller).
random='function random(n) { seed = seed * 16807 % 2147483647; return seed % n }
	BEGIN { seed = 20 }'

now() { # as capture times are: microseconds of CLOCK_MONOTONIC
	perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC \
		-e 'printf "%d\n", 1e6 * clock_gettime(CLOCK_MONOTONIC)'
}

say() { # TEXT
	echo "# $1"
}

decodes() { # FILE NAME
	is "$(ffmpeg -v error -i "$1" -vf scale=16:16 -f null - 2>&1)" '' "$2"
}

frame_sizes() { # FILE: of those that ffmpeg decodes
	ffprobe -v error -show_entries frame=width,height -of csv=p=0 "$1" |
		sed 's/,$//' | uniq
}

# --- 200 sizes in one stream

# All differ, also when they are made even, so that a picture tells its size.
# shellcheck disable=SC2016
sizes() { # NUMBER
	awk -v count="$1" "$random"'
	function side(most) { return 2 + random(random(3) ? most - 1 : 15) }
	function even(n) { return n + n % 2 }
	BEGIN {
		while (n < count) {
			w = side(1600)
			h = side(1200)
			if (seen[even(w), even(h)]++)
				continue
			print w "x" h
			n++
		}
	}'
}

encoded() { # SIZE: a picture since the display has it
	sed -n "/info: $1\$/,\$p" "$dir/log" | grep -q 'picture at'
}

# Of the sizes that were set some pass too quickly to be seen; those marked
# "lasted" must be.  No other may be, nor in another order.
agree() { # SET SEEN
	awk 'function even(n) { return n + n % 2 }
	function wrong(what) {
		if (!said++)
			print what
	}
	FNR == NR {
		split($1, side, "x")
		size[++set] = even(side[1]) "," even(side[2])
		lasted[set] = $2 != ""
		next
	}
	{
		while (++i <= set && size[i] != $1)
			if (lasted[i])
				wrong(size[i] " is missing")
		if (i > set)
			wrong($1 " is none of them")
	}
	END {
		while (++i <= set)
			if (lasted[i])
				wrong(size[i] " is missing at the end")
	}' "$1" "$2"
}

start_x 1600x1200
sizes 200 >"$dir/list"
while IFS=x read -r w h; do
	xrandr --newmode "${w}x$h" 0 "$w" 0 0 "$w" "$h" 0 0 "$h"
	xrandr --addmode screen "${w}x$h"
done <"$dir/list" 2>"$dir/err"
rd-capture 2>"$dir/err" | rd-encode -vv -F h264 >"$dir/resized" 2>"$dir/log" &
encode=$!
pids="$pids $encode"
until_true encoded 1600x1200
echo 1600x1200 lasted >"$dir/set"
n=0
while read -r size; do
	# A display of 2 pixels has no width in mm, unless they are large.
	xrandr --dpi 10 --output screen --mode "$size"
	n=$((n + 1))
	xsetroot -solid "rgb:$((n % 7))/$((n % 5))/$((n % 3))"
	if [ $((n % 2)) -eq 0 ]; then
		until_true encoded "$size" || break
		size="$size lasted"
	fi
	echo "$size" >>"$dir/set"
done <"$dir/list"
is "$n" 200 'the display has 200 sizes, one after the other'
stop "$xvfb"
wait "$encode"
is "$?" 0 'rd-encode ends with rd-capture'
decodes "$dir/resized" 'ffmpeg decodes them in one stream, without an error'
frame_sizes "$dir/resized" >"$dir/seen"
is "$(agree "$dir/set" "$dir/seen")" '' 'and they are what they were set to'
say "$(wc -l <"$dir/seen") of $(wc -l <"$dir/set") sizes were seen"

# --- sizes at the ends

# The first picture of a display, and whether ffmpeg agrees what it is.
first_picture() { # SIZE [WORDS]
	rm -f "$dir/log"
	rd-capture 2>"$dir/err" | rd-encode -vv -F h264 >"$dir/first" 2>"$dir/log" &
	encode=$!
	pids="$pids $encode"
	until_true has "$dir/log" 'picture at'
	stop "$xvfb"
	wait "$encode"
	is "$(frame_sizes "$dir/first" 2>&1)" "${1%x*},${1#*x}" "$1 is what ffmpeg decodes${2-}"
}

start_x 1x1
timeout 2 rd-capture 2>"$dir/err" | rd-encode -F h264 >"$dir/out" 2>"$dir/log"
status=$?
echo "$status $(wc -l <"$dir/log")" | grep -qxE '(100|111) 1'
ok $? "1x1 is refused, in one line: exit $status"
stop "$xvfb"
start_x 2x2
first_picture 2x2

start_x 16400x16
rd-capture 2>"$dir/err" | rd-encode -F h264 >"$dir/out" 2>>"$dir/err"
has "$dir/err" '16400x16'
ok $? 'wider than rd-frames(5) can tell is refused'
is "$(wc -l <"$dir/err")" 1 'in one line'
stop "$xvfb"

# Tried in a shell of its own, for start_x ends the one that it fails in.
if (start_x 8192x4320 && stop "$xvfb") 2>"$dir/err"; then
	start_x 8192x4320
	first_picture 8192x4320
	start_x 7680x4320
	first_picture 7680x4320
	start_x 7680x4320
	painter 10000 240 1000
	first_picture 7680x4320 ' of noise'
else
	ok 0 '8K pictures # SKIP there is no memory for the X server'
fi

# --- readers that stop for 10 s

anon() { # PID: its own memory, in kilobytes
	awk '/^RssAnon/ { print $2 }' "/proc/$1/status"
}

# The ring of packets is touched for the first time as it fills.
ring_was_full() {
	awk '{ bytes += $3 } END { exit bytes < 5e6 }' "$dir/steady"
}

# How a reader that had LINES went on after $resumed: pictures that were left
# from before; milliseconds until the first new one was made, of a frame of
# at most 100 ms before; whether a picture that was left out was not made up
# for by a key picture.
went_on() { # LOG LINES
	awk -v lines="$2" -v resumed="$resumed" '
	NR > 1 && $4 != seq + 1 { gap = 1 }
	{ seq = $4 }
	NR <= lines || $1 != "video" { next }
	gap && $2 % 2 == 0 { broken = 1 }
	{ gap = 0 }
	$6 >= resumed && $5 >= resumed - 100000 {
		late = int(($6 - resumed) / 1000)
		exit
	}
	{ old++ }
	END { print old + 0, late == "" ? "never" : late, broken + 0 }' "$1"
}

# The longest that a reader waited for a picture, in milliseconds.
longest_wait() { # LOG FROM TO
	awk -v from="$2" -v to="$3" '
	function until(t) {
		if (t - last > most)
			most = t - last
		last = t
	}
	BEGIN { last = from }
	$1 == "video" && $6 >= from && $6 <= to { until($6) }
	END {
		until(to)
		print int(most / 1000)
	}' "$1"
}

# A reader that will stop, of an encoder.
reader() { # NAME ADDRESS ENCODER
	packetlog "$2" >"$dir/$1.log" &
	pids="$pids $3 $!"
	echo "$1 $3 $!" >>"$dir/readers"
	until_true grep -q ^video "$dir/$1.log"
}

stall() { # NAME ENCODER READER
	kill -STOP "$3"
	until_true grep -q 'State:.T' "/proc/$3/status"
	wc -l <"$dir/$1.log" >"$dir/$1.lines"
	anon "$2" >"$dir/$1.anon"
}

grown() { # NAME ENCODER
	kilobytes=$(($(anon "$2") - $(cat "$dir/$1.anon")))
	test "$kilobytes" -le 2048
	ok $? "$1: the encoder grew by $kilobytes kB"
}

resumed() { # NAME
	# shellcheck disable=SC2046
	set -- "$1" $(went_on "$dir/$1.log" "$(cat "$dir/$1.lines")")
	test "$2" -le 3
	ok $? "$1: $2 old pictures come first"
	test "$3" != never && test "$3" -le 150
	ok $? "$1: a new one after $3 ms"
	is "$4" 0 "$1: a key picture where some were left out"
}

start_x 640x480
painter 60 160 &
painter=$!
rd-capture -l "$dir/screen" 2>"$dir/err" &
capture=$!
pids="$pids $painter $capture"
until_true test -S "$dir/screen"
mkfifo "$dir/pipe"
rd-encode -r -b 40000000 -l "$dir/large" "$dir/screen" 2>"$dir/err" &
large=$!
rd-encode -r -b 1000000 -l "$dir/small" "$dir/screen" 2>"$dir/err" &
small=$!
rd-encode -r -b 1000000 "$dir/screen" >"$dir/pipe" 2>"$dir/err" &
piped=$!
until_true test -S "$dir/large"
until_true test -S "$dir/small"
packetlog "$dir/large" >"$dir/steady" &
pids="$pids $!"
packetlog "$dir/small" >/dev/null &
pids="$pids $!"
reader large "$dir/large" $large # pictures that fill the ring in 2 s
reader small "$dir/small" $small # pictures of which many fit in a socket
reader pipe "$dir/pipe" $piped   # nobody else reads
until_true ring_was_full
ok $? 'three readers are to stop, and another goes on'
while read -r name encoder reader; do
	stall "$name" "$encoder" "$reader"
done <"$dir/readers"
stopped=$(now)
sleep 10
while read -r name encoder reader; do
	grown "$name" "$encoder"
done <"$dir/readers"
resumed=$(now)
while read -r name encoder reader; do
	kill -CONT "$reader"
done <"$dir/readers"
sleep 2
late=$(longest_wait "$dir/steady" "$stopped" "$resumed")
test "$late" -le 1000
ok $? "meanwhile the other reader never waits longer than $late ms"
keys=$(awk -v from="$stopped" '$6 >= from && $1 == "video" && $2 % 2' "$dir/steady" | wc -l)
test "$keys" -le 1
ok $? "and gets $keys key picture for the one that goes on"
resumed large
resumed small
resumed pipe
while read -r name encoder reader; do
	stop "$encoder" "$reader"
done <"$dir/readers"
stop "$capture"

# --- a producer that is killed 100 times

# shellcheck disable=SC2016
delays() { # NUMBER: of seconds
	awk -v count="$1" "$random"'
	BEGIN { while (n++ < count) printf "0.%03d\n", random(30) }'
}

came_back() { # a picture captured since $started
	tail -n 3 "$dir/log" | awk -v started="$started" '
	$1 == "video" && $5 >= started { found = 1 } END { exit !found }'
}

# Milliseconds from each start to the first picture: median and worst.
come_back() {
	awk 'FNR == NR { started[++n] = $1; next }
	$1 == "video" && $5 >= started[i + 1] && i < n { i++; print int(($6 - started[i]) / 1000) }' \
		"$dir/started" "$dir/log" | sort -n |
		awk '{ ms[NR] = $1 } END { print ms[int((NR + 1) / 2)], ms[NR] }'
}

rd-encode -r -l "$dir/video" "$dir/screen" 2>"$dir/err" &
encode=$!
pids="$pids $encode"
until_true test -S "$dir/video"
packetlog -o "$dir/payload" "$dir/video" >"$dir/log" &
reader=$!
pids="$pids $reader"
n=0
: >"$dir/started"
delays 100 >"$dir/delays"
while read -r delay; do
	started=$(now)
	rd-capture -l "$dir/screen" 2>"$dir/err" &
	capture=$!
	echo "$started" >>"$dir/started"
	until_true came_back || break
	n=$((n + 1))
	sleep "$delay"
	kill -9 $capture
	wait $capture 2>/dev/null
done <"$dir/delays"
is "$n" 100 'rd-capture is killed 100 times, and each time pictures come again'
stop "$reader"
# shellcheck disable=SC2046
set -- $(come_back)
say "within $1 ms in the median, $2 at worst"
test "$2" -le 3000
ok $? 'within 3 s'
is "$(awk '$1 == "video" && $7 != "1" && $7 != "7,8,5"' "$dir/log")" '' \
	'each picture is a slice, or parameter sets and an IDR'
is "$(awk '$4 != NR - 1' "$dir/log")" '' 'none is missing'
decodes "$dir/payload" 'ffmpeg decodes them without an error'
is "$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames \
	-of csv=p=0 "$dir/payload")" "$(grep -c ^video "$dir/log")" 'all of them'
done_testing
