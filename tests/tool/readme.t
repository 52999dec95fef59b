#!/bin/sh
# The pipelines of the README and the manuals, as typed, in a real session.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh
top=$PWD

tmp=$(mktemp -d)
export XDG_RUNTIME_DIR="$tmp"
trap 'rd-desktop stop 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

# Lines of the README's sh blocks, and of EXAMPLES and rd(7) that stand alone.
examples() {
	awk '/^```/ { inside = $0 == "```sh"; next } inside' README.md
	sed -n 's/^\.Dl \$ //p; s/^\$ //p' man/rd.7 man/rd-capture.1 \
		man/rd-encode.1 man/rd-input.1 man/rd-replay.1 man/rd-sound.1 \
		man/rd-addr.7 |
		sed 's/\\en/\\n/g; s/\\(dq/"/g' |
		grep -v -e '&' -e '^rd-desktop' -e '^pactl' -e '-[ld] ' -e 'key Return' \
			-e ' < script'
}

# The other machine is this one; the player says what it was given.
mkdir "$tmp/bin"
cat >"$tmp/bin/ssh" <<'END'
#!/bin/sh
eval "$(printf %s "$2" | sed 's/DISPLAY=:1 //')"
END
cat >"$tmp/bin/ffplay" <<'END'
#!/bin/sh
head -c 1500 >player.in
ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 player.in >player.out
END
chmod +x "$tmp/bin/ssh" "$tmp/bin/ffplay"

offer() {
	sdp=$(tr -d '\r' <"$top/tests/fuzz/corpus/sdp/chromium" |
		sed 's/$/\\r\\n/' | tr -d '\n')
	printf '{"type":"offer","trickle":false,"sdp":"%s"}\n' "$sdp"
}

probe() { # FILE
	ffprobe -v error -show_entries stream=codec_name,width,height \
		-of csv=p=0 "$1" 2>/dev/null
}

# What each command leaves, by what it is about.
judge() { # COMMAND
	case $1 in
	*ffplay\ -) grep -qx 'h264,1920,1080' player.out ;;
	*ffplay\ -nodisp*) grep -q opus player.out ;;
	*shot.png) [ "$(probe shot.png)" = png,1920,1080 ] ;;
	*session.ogg) probe session.ogg | grep -q opus ;;
	*desktop.h264) [ "$(probe desktop.h264)" = h264,1920,1080 ] ;;
	*desk.rec) head -1 desk.rec | grep -qx 'rd-recording 1' ;;
	*desk.h264) [ "$(probe desk.h264)" = h264,1920,1080 ] ;;
	*desktop.packets) [ -s desktop.packets ] ;;
	*head*) sed -n 1p out | grep -qx 'rd-frames 1' &&
		sed -n 2p out | grep -q '^geometry 1920 1080 ' ;;
	*rd-rtc*) grep -q '"type": *"answer"' out ;;
	*hello*) echo 'key Return' | rd-input && until_true grep -q hello "$tmp/typed" ;;
	*button*) [ ! -s out ] ;;
	*) false ;;
	esac
}

until_true() { # COMMAND...
	tries=0
	until "$@"; do
		[ $((tries += 1)) -lt 200 ] || return 1
		sleep 0.1
	done
}

# A desktop that types into a file, and something to hear.
cat >"$tmp/desktop" <<END
#!/bin/sh
ffmpeg -v error -re -f lavfi -i sine=440:d=60 -f pulse tone &
exec xterm -geometry 200x60+0+0 -e sh -c 'echo >"$tmp/reads"; cat >>"$tmp/typed"'
END
chmod +x "$tmp/desktop"
touch "$tmp/typed"
rd-desktop start -xstartup "$tmp/desktop" >/dev/null
ok $? 'a session to try them in'
# shellcheck source=/dev/null
. "$tmp/rd/desktop/env"
cd "$tmp" || exit
until_true [ -e reads ]
ok $? 'somebody who reads what is typed'
offer >offer.json
(cd "$top" && examples) | sort -u >commands
[ "$(wc -l <commands)" -ge 8 ]
ok $? 'there are examples'

while read -r command; do
	: >typed
	rm -f out player.* shot.png session.ogg desktop.*
	# What has no end is interrupted.
	case $command in
	*head* | *'-n 1'* | *rd-input*) PATH=$tmp/bin:$PATH timeout 20 sh -c "$command" >out ;;
	*) PATH=$tmp/bin:$PATH timeout -s INT 4 sh -c "$command" >out ;;
	esac </dev/null 2>err
	judge "$command"
	status=$?
	ok $status "$command"
	[ $status = 0 ] || sed 's/^/# /' out err
done <commands
done_testing
