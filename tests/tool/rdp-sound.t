#!/bin/sh
# What is heard at a display is heard by a client of rd-rdp, sample for sample.
set -u
. "$(dirname -- "$0")/tap.sh"
. "$(dirname -- "$0")/rdp.sh"

# One server of sound has the display's sink, and the client's.
export XDG_RUNTIME_DIR="$dir" PULSE_SERVER="unix:$dir/server"
unset PULSE_COOKIE PULSE_SINK PULSE_SOURCE
pulseaudio -n --daemonize=no --exit-idle-time=-1 --realtime=no \
	--load='module-null-sink sink_name=desk rate=48000' \
	--load='module-null-sink sink_name=ears rate=48000' \
	--load="module-native-protocol-unix socket=$dir/server auth-anonymous=1" \
	2>"$dir/pulse.log" &
pids="$pids $!"
until_true pactl info >"$dir/out" 2>&1
rd-sound -v -s desk.monitor -l "$dir/sound" 2>"$dir/heard" &
pids="$pids $!"
start_x 320x240
rd-capture -l "$dir/screen" 2>>"$dir/log" &
pids="$pids $!"
until_true test -S "$dir/sound"
until_true test -S "$dir/screen"
start_x 320x240
credentials
start -s "$dir/sound"

sox -n -r 48000 -c 2 -b 16 "$dir/tone.wav" synth 0.5 sine 440 sine 880 gain -6
PULSE_SINK=ears connect looking2 /sound:sys:pulse &
viewer=$!
pids="$pids $viewer"
until_true has "$dir/log" 'it gets sound'
ok $? 'a client gets sound' || sed 's/^/# /' "$dir/log"
until_true has "$dir/heard" "recording 'desk.monitor'"

# What rd-sound sent, from its first sample on that is not silent to its last,
# is in what the client played; on a busy machine not each time.
heard() {
	packetlog -o "$dir/pcm" "$dir/sound" >"$dir/out" &
	log=$!
	parec -d ears.monitor --raw --rate=48000 --channels=2 \
		--format=s16le "$dir/ears" 2>"$dir/said" &
	ears=$!
	pids="$pids $log $ears"
	until_true has "$dir/out" '^audio'
	paplay -d desk "$dir/tone.wav"
	sleep 1
	kill $log $ears
	wait $log $ears
	/usr/bin/python3 - "$dir/pcm" "$dir/ears" <<-'END'
	import array, sys
	def frames(path):
	    a = array.array("h", open(path, "rb").read())
	    return list(zip(a[::2], a[1::2]))
	def sounding(a):
	    at = [i for i, f in enumerate(a) if f != (0, 0)]
	    return a[at[0]:at[-1] + 1] if at else []
	sent, played = (sounding(frames(p)) for p in sys.argv[1:])
	print(f"# {len(sent)} samples sent, {len(played)} played")
	sys.exit(len(sent) < 20000 or sent != played)
	END
}
until_true heard
ok $? 'it plays every sample, as it was'
done_testing
