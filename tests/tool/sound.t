#!/bin/sh
# rd-sound on a real PulseAudio: a tone comes out as it went in, silence not.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-sound.XXXXXX")
pids=
trap 'kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM

export HOME="$dir" XDG_RUNTIME_DIR="$dir" PULSE_SERVER="unix:$dir/server"
unset PULSE_COOKIE PULSE_SINK PULSE_SOURCE

between() { # GOT LEAST MOST NAME
	awk -v g="${1:-x}" -v a="$2" -v b="$3" 'BEGIN { exit !(g != "x" && g + 0 >= a && g + 0 <= b) }'
	ok $? "$4: ${1:-nothing}"
}

start_pulse() {
	pulseaudio -n --daemonize=no --exit-idle-time=-1 --realtime=no \
		--load='module-null-sink sink_name=desk rate=48000' \
		--load='module-null-sink sink_name=mic rate=48000' \
		--load='module-remap-source source_name=microphone master=mic.monitor' \
		--load="module-native-protocol-unix socket=$dir/server auth-anonymous=1" \
		--load='module-suspend-on-idle timeout=1' 2>"$dir/pulse.log" &
	pulse=$!
	pids="$pids $pulse"
	until_true pactl info >"$dir/out" 2>&1
}

stop() { # PID
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

blocks() { # LOG: how many with sound
	grep -c '^audio 1 1920 ' "$1"
}

enough() { # LOG COUNT
	[ "$(blocks "$1")" -ge "$2" ]
}

switches() { # PID: how often it slept so far
	awk '/^voluntary/ { print $2 }' "/proc/$1/status"
}

at_rest() { # PID
	slept=$(switches "$1")
	sleep 0.3
	[ "$(switches "$1")" = "$slept" ]
}

suspended() { # [SINK]
	pactl list short sinks | grep -q "${1:-desk}.*SUSPENDED"
}

# --- the command line and bad input

is "$(rd-sound -h)" 'rd-sound [-rv] [-l path] [-p sink] [-R fd] [-s source]' \
	'-h prints the synopsis'

refused() { # STATUS PATTERN ARGUMENT...
	status=$1 pattern=$2
	shift 2
	timeout 10 rd-sound "$@" >"$dir/out" 2>"$dir/err"
	is "$?" "$status" "rd-sound $*: exit $status"
	is "$(grep -c "^rd-sound: fatal: $pattern" "$dir/err") of $(wc -l <"$dir/err")" \
		'1 of 1' 'one line says why'
}
refused 100 'unknown option -z' -z
refused 100 'option -s needs' -s
refused 100 "unexpected operand 'x'" x
refused 100 'option -p goes with -l' -p mic
refused 100 'option -p goes with -l' -p mic -l "$dir/mic" -s desk.monitor
refused 111 'no sound server: Connection refused'

# --- a server that comes, a tone, silence

rd-sound -rv -l "$dir/sound" -R 5 5>"$dir/ready" 2>"$dir/log" &
sound=$!
pids="$pids $sound"
until_true test -s "$dir/ready"
ok $? 'readiness is told'
packetlog -o "$dir/pcm" "$dir/sound" >"$dir/a" &
a=$!
pids="$pids $a"
until_true has "$dir/a" '^audio 1 0 '
ok $? 'a reader learns what it reads before there is sound'
start_pulse
ok $? 'PulseAudio runs'
until_true has "$dir/log" "recording 'desk.monitor'"
ok $? 'a server that comes later is found'

refused 111 "cannot record source 'none': No such entity" -s none

until_true suspended
ok $? 'the device is suspended although there is a reader'
before=$(switches $sound)
sleep 1
is "$(switches $sound)" "$before" 'silence does not wake it'
is "$(blocks "$dir/a")" 0 'and is not sent'

sox -n -r 48000 -c 2 -b 16 "$dir/tone.wav" synth 1 sine 440 gain -6
paplay "$dir/tone.wav"
until_true enough "$dir/a" 98
ok $? 'a second of sound is a hundred blocks'
is "$(awk '/^audio 1 1920 / { if (last && ($5 - last < 9000 || $5 - last > 11000)) print; last = $5 }' "$dir/a")" '' \
	'10 ms apart'
sleep 0.5
before=$(wc -l <"$dir/a")
sleep 0.5
is "$(wc -l <"$dir/a")" "$before" 'then there is silence again'
between "$(blocks "$dir/a")" 98 110 'of which little was sent'
between "$(sox -t raw -r 48000 -e signed -b 16 -c 2 "$dir/pcm" -n remix 1 trim 0.1 0.8 stat 2>&1 |
	awk '/^Rough/ { print $3 }')" 435 445 'it is the tone'

stop "$pulse"
start_pulse
recording() { [ "$(grep -c recording "$dir/log")" = 2 ]; }
until_true recording
paplay "$dir/tone.wav"
until_true enough "$dir/a" 190
ok $? 'a server that comes back is found'
stop "$a"
before=$(switches $sound)
paplay "$dir/tone.wav"
between "$(($(switches $sound) - before))" 0 3 'without readers nothing is recorded'
kill $sound
wait $sound
is "$?" 0 'a signal ends it'
is "$(ls "$dir/sound" 2>/dev/null)" '' 'and its socket'

# --- Opus

rd-sound -l "$dir/sound" 2>"$dir/log" &
sound=$!
rd-encode -r -l "$dir/audio" -R 5 "$dir/sound" 5>"$dir/ready2" 2>"$dir/err" &
encode=$!
pids="$pids $sound $encode"
until_true test -s "$dir/ready2"
packetlog "$dir/audio" >"$dir/b" &
b=$!
pids="$pids $b"
rd-sound -v 2>"$dir/log2" | rd-encode -F ogg >"$dir/ogg" 2>"$dir/err2" &
pids="$pids $!"
until_true has "$dir/log2" recording
paplay "$dir/tone.wav"
sleep 1
paplay "$dir/tone.wav"
sleep 0.3
between "$(grep -c '^audio 1 ' "$dir/b")" 200 220 'packets of Opus'
is "$(awk '$3 > 400 || $3 < 3' "$dir/b")" '' 'each of a sensible size'
between "$(awk '{ if ($5 - last > 500000 && last) print $5 - last; last = $5 }' "$dir/b")" \
	800000 1400000 'the pause is a gap in the times'
stop "$b"
until_true at_rest $sound # the encoder and rd-sound have noticed
before=$(switches $sound)
paplay "$dir/tone.wav"
between "$(($(switches $sound) - before))" 0 3 'an encoder without readers does not listen'
stop "$sound"
stop "$encode"
stop "$pulse" # ends the pipeline: without -r that is fatal
wait
is "$(grep -c 'fatal: no sound server: Connection terminated' "$dir/log2")" 1 \
	'a lost server is told'
is "$(ffprobe -v error -show_entries stream=codec_name,sample_rate,channels -of csv=p=0 "$dir/ogg")" \
	'opus,48000,2' 'ffprobe knows the Ogg stream'
ffmpeg -v error -i "$dir/ogg" -y "$dir/back.wav" 2>"$dir/err"
is "$(cat "$dir/err")" '' 'ffmpeg decodes it'
# Three tones of a second and the pauses between them.
between "$(soxi -D "$dir/back.wav")" 4 5.5 'it lasts as long as it took'
between "$(sox "$dir/back.wav" -n remix 1 trim 0.1 0.8 stat 2>&1 | awk '/^Rough/ { print $3 }')" \
	435 445 'the tone is there'
between "$(sox "$dir/back.wav" -n trim 1.3 0.4 stat 2>&1 | awk '/^Maximum amplitude/ { print $3 }')" \
	0 0.001 'the pause is silent'
between "$(sox "$dir/back.wav" -n remix 1 trim 2.4 0.4 stat 2>&1 | awk '/^Rough/ { print $3 }')" \
	435 445 'and the tone comes back in time'

# --- a microphone: Opus packets into a sink, whose monitor is recorded

start_pulse
rd-sound -l "$dir/sound" 2>"$dir/log" &
pids="$pids $!"
rd-encode -r -l "$dir/audio" -R 5 "$dir/sound" 5>"$dir/ready3" 2>"$dir/err" &
pids="$pids $!"
rd-sound -v -p mic -l "$dir/mic" -R 5 5>"$dir/ready4" 2>"$dir/log3" &
mic=$!
pids="$pids $mic"
until_true test -s "$dir/ready3"
until_true test -s "$dir/ready4"
until_true suspended mic
ok $? 'a microphone that nobody uses is suspended'
before=$(switches $mic)
mkfifo "$dir/none"
linkcat "$dir/mic" <"$dir/none" >/dev/null & # one who says nothing
pids="$pids $!"
exec 6>"$dir/none"
joined() { # the one that comes last is heard
	[ "$(grep -c "$dir/mic\$" /proc/net/unix)" -gt 1 ]
}
until_true joined
linkcat "$dir/audio" <"$dir/none" | linkcat "$dir/mic" >/dev/null &
pids="$pids $!"
sleep 0.3
between "$(($(switches $mic) - before))" 0 6 'and costs nothing'
parecord --raw -d microphone --rate=48000 --channels=2 --format=s16le "$dir/heard" &
recorder=$!
pids="$pids $recorder"
playing() { # until the recorder is there
	pactl list short source-outputs | grep -q .
}
until_true playing
sox -n -r 48000 -c 2 -b 16 "$dir/long.wav" synth 3 sine 440 gain -6
paplay -d desk "$dir/long.wav"
sleep 0.5
stop "$recorder"
has "$dir/log3" "playing to 'mic'"
ok $? 'packets are played'
sox -t raw -r 48000 -e signed -b 16 -c 2 "$dir/heard" "$dir/heard.wav" silence 1 0.01 1% reverse silence 1 0.01 1% reverse
between "$(soxi -D "$dir/heard.wav")" 1 3.3 'and most of them are heard'
between "$(sox "$dir/heard.wav" -n remix 1 trim 0.3 0.6 stat 2>&1 | awk '/^Rough/ { print $3 }')" \
	425 455 'it is the tone'
until_true suspended mic
ok $? 'then the microphone is suspended again'
kill "$mic"
wait "$mic"
is "$?" 0 'a signal ends it'
is "$(ls "$dir/mic" 2>/dev/null)" '' 'and its socket'
done_testing
