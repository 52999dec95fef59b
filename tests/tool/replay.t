#!/bin/sh
# rd-replay: what is played is what was recorded, from a real X server.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-replay.XXXXXX")
pids=
trap 'kill -CONT $pids 2>/dev/null; kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM

record() { # FILE: what happens from now on
	rd-replay -s "$dir/screen" >"$1" 2>"$dir/log" &
	recorder=$!
	pids="$pids $recorder"
	until_true has "$1" '^frame '
}

stop() { # once the last of it is written; the exit status is the function's
	sleep 0.2
	kill "$recorder"
	wait "$recorder"
}

play() { # [OPTION...] FILE
	rm -f "$dir/ready"
	timeout 30 rd-replay -R 5 -l "$dir/again" "$@" 5>"$dir/ready" 2>"$dir/log" &
	player=$!
	pids="$pids $player"
	until_true test -s "$dir/ready"
}

ends_well() { # NAME: it does, having said nothing
	wait "$player" && [ ! -s "$dir/log" ] && [ ! -e "$dir/again" ]
	ok $? "$1"
	sed 's/^/# /' "$dir/log"
}

shows_display() { # NAME: played frames compose to what the display shows
	timeout 30 framecheck -a "$dir/again" follow </dev/null >"$dir/out" 2>&1
	ok $? "$1"
	sed 's/^/# /' "$dir/out"
}

# Pixels end without a newline, so lines begin anywhere.
frame_times() { # FILE
	LC_ALL=C grep -ao 'frame [0-9][0-9]* [0-9 ]*$' "$1" | cut -d' ' -f2
}

span() { # FILE: from its first frame to its last
	frame_times "$1" | sed -n '1p; $p' | awk '{ t[NR] = $1 } END { print t[NR] - t[1] }'
}

same() { # FILE FILE: apart from times
	for file; do
		LC_ALL=C sed 's/frame [0-9][0-9]* /frame /g' "$file" >"$file.timeless"
	done
	cmp "$1.timeless" "$2.timeless"
}

start_x 320x200 -nolisten tcp
rd-capture -l "$dir/screen" 2>"$dir/capture.log" &
pids="$pids $!"
until_true test -S "$dir/screen"

# --- all frames ---

record "$dir/one"
timeout 60 framecheck -a "$dir/screen" truth >"$dir/out" 2>&1
ok $? 'something is painted and recorded'
stop
is "$?" 0 'SIGTERM ends the recording well'
play -a "$dir/one"
shows_display 'played, it comes to what the display shows'
ends_well 'and then the playing ends'
play -a "$dir/one"
timeout 30 rd-replay -s "$dir/again" >"$dir/two"
is "$?" 0 'what is played can be recorded'
ends_well 'also to its end'
same "$dir/one" "$dir/two"
ok $? 'and is the same but for the times'
play -a "$dir/one"
timeout 30 rd-replay -s -n 3 "$dir/again" >"$dir/three"
is "$(frame_times "$dir/three" | wc -l)" 3 'a reader that leaves after three frames'
framecheck -a "$dir/again" follow </dev/zero >/dev/null 2>&1 &
killed=$!
kill -9 $killed
wait $killed 2>/dev/null
shows_display 'and one that was killed leave the rest to the next'
ends_well 'to the end'

# --- at its pace ---

began=$(date +%s%N)
record "$dir/slow"
for round in 1 2 3 4 5 6 7 8 9 10; do
	sleep 0.1
	xsetroot -solid "rgb:0/$((round % 2))/$((round % 3))"
done
stop
test "$(span "$dir/slow")" -le $((($(date +%s%N) - began) / 1000))
ok $? 'how long a picture was there before is not recorded'
gzip -c "$dir/slow" | gzip -dc | rd-replay 2>"$dir/err" |
	timeout 10 rd-replay -s >"$dir/paced"
is "$?,$(cat "$dir/err")" 0, 'pipes all the way'
test "$(span "$dir/paced")" -ge $(($(span "$dir/slow") * 9 / 10))
ok $? 'take the time it took'
test "$(frame_times "$dir/paced" | wc -l)" -ge 5
ok $? 'with pictures on the way'
play "$dir/slow"
sleep 0.3
timeout 10 rd-replay -s "$dir/again" >"$dir/paced"
test "$(span "$dir/paced")" -ge $(($(span "$dir/slow") * 9 / 10))
ok $? 'it begins when the first reader is there'
ends_well 'and ends by itself'
play "$dir/slow"
shows_display 'at its pace, too, it comes to what the display shows'
wait "$player"
play "$dir/slow"
timeout 10 rd-replay -s -n 1 "$dir/again" >"$dir/out"
ends_well 'it goes on and ends without its reader'
timeout 10 rd-replay -s -n 1 "$dir/screen" >"$dir/still"
timeout 10 rd-replay "$dir/still" | {
	sleep 0.3
	rd-replay -s
} >"$dir/out" 2>"$dir/err"
is "$(frame_times "$dir/out" | wc -l),$(cat "$dir/err")" 1, \
	'a single frame waits in a pipe for a late reader'
is "$(rd-replay "$dir/slow" 2>"$dir/err" | head -3 | cut -d' ' -f1 | tr '\n' ' ')" \
	'rd-frames geometry cursor ' 'head -3 shows lines'
is "$(cat "$dir/err")" '' 'and nothing is said when it has enough'

# --- sizes ---

for size in 160 233; do
	xrandr --newmode "$size" 0 "$size" 0 0 "$size" 101 0 0 101
	xrandr --addmode screen "$size"
done 2>/dev/null
record "$dir/sizes"
for size in 160 320x200 233; do
	xrandr --output screen --mode $size 2>/dev/null
	xsetroot -mod 7 9
	sleep 0.1
done
stop
is "$(LC_ALL=C grep -ao 'geometry [0-9 ]*$' "$dir/sizes" | tail -1)" 'geometry 233 101' \
	'sizes are recorded'
play -a "$dir/sizes"
timeout 30 rd-replay -s "$dir/again" >"$dir/two"
ends_well 'and played'
same "$dir/sizes" "$dir/two"
ok $? 'all of them'
play "$dir/sizes"
shows_display 'up to the last'
wait "$player"

# --- output that is slow or gone ---

mkfifo "$dir/held"
{
	until_true test -e "$dir/told"
	exec cat
} <"$dir/held" >"$dir/late" &
late=$!
rd-replay -s "$dir/screen" >"$dir/held" 2>"$dir/log" &
recorder=$!
pids="$pids $late $recorder"
for round in 1 2 3 4 5; do
	xsetroot -solid "rgb:$((round % 2))/0/0"
	sleep 0.05
done
kill $recorder
sleep 0.1
touch "$dir/told"
wait $recorder
is "$?" 0 'told to end while nobody reads what it writes'
wait $late
play -a "$dir/late"
timeout 10 rd-replay -s "$dir/again" >"$dir/out"
ends_well 'it ends when the frame is whole'
fails 111 'No space' 'a full disk' \
	sh -c "exec rd-replay -s '$dir/screen' >/dev/full"
{
	rd-replay -s "$dir/screen" 2>"$dir/err"
	echo $? >"$dir/status"
} | head -1 >"$dir/out"
is "$(cat "$dir/status"),$(cat "$dir/err")" \
	'111,rd-replay: fatal: cannot write to standard output: Broken pipe' \
	'a reader that has gone'

# --- bad recordings ---

frames=$(frame_times "$dir/slow" | wc -l)
head -c -1 "$dir/slow" >"$dir/cut"
timeout 10 rd-replay "$dir/cut" 2>"$dir/err" | rd-replay -s >"$dir/out"
test "$(span "$dir/out")" -ge 500000
ok $? 'a recording that was cut short is played'
is "$(sed 's/[0-9]*$/N/' "$dir/err")" \
	"rd-replay: fatal: '$dir/cut': cut short at byte N" 'and it says so'
play -a "$dir/cut"
timeout 10 rd-replay -s "$dir/again" >"$dir/out"
wait "$player"
is "$?,$(frame_times "$dir/out" | wc -l)" "100,$((frames - 1))" \
	'all but the frame that is not whole'
fails 100 "'-': no geometry at byte 0" 'nothing' rd-replay
fails 100 'not a recording at byte 0' 'something else' rd-replay "$dir/number"
{
	head -2 "$dir/slow"
	echo 'frame 1 0 0 321 1'
} >"$dir/wide"
fails 100 'malformed frame, or one beyond the picture at byte' \
	'more than the picture' rd-replay "$dir/wide"
fails 111 'No such file' 'no file' rd-replay "$dir/none"
fails 111 'Is a directory' 'a directory' rd-replay "$dir"
fails 111 'No such file' 'nothing to record' rd-replay -s "$dir/none"
fails 100 'gives no frames' 'something else to record' rd-replay -s "$dir/number"

# --- command line ---

fails 100 'needs -l' 'all frames without a socket' rd-replay -a "$dir/slow"
fails 100 'without -s' 'a socket to record to' rd-replay -s -l "$dir/x"
fails 100 'with -s' 'a count to play' rd-replay -n 1 "$dir/slow"
fails 100 'one too many' 'two files' rd-replay "$dir/slow" "$dir/slow"

done_testing
