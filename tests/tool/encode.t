#!/bin/sh
# rd-encode from a real X server: what ffmpeg and readers get, and when.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-encode.XXXXXX")
pids=
trap 'kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM

stop() { # PID
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

text() { # a terminal full of text
	# shellcheck disable=SC2016
	xterm -geometry 130x50+40+30 -fa Mono -fs 8 -e sh -c \
		'awk "BEGIN { for (i = 0; i < 49; i++) print i, \"The quick brown fox jumps over\", i * i, \"lazy dogs; 0123456789 {}[]\" }"; exec sleep 1000' \
		2>/dev/null &
	xterm=$!
	pids="$pids $xterm"
}

# The encoder at rest: its last picture is the finest, and no other follows.
rested() { # LOG
	tail -n 1 "$1" | grep -Eq ' at 12:|refinement:' || return 1
	lines=$(wc -l <"$1")
	sleep 0.3
	[ "$(wc -l <"$1")" = "$lines" ]
}

pictures() { # LOG
	grep -c ' bytes' "$1"
}

switches() { # PID: how often it slept so far
	awk '/^voluntary/ { print $2 }' "/proc/$1/status"
}

pixel() { # FILE X Y: of its last picture, three numbers
	ffmpeg -v error -i "$1" -vf "crop=2:2:$2:$3" -f rawvideo \
		-pix_fmt rgb24 "$dir/pixels" -y
	tail -c 3 "$dir/pixels" | od -An -tu1
}

near() { # R G B WANTED...: each within 6, as ffmpeg computes
	awk -v s="$*" 'BEGIN {
		split(s, a, " ")
		for (i = 1; i <= 3; i++)
			if (a[i] - a[i + 3] > 6 || a[i + 3] - a[i] > 6)
				exit 1
	}'
}

# --- the command line and bad input

words() { # without what mandoc adds to make them bold
	sed "s/.$(printf '\b')//g" | tr -s ' \n' ' '
}
is "$(rd-encode -h | words)" "$(mandoc -T ascii man/rd-encode.1 | words |
	sed 's/.*SYNOPSIS \(.*\) DESCRIPTION.*/\1 /')" '-h prints the synopsis'

refused() { # STATUS PATTERN ARGUMENT...
	status=$1 pattern=$2
	shift 2
	echo hello | rd-encode "$@" >"$dir/out" 2>"$dir/err"
	is "$?" "$status" "rd-encode $*: exit $status"
	is "$(grep -c "^rd-encode: fatal: $pattern" "$dir/err") of $(wc -l <"$dir/err")" \
		'1 of 1' "one line says why"
}
refused 100 'unknown option -z' -z
refused 100 'option -b needs' -b
refused 100 "option -F: 'avi' is none of" -F avi
refused 100 "option -b: '1' is not" -b 1
refused 100 "option -m: 'fast' is none of" -m fast
refused 100 "unexpected operand 'b'" a b
refused 111 "cannot connect to '$dir/none'" "$dir/none"
refused 111 "cannot serve '$dir'" -l "$dir"
refused 100 "'-' gives neither frames nor sound"

rd-encode </dev/null >"$dir/out" 2>&1
is "$? $(wc -c <"$dir/out")" '0 0' 'no input, no output, no error'

# --- the plain stream, as ffmpeg sees it

start_x 1024x768
text
rd-capture 2>"$dir/err" | rd-encode -vv -F h264 >"$dir/plain" 2>"$dir/log" &
pids="$pids $!"
until_true rested "$dir/log"
ok $? 'the picture is refined until it is fine'
before=$(pictures "$dir/log")
sleep 1
is "$(pictures "$dir/log")" "$before" 'then nothing is sent'

rd-capture -F png -n 1 >"$dir/shot.png" 2>"$dir/err"
cp "$dir/plain" "$dir/still"
is "$(ffprobe -v error -count_frames -show_entries \
	stream=profile,width,height,has_b_frames,color_range,color_space,color_transfer,color_primaries,refs,nb_read_frames \
	-of default=nw=1 "$dir/still" | sort)" \
	"color_primaries=bt709
color_range=tv
color_space=smpte170m
color_transfer=iec61966-2-1
has_b_frames=0
height=768
nb_read_frames=$before
profile=Constrained Baseline
refs=4
width=1024" 'ffprobe agrees about what it is, to the frame'
ssim=$(ffmpeg -i "$dir/still" -i "$dir/shot.png" -lavfi \
	"[0]select=eq(n\,$((before - 1))),format=gbrp[a];[1]format=gbrp[b];[a][b]ssim" \
	-f null - 2>&1 | sed -n 's/.*All:\([0-9.]*\).*/\1/p' | tail -n 1)
awk -v s="${ssim:-0}" 'BEGIN { exit !(s >= 0.95) }'
ok $? "it looks like the display: SSIM ${ssim:-none}"

stop "$xterm"
for colour in 'ff0000 255 0 0' '00ff00 0 255 0' '0000ff 0 0 255' 'c08040 192 128 64'; do
	# shellcheck disable=SC2086
	set -- $colour
	xsetroot -solid "#$1"
	until_true rested "$dir/log"
	# shellcheck disable=SC2046
	near $(pixel "$dir/plain" 500 700) "$2" "$3" "$4"
	ok $? "#$1 keeps its colour:$(pixel "$dir/plain" 500 700)"
done

# A size that cannot be had before the window manager: in-band, no restart.
xrandr --newmode small 0 640 0 0 640 480 0 0 480 2>/dev/null
xrandr --addmode screen small 2>/dev/null
xrandr --output screen --mode small 2>/dev/null
until_true has "$dir/log" 'info: 640x480'
ok $? 'a new size is followed'
until_true rested "$dir/log"
is "$(ffprobe -v error -show_entries frame=width,height -of csv=p=0 "$dir/plain" |
	sed 's/,$//' | uniq | tr '\n' ' ')" '1024,768 640,480 ' 'in the same stream'
stop "$xvfb"
wait

# --- odd sizes: one more column and row, which repeat the last

start_x 333x257
xsetroot -solid '#00ff00'
timeout 2 rd-capture 2>"$dir/err" | rd-encode -F h264 >"$dir/odd" 2>"$dir/err"
is "$?" 0 'the end of the input is an end'
is "$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 "$dir/odd")" \
	'334,258' '333x257 is sent as 334x258'
# shellcheck disable=SC2046
near $(pixel "$dir/odd" 332 256) 0 255 0
ok $? 'and nothing strange is at the edge'
rd-capture 2>"$dir/err" | rd-encode -F h264 2>"$dir/err" | head -c 100 >"$dir/out"
is "$? $(wc -c <"$dir/out")" '0 100' 'a reader that goes is no error'
stop "$xvfb"

# --- readers of a socket

start_x 800x600
text
rd-capture -l "$dir/screen" 2>"$dir/err" &
capture=$!
rd-encode -rvv -l "$dir/video" -R 5 "$dir/screen" 5>"$dir/ready" 2>"$dir/log" &
encode=$!
pids="$pids $capture $encode"
until_true test -s "$dir/ready"
ok $? 'readiness is told'
until_true has "$dir/log" 'info: 800x600'
sleep 0.5
before=$(switches $encode)
xsetroot -solid '#204060'
sleep 0.5
is "$(switches $encode)" "$before" 'without a reader nothing is done'
is "$(pictures "$dir/log")" 0 'nor encoded'

first() { # LOG: kind, flags and NAL units of the first video packet
	awk '$1 == "video" { print $2, $7; exit }' "$1"
}
keys() { # LOG
	awk '$1 == "video" && $2 % 2' "$1" | wc -l
}

packetlog "$dir/video" >"$dir/a" &
a=$!
pids="$pids $a"
until_true rested "$dir/log"
is "$(first "$dir/a")" '3 7,8,5' 'a reader starts at parameter sets and an IDR'
is "$(awk '$1 == "video" && $2 % 2 { getline; print $1, $7 }' "$dir/a")" 'cursor cursor' \
	'the cursor follows an IDR'
is "$(keys "$dir/a")" 1 'of which there is one'
is "$(awk '$1 == "video" { print $7 }' "$dir/a" | sort -u | tr '\n' ' ')" '1 7,8,5 ' \
	'no other NAL units: no SEI, no delimiter'
is "$(awk '$4 != NR - 1' "$dir/a")" '' 'packets are numbered'
is "$(awk '$1 == "video" { if ($5 <= last || $6 < $5) print; last = $5 }' "$dir/a")" '' \
	'capture times increase, and end before encoding does'
before=$(switches $encode)
sleep 1
is "$(switches $encode)" "$before" 'a still display does not wake it'

packetlog "$dir/video" >"$dir/b" &
b=$!
pids="$pids $b"
until_true grep -q ^video "$dir/b"
is "$(first "$dir/b")" '3 7,8,5' 'a second reader gets an IDR of the still display'
until_true rested "$dir/log"
is "$(keys "$dir/a")" 2 'which the first sees too'
keys_are() { # COUNT
	[ "$(keys "$dir/a")" -ge "$1" ]
}
mkfifo "$dir/ask"
linkcat "$dir/video" <"$dir/ask" >"$dir/out" &
ask=$!
pids="$pids $ask"
exec 4>"$dir/ask"
printf 'keyframe\nkeyframe\nfps x\nnonsense\n' >&4
until_true keys_are 3
printf 'keyframe\nkeyframe\n' >&4
until_true keys_are 4
sleep 1
is "$(keys "$dir/a")" 4 'requests are answered, those made at once by one IDR'
echo keyframe >&4
until_true keys_are 5
printf 'keyframe\nkeyframe\n' >&4
until_true keys_are 6
sleep 1
exec 4>&-
kill $ask
awk '$1 == "video" && $2 == 3 { gap = $6 - last; last = $6; n++ }
	END { exit !(n == 6 && gap >= 490000) }' "$dir/a"
ok $? 'others wait, and share one half a second later'

readers=
said() { # LINE...: by a reader that stays
	{ printf '%s\n' "$@"; exec tail --pid=$$ -f /dev/null; } |
		timeout 60 linkcat "$dir/video" >"$dir/out" &
	readers="$readers $!"
}
said 'bitrate 2000000'
until_true has "$dir/log" 'bitrate 2000000'
said 'bitrate 3000000' 'bitrate x'
until_true has "$dir/log" 'bitrate 3000000'
said 'bitrate 1000000' lead
until_true has "$dir/log" 'bitrate 1000000'
# shellcheck disable=SC2086 # several
kill $readers
xsetroot -solid '#203040'
until_true has "$dir/log" 'bitrate 8000000'
is "$(sed -n 's/.*info: bitrate //p' "$dir/log" | head -n 3 | tr '\n' ' ')" \
	'2000000 3000000 1000000 ' \
	'the bitrate is the most that readers ask for, or that of the one that leads'

{ echo mode smooth; echo mode fast; sleep 0.5; } | timeout 3 linkcat "$dir/video" >"$dir/out"
is "$(grep -c 'info: mode' "$dir/log")" 1 'a mode is set at run time'

kill -9 $capture
wait $capture 2>/dev/null
before=$(grep -c ^video "$dir/a")
rd-capture -l "$dir/screen" 2>"$dir/err" &
capture=$!
pids="$pids $capture"
more() { [ "$(grep -c ^video "$dir/a")" -gt "$before" ]; }
until_true more
ok $? 'a new rd-capture is found'

stop "$a"
stop "$b"
before=$(pictures "$dir/log")
xsetroot -solid '#406020'
sleep 0.3
is "$(pictures "$dir/log")" "$before" 'without readers it rests again'
kill $encode
wait $encode
is "$?" 0 'a signal ends it'
is "$(ls "$dir/video" 2>/dev/null)" '' 'and its socket'

# --- half the size, full chroma

timeout 2 rd-capture 2>"$dir/err" | rd-encode -2 -F h264 >"$dir/half"
timeout 2 rd-capture 2>"$dir/err" | rd-encode -w -F h264 >"$dir/wide"
is "$(ffprobe -v error -show_entries stream=color_range,color_space -of default=nw=1 \
	"$dir/wide")" "color_range=pc
color_space=bt709" 'wide colours say so'
timeout 2 rd-capture 2>"$dir/err" | rd-encode -4 -F h264 >"$dir/full"
form() {
	ffprobe -v error -show_entries stream=profile,width,height,pix_fmt \
		-of csv=p=0 "$1"
}
is "$(form "$dir/half")" 'Constrained Baseline,400,300,yuv420p' \
	'-2 is half the size'
is "$(form "$dir/full")" 'High 4:4:4 Predictive,800,600,yuv444p' \
	'-4 is full chroma'
# shellcheck disable=SC2046
near $(pixel "$dir/half" 6 6) 64 96 32 && near $(pixel "$dir/full" 12 12) 64 96 32
ok $? "both have the colours:$(pixel "$dir/half" 6 6),$(pixel "$dir/full" 12 12)"
rm "$dir/ready"
rd-encode -2r -l "$dir/video" -R 5 "$dir/screen" 5>"$dir/ready" &
encode=$!
pids="$pids $encode"
until_true test -s "$dir/ready"
packetlog "$dir/video" >"$dir/a" &
a=$!
pids="$pids $a"
until_true grep -q size "$dir/a"
ok $? 'readers are told the size of the display'
memory() {
	awk '/^RssAnon/ { print $2 }' "/proc/$encode/status"
}
before=$(memory)
stop "$a"
sleep 10.5
test "$(memory)" -lt $((before - 1000))
ok $? "without readers its memory is given back: $(memory) kB of $before"
packetlog "$dir/video" >"$dir/again" &
a=$!
pids="$pids $a"
until_true grep -q ^video "$dir/again"
ok $? 'and taken again for the next one'
stop "$a"
stop "$encode"

# The first example of the manual, to the end of the input.
timeout 2 rd-capture 2>"$dir/err" | rd-encode -F h264 |
	ffprobe -v error -show_entries stream=width -of csv=p=0 - >"$dir/out" 2>&1
is "$(cat "$dir/out")" 800 'rd-capture | rd-encode -F h264 | ffprobe -'
done_testing
