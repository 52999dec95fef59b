#!/bin/sh
# Gamepads without uinput: what evtest and jstest, which know nothing of us,
# find under /dev/input and read there.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-pad.XXXXXX")
pids=
trap 'kill $pids 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM
so=$(dirname "$(command -v rd-input)")/../lib/rd-gamepad.so

with_pads() { # COMMAND...
	RD_GAMEPADS=$dir/pads LD_PRELOAD=$so "$@"
}

# What evtest read into this file, as "CODE VALUE;".
values() { # FILE
	sed -n 's/.*(\([A-Z0-9_]*\)), value \(-*[0-9]*\)$/\1 \2;/p' "$dir/$1" |
		tr -d '\n'
}

shows() { # FILE PATTERN
	grep -aq -- "$2" "$1"
}

start_x 300x200
mkdir "$dir/pads"
mkfifo "$dir/events"
rd-input -g "$dir/pads" -l "$dir/input" 2>"$dir/err" &
input=$!
pids="$pids $input"
until_true test -S "$dir/input"
linkcat "$dir/input" <"$dir/events" >/dev/null &
viewer=$!
pids="$pids $viewer"
exec 5>"$dir/events"

is "$(with_pads ls /dev/input)" '' 'no gamepad is there before one is connected'
echo 'gamepad 0 on Pad of the test' >&5
until_true test -S "$dir/pads/js0"
is "$(with_pads ls /dev/input | tr '\n' ' ')" 'event0 js0 ' 'then it is'
with_pads timeout 60 evtest /dev/input/event0 >"$dir/event" 2>&1 &
evtest=$!
with_pads timeout 60 jstest --event /dev/input/js0 >"$dir/js" 2>&1 &
jstest=$!
pids="$pids $evtest $jstest"
until_true shows "$dir/event" 'Testing'
shows "$dir/event" 'vendor 0x45e product 0x28e version 0x110'
ok $? 'evtest knows the make'
shows "$dir/event" 'Input device name: "Microsoft X-Box 360 pad"'
ok $? 'and the name'
is "$(sed -n 's/.*Event code [0-9]* (\(.*\))/\1/p' "$dir/event" | tr '\n' ' ')" \
	'BTN_SOUTH BTN_EAST BTN_NORTH BTN_WEST BTN_TL BTN_TR BTN_SELECT BTN_START BTN_MODE BTN_THUMBL BTN_THUMBR ABS_X ABS_Y ABS_Z ABS_RX ABS_RY ABS_RZ ABS_HAT0X ABS_HAT0Y ' \
	'and every button and axis'
until_true shows "$dir/js" 'type 130, time .*, number 7'
ok $? 'jstest is told of 8 axes'
shows "$dir/js" 'Joystick (Microsoft X-Box 360 pad) has 8 axes (X, Y, Z, Rx, Ry, Rz, Hat0X, Hat0Y)'
ok $? 'by their names'

{
	echo 'gamepad 0 axis 0 -20000'
	echo 'gamepad 0 button 0 255'
	echo 'gamepad 0 button 7 128'
	echo 'gamepad 0 button 14 255'
	echo 'gamepad 0 button 14 0'
	echo 'gamepad 0 button 16 255'
} >&5
until_true shows "$dir/event" 'BTN_MODE), value 1'
is "$(values event)" 'ABS_X -20000;BTN_SOUTH 1;ABS_RZ 128;ABS_HAT0X -1;ABS_HAT0X 0;BTN_MODE 1;' \
	'what is sent is what evtest reads'
until_true shows "$dir/js" 'type 1, .* number 8, value 1'
is "$(sed -n 's/Event: type \([12]\), .*number \(.*\), value \(.*\)/\1 \2 \3;/p' "$dir/js" | tr -d '\n')" \
	'2 0 -20000;1 0 1;2 5 0;2 6 -32767;2 6 0;1 8 1;' 'and jstest'

with_pads timeout 60 evtest /dev/input/event0 >"$dir/later" 2>&1 &
pids="$pids $!"
until_true shows "$dir/later" 'BTN_MODE), value 1'
is "$(values later)" 'BTN_SOUTH 1;BTN_MODE 1;ABS_X -20000;ABS_RZ 128;' \
	'whoever opens it later learns what is down'

echo 'gamepad 1 axis 0 5' >&5
echo 'release' >&5
until_true shows "$dir/later" 'ABS_RZ), value 0'
is "$(values later)" 'BTN_SOUTH 1;BTN_MODE 1;ABS_X -20000;ABS_RZ 128;BTN_SOUTH 0;BTN_MODE 0;ABS_X 0;ABS_RZ 0;' \
	'a release lets go of all'
echo 'gamepad 0 button 1 255' >&5
until_true shows "$dir/later" 'BTN_EAST), value 1'
kill -9 "$viewer"
until_true shows "$dir/later" 'BTN_EAST), value 0'
ok $? 'a lost viewer lets go too'
wait "$evtest"
is "$(ls "$dir/pads")" '' 'and its gamepad is gone'

printf 'gamepad %d on Pad\n' 0 1 2 3 >"$dir/script"
timeout 60 linkcat "$dir/input" <"$dir/script" >/dev/null &
pids="$pids $!"
until_true test -S "$dir/pads/js3"
ok $? 'there are four'
kill "$input"
wait "$input"
is "$(ls "$dir/pads")" '' 'and none when rd-input has ended'
is "$(cat "$dir/err")" '' 'which had nothing to complain of'
done_testing
