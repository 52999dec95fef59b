#!/bin/sh
# rd-input on a real X server: what clients see of what sources send.
set -u
. "$(dirname -- "$0")/tap.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-input.XXXXXX")
pids=
trap 'kill $pids 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM

watch() { # [OPTION...]
	: >"$dir/seen"
	inputwatch "$@" >>"$dir/seen" 2>/dev/null &
	watcher=$!
	pids="$pids $watcher"
	until_true has "$dir/seen" ready
}

unwatch() {
	kill "$watcher"
	wait "$watcher" 2>/dev/null
}

# Events as the client saw them, in one line, of those on standard input.
seen() {
	: >"$dir/seen"
	{ cat && echo 'key F12'; } | rd-input 2>"$dir/err"
	until_true has "$dir/seen" 'release F12'
	grep -v F12 "$dir/seen" | tr '\n' ';'
}

typed() { # TEXT: the line that arrived when it was typed
	: >"$dir/seen"
	printf 'text %s\nkey Return\n' "$1" | rd-input 2>"$dir/err"
	arrived
}

arrived() {
	until_true has_line "$dir/seen"
	cat "$dir/seen"
}

has_line() { # FILE [COUNT]
	[ "$(wc -l <"$1")" -ge "${2:-1}" ]
}

held() {
	inputwatch -q
}

is_held() {
	[ "$(held)" = "$1" ]
}

start_x 1280x800
none='0 keys, state 0'

# The keyboard, event by event.

watch
is "$(echo 'key a' | seen)" 'press a 0;release a 0;' 'a key'
is "$(echo 'key 0x61' | seen)" 'press a 0;release a 0;' 'a key by number'
is "$(echo 'text A' | seen)" \
	'press Shift_L 0;press A 1;release Shift_L 1;release a 0;' \
	'Shift is pressed for a capital'
is "$(printf '%s\n' 'key Shift_L down' 'key A' 'key Shift_L up' | seen)" \
	'press Shift_L 0;press A 1;release A 1;release Shift_L 1;' \
	'Shift that is held is left alone'
is "$(printf '%s\n' 'key Shift_R down' 'key a' 'key Shift_R up' | seen)" \
	'press Shift_R 0;release Shift_R 1;press a 0;press Shift_R 0;release A 1;release Shift_R 1;' \
	'and lifted for what is not shifted'
is "$(printf '%s\n' 'key Shift_L down' 'key A down' 'key Shift_L up' 'key a up' | seen)" \
	'press Shift_L 0;press A 1;release Shift_L 1;release a 0;' \
	'a key comes up though its case changed'
is "$(printf '%s\n' 'key Control_L down' 'key c' 'key Control_L up' | seen)" \
	'press Control_L 0;press c 4;release c 4;release Control_L 4;' 'Ctrl+C'
is "$(printf '%s\n' 'key Control_L down' 'text c' 'key Control_L up' | seen)" \
	'press Control_L 0;press c 4;release c 4;release Control_L 4;' \
	'Ctrl+C of a keyboard on a screen'
is "$(printf '%s\n' 'key Control_L down' 'key C' 'key Control_L up' | seen)" \
	'press Control_L 0;press c 4;release c 4;release Control_L 4;' \
	'Ctrl+C though the viewer has Caps Lock'
is "$(printf '%s\n' 'key Control_L down' 'key Shift_L down' 'key T' 'key Shift_L up' 'key Control_L up' | seen)" \
	'press Control_L 0;press Shift_L 4;press T 5;release T 5;release Shift_L 5;release Control_L 4;' \
	'Ctrl+Shift+T'
is "$(printf '%s\n' 'key Shift_L down' 'key Tab' 'key Shift_L up' | seen)" \
	'press Shift_L 0;press ISO_Left_Tab 1;release ISO_Left_Tab 1;release Shift_L 1;' \
	'Shift+Tab'
is "$(printf '%s\n' 'key Shift_L down' 'key Alt_L down' 'key Alt_L up' 'key Shift_L up' | seen)" \
	'press Shift_L 0;press Alt_L 1;release Alt_L 9;release Shift_L 1;' \
	'modifiers do not disturb one another'
is "$(printf '%s\n' 'key a down' 'key a down' 'key a up' | seen)" \
	'press a 0;release a 0;press a 0;release a 0;' 'a key pressed again repeats'
is "$(printf '%s\n' 'key Adiaeresis' | seen)" \
	'press Adiaeresis 0;release Adiaeresis 0;' 'a key the map does not have'
is "$(printf '%s\n' 'key Control_L down' 'key U6F22' 'key Control_L up' | seen)" \
	'press Control_L 0;press U6F22 4;release U6F22 4;release Control_L 4;' \
	'and one with Ctrl'
xset r rate 100 50
repeats() {
	[ "$(grep -c "press $1 " "$dir/seen")" -gt 3 ]
}
for sym in a at adiaeresis; do
	: >"$dir/seen"
	{
		echo "key $sym down"
		until_true repeats "$sym"
		echo "key $sym up"
	} | rd-input
	repeats "$sym"
	ok $? "$sym repeats while it is held"
	is "$(sed -n 's/press \(.*\) .*/\1/p' "$dir/seen" | sort -u | grep -v Shift)" \
		"$sym" 'and is always the same'
done
is "$(printf '%s\n' 'motion 9 9' 'key at down' 'button 1 down' 'button 1 up' 'key at up' | seen)" \
	'motion 9 9;press Shift_L 0;press at 1;release Shift_L 1;down 1 9 9;up 1 9 9;release 2 0;' \
	'its Shift does not reach a click'

unwatch
watch
is "$(printf 'key %s\n' dead_acute Multi_key EuroSign U6F22 | seen | sed 's/release [^;]*;//g')" \
	'press dead_acute 0;press Multi_key 0;press EuroSign 0;press U6F22 0;' \
	'keys the map does not have, to a client that has just started'

# The pointer.

seen </dev/null >/dev/null
is "$({ echo 'motion 900 700'; } | seen)" 'motion 900 700;' 'motion'
is "$(printf '%s\n' 'motion 500 500' 'move -10 0' 'move 100 50' 'move 0 -2000' | seen)" \
	'motion 500 500;motion 490 500;motion 590 550;motion 590 0;' \
	'motion by how far: each one counts, none is accelerated'
is "$(awk 'BEGIN { for (i = 0; i < 200; i++) print "motion", i, 2 * i }' | seen)" \
	'motion 199 398;' 'motions in a row are one'
is "$(printf '%s\n' 'motion 1 1' 'button 1 down 20 30' 'motion 5 5' 'motion 40 50' 'button 1 up' | seen)" \
	'motion 1 1;motion 20 30;down 1 20 30;motion 40 50;up 1 40 50;' \
	'a button is pressed where it should be'
is "$(printf '%s\n' 'button 9 down' 'button 9 down' 'button 9 up' 'button 9 up' | seen)" \
	'down 9 40 50;up 9 40 50;' 'a button is pressed once'
wheel() {
	seen | sed 's/down \([4-7]\) [0-9 ]*;up [4-7] [0-9 ]*;/\1/g'
}
is "$(printf '%s\n' 'scroll 0 60' 'scroll 0 60' | wheel)" 5 'half notches add up'
is "$(printf '%s\n' 'scroll 0 -120' 'scroll 0 120' 'scroll -120 0' 'scroll 120 0' | wheel)" \
	4567 'four directions'
is "$(printf '%s\n' 'scroll 0 300' 'scroll 0 60' | wheel)" 555 'the rest is kept'
is "$(printf '%s\n' 'scroll 0 110' 'scroll 0 -110' 'scroll 0 -10' | wheel)" 4 \
	'but not when the wheel turns back'
unwatch

# Locks.

watch
is "$(printf '%s\n' 'leds caps num' 'key A' 'key KP_5' 'leds none' 'key KP_Begin' | seen)" \
	'press A 12;release A 12;press KP_5 12;release KP_5 12;press KP_Begin 0;release KP_Begin 0;' \
	'with the locks of the source no Shift is needed'
echo 'leds caps num' | rd-input
echo 'leds num' | rd-input
is "$(held)" '0 keys, state 10' 'they are as the source says, not toggled'
echo 'leds none' | rd-input
unwatch

# Text, whatever the layout and the locks.

text='Hello, World! aA1 ä ß € @ # ~ é É ж Я 漢 字 😀 \ | { } [ ] ` ^ "'
for layout in us de fr ru us,ru; do
	setxkbmap "$layout" 2>/dev/null
	watch -t
	is "$(typed "$text")" "$text" "text on layout $layout"
	echo 'key Caps_Lock' | rd-input
	is "$(typed "$text")" "$text" "text on layout $layout with Caps Lock"
	echo 'key Caps_Lock' | rd-input
	unwatch
done
setxkbmap us,ru -option grp:shifts_toggle 2>/dev/null
watch -t
printf '%s\n' 'key Shift_L down' 'key Shift_R down' 'key Shift_R up' 'key Shift_L up' | rd-input
is "$(typed "$text")" "$text" 'text in the second group'
printf '%s\n' 'key Shift_L down' 'key Shift_R down' 'key Shift_R up' 'key Shift_L up' | rd-input
unwatch
setxkbmap us -option '' 2>/dev/null
is "$(held)" "$none" 'no lock and no group is left'

# Into a terminal, as text and key by key.

cat >"$dir/reader" <<END
stty -echo
echo >'$dir/up'
exec cat >'$dir/file'
END
LC_ALL=C.UTF-8 xterm -u8 -e sh "$dir/reader" 2>/dev/null &
pids="$pids $!"
until_true test -s "$dir/up"
{
	echo 'motion 100 100'
	echo 'text ä ß € @ 漢 😀'
	echo 'key Return'
	for sym in adiaeresis space ssharp space EuroSign space at space U6F22 space 0x101f600 Return; do
		echo "key $sym down"
		echo "key $sym up"
	done
	printf '%s\n' 'key Control_L down' 'key d' 'key Control_L up'
} | rd-input
until_true has_line "$dir/file" 2
is "$(cat "$dir/file")" "$(printf '%s\n' 'ä ß € @ 漢 😀' 'ä ß € @ 漢 😀')" \
	'a terminal has it in its file'

# The map: more characters than spare keys, a client that is slow, and
# everything as it was at the end.

many=$(printf '\344\270\200\344\270\207\344\270\211\344\270\212\344\270\213\344\270\215\344\270\223\344\270\226\344\270\232\344\270\234\344\270\244\344\270\245\344\270\250\344\270\252\344\270\255\344\270\262\344\270\264\344\270\272\344\270\273\344\270\276\344\271\205\344\271\210\344\271\211\344\271\213\344\271\220\344\271\230\344\271\235\344\271\237\344\271\240\344\271\241\344\271\246\344\271\260\344\271\261\344\271\263\344\272\206\344\272\210\344\272\213\344\272\214\344\272\216\344\272\217')
xkbcomp -xkb "$DISPLAY" "$dir/before.xkb" 2>/dev/null
watch -t
is "$(typed "$many")" "$many" '40 characters with fewer keys to spare'
unwatch
watch -t -s 10
is "$(typed "$many")" "$many" 'and to a client that takes 10 ms over each'
unwatch
same_map() {
	xkbcomp -xkb "$DISPLAY" "$dir/after.xkb" 2>/dev/null
	cmp -s "$dir/before.xkb" "$dir/after.xkb"
}
same_map
ok $? 'the keyboard map is as it was'

{ echo 'text 漢字'; echo 'key a down'; echo 'button 1 down'; sleep 20; } |
	rd-input & # its pid is of no use: a pipeline's last
killed=$!
pids="$pids $killed"
until_true is_held '1 keys, state 100'
kill -9 "$killed"
! same_map
ok $? 'an rd-input that is killed leaves keys bound'
rd-input </dev/null
same_map
ok $? 'the next one unbinds them'
is "$(held)" "$none" 'and lifts what was held'

# Sources on a socket.

rd-input -c both:1048576 -l "$dir/input" -R 4 4>"$dir/ready" 2>"$dir/log" &
server=$!
pids="$pids $server"
until_true test -s "$dir/ready"
mkfifo "$dir/in1" "$dir/in2"
linkcat "$dir/input" <"$dir/in1" >"$dir/out1" &
cat1=$!
linkcat "$dir/input" <"$dir/in2" >"$dir/out2" &
cat2=$!
pids="$pids $cat1 $cat2"
exec 5>"$dir/in1" 6>"$dir/in2"
until_true has "$dir/out1" 'clipboard-rule both 1048576'
until_true has "$dir/out2" 'clipboard-rule both 1048576'
ok $? 'a source is told which way clipboards may go'
printf '%s\n' 'key Shift_L down' 'key a down' 'button 1 down' >&5
printf '%s\n' 'key Shift_L down' 'key b down' 'button 3 down' >&6
until_true is_held '3 keys, state 501'
ok $? 'two sources hold keys and buttons'
kill -9 "$cat1"
until_true is_held '2 keys, state 401'
ok $? 'one is killed: what the other holds stays down'
echo release >&6
until_true is_held "$none"
ok $? 'the other releases all'
printf '%s\n' 'key Shift_L down' 'button 1 down' >&6
linkcat "$dir/input" <"$dir/in1" >/dev/null &
cat3=$!
pids="$pids $cat3"
exec 5>"$dir/in1"
printf '%s\n' 'key a down' alive >&5
until_true is_held '2 keys, state 101'
until_true is_held '1 keys, state 101'
ok $? 'who said it is alive and falls silent lets go, others do not'
kill "$cat3"
echo release >&6
until_true is_held "$none"
printf '%s\n' 'key Caps_Lock' >&6
until_true has "$dir/out2" 'leds caps'
ok $? 'the source is told of Caps Lock'
printf '%s\n' 'key Caps_Lock' >&6
until_true has_line "$dir/out2" 4
is "$(tail -n 1 "$dir/out2")" 'leds none' 'and that it is off'
printf '%s\n' nonsense 'motion 99999 0' 'key NoSuchKey down' 'leds off' 'key x down' >&6
until_true is_held '1 keys, state 0'
ok $? 'malformed events are dropped, the next one counts'
has "$dir/log" 'dropped 1 malformed events: expected motion, move, button'
ok $? 'with one warning'
is "$(grep -c . "$dir/log")" 1 'per second'
echo 'key x up' >&6
yes nonsense | head -n 10000 >&6
echo 'key x down' >&6
until_true is_held '1 keys, state 0'
ok $? 'and 10000 of them'
echo 'key x up' >&6
setxkbmap fr
watch -t
: >"$dir/seen"
printf 'text aZ1é@漢\nkey Return\n' >&6
is "$(arrived)" 'aZ1é@漢' 'the layout may change meanwhile'
setxkbmap us
: >"$dir/seen"
echo 'text 漢字' >&6
until_true has "$dir/seen" 漢字
echo 'text 文字' | rd-input
printf 'text 漢字\nkey Return\n' >&6
is "$(arrived)" 漢字文字漢字 'two at one display do not disturb each other'
unwatch

# The clipboard.

copied() { # FILE [TARGET]: the selection is what the file holds
	xclip -selection clipboard -o -t "${2:-UTF8_STRING}" 2>/dev/null | cmp -s - "$1"
}
message() { # [MIME FILE]...: the event that says so
	line=clipboard files=
	while [ $# -gt 0 ]; do
		line="$line $1 $(wc -c <"$2")"
		files="$files $2"
		shift 2
	done
	echo "$line"
	# shellcheck disable=SC2086 # names without blanks
	cat $files
	echo
}
put() { # FILE
	message text/plain "$1" >&6
}
got() { # FILE | MIME FILE...: the last clipboard sent is that
	[ $# -gt 1 ] || set -- text/plain "$1"
	message "$@" >"$dir/message"
	tail -c "$(wc -c <"$dir/message")" "$dir/out2" | cmp -s - "$dir/message"
}
big() { # BYTES, a multiple of 64
	awk -v n="$1" 'BEGIN { for (i = 0; i < n / 64; i++)
		printf "%08d € and text that fills the line up to 64 bytes......\r\n", i }'
}
printf 'gr\303\274n\r\nkey a' >"$dir/small"
big 65536 >"$dir/64k"
big 1048576 >"$dir/1m"
{
	cat "$dir/1m"
	echo
} >"$dir/over"
is "$(wc -c <"$dir/1m")" 1048576 'the text is 1 MiB'
for f in small 64k 1m; do
	put "$dir/$f"
	until_true copied "$dir/$f"
	ok $? "clipboard to the display: $f"
done
copied "$dir/1m" 'text/plain;charset=utf-8'
ok $? 'as text/plain'
put "$dir/small"
until_true copied "$dir/small"
printf 'gr\374n\r\nkey a' >"$dir/latin1"
copied "$dir/latin1" STRING
ok $? 'as STRING, which is Latin-1'
is "$(xclip -selection clipboard -o -t TARGETS | head -n 3 | tr '\n' ' ')" \
	'TARGETS TIMESTAMP MULTIPLE ' 'its targets'
is "$(clipclient multiple UTF8_STRING image/png TIMESTAMP STRING | tr '\n' ';')" \
	'UTF8_STRING UTF8_STRING 12;image/png none;TIMESTAMP INTEGER 4;STRING STRING 11;' \
	'several at once'
is "$(grep -c 'clipboard ' "$dir/out2")" 0 'nothing of it is sent back'
is "$(held)" "$none" 'and nothing of it was typed'
for f in 64k small 1m; do
	xclip -selection clipboard -i -t UTF8_STRING "$dir/$f"
	until_true got "$dir/$f"
	ok $? "clipboard from the display: $f"
done
sent=$(grep -c '^clipboard' "$dir/out2")
xclip -selection clipboard -i "$dir/over"
until_true has "$dir/log" 'larger than is allowed'
ok $? 'more than 1 MiB is refused'
xclip -selection clipboard -i "$dir/over"
xclip -selection clipboard -i "$dir/small"
until_true got "$dir/small"
ok $? 'and the next one comes'
is "$(grep -c '^clipboard' "$dir/out2")" $((sent + 1)) 'once'
is "$(grep -c larger "$dir/log")" 1 'with one warning'
clipclient own >"$dir/seen" 2>/dev/null &
pids="$pids $!"
until_true has "$dir/seen" ready
ok $? 'an owner that does not answer'
xclip -selection clipboard -i "$dir/64k"
until_true got "$dir/64k"
ok $? 'is given up'
for i in 1 2 3 4 5 6 7 8 9 10; do
	echo "$i" | xclip -selection clipboard -i
done
echo 10 >"$dir/ten"
until_true got "$dir/ten"
ok $? 'of many texts the last one comes'

# Copies with several forms.

printf '<p>gr\303\274n &amp; <b>bold</b></p>' >"$dir/html"
{
	printf '\211PNG\r\n\032\n'
	big 262144
} >"$dir/png"
message text/plain "$dir/small" text/html "$dir/html" image/png "$dir/png" >&6
until_true copied "$dir/png" image/png
ok $? 'a picture to the display, by INCR'
copied "$dir/html" text/html
ok $? 'with its HTML'
copied "$dir/small"
ok $? 'and its text'
is "$(xclip -selection clipboard -o -t TARGETS | tr '\n' ' ')" \
	'TARGETS TIMESTAMP MULTIPLE UTF8_STRING text/plain;charset=utf-8 text/plain STRING text/html image/png ' \
	'which its targets say'
is "$(clipclient multiple text/html image/png UTF8_STRING | tr '\n' ';')" \
	'text/html text/html 30;image/png INCR 4;UTF8_STRING UTF8_STRING 12;' \
	'all at once'
message text/html "$dir/html" >&6
until_true copied "$dir/html" text/html
is "$(clipclient multiple UTF8_STRING STRING image/png | tr '\n' ';')" \
	'UTF8_STRING none;STRING none;image/png none;' 'HTML alone'
echo '<i>other</i>' >"$dir/html"
for form in text/html:html image/png:png; do
	xclip -selection clipboard -i -t "${form%:*}" "$dir/${form#*:}"
	until_true got "${form%:*}" "$dir/${form#*:}"
	ok $? "from the display: ${form%:*}"
done
clipclient offer UTF8_STRING "$dir/small" text/html "$dir/html" image/png "$dir/png" \
	>"$dir/seen" 2>/dev/null &
owner=$!
pids="$pids $owner"
until_true got text/plain "$dir/small" text/html "$dir/html" image/png "$dir/png"
ok $? 'all forms of one copy come together'
kill "$owner"
clipclient offer UTF8_STRING "$dir/small" image/png "$dir/html" text/html "$dir/over" \
	>"$dir/seen" 2>/dev/null &
owner=$!
pids="$pids $owner"
until_true got text/plain "$dir/small"
ok $? 'of a copy with forms that are no good or too large the rest comes'
kill "$owner"
sent=$(grep -c '^clipboard ' "$dir/out2")
xclip -selection clipboard -i -t image/bmp "$dir/png"
xclip -selection clipboard -i "$dir/64k"
until_true got "$dir/64k"
is "$(grep -c '^clipboard ' "$dir/out2")" $((sent + 1)) 'a form nobody knows is nothing'

# Only one way, or neither.

ruled() { # RULE: rd-input with it serves $dir/ruled, its source is fd 7
	rd-input -c "$1" -l "$dir/ruled" -R 4 4>"$dir/ready2" 2>"$dir/log2" &
	ruled=$!
	pids="$pids $ruled"
	until_true test -s "$dir/ready2"
	mkfifo "$dir/in3"
	linkcat "$dir/ruled" <"$dir/in3" >"$dir/out3" &
	pids="$pids $!"
	exec 7>"$dir/in3"
	until_true has "$dir/out3" clipboard-rule
}
unruled() {
	exec 7>&-
	kill "$ruled"
	wait "$ruled"
	rm -f "$dir/in3" "$dir/ready2"
}
ruled in
message text/plain "$dir/small" >&7
until_true copied "$dir/small"
ok $? '-c in: a clipboard to the display'
xclip -selection clipboard -i "$dir/64k"
until_true got "$dir/64k" # by the other one
echo 'key Caps_Lock' >&7
until_true has "$dir/out3" 'leds caps'
echo 'key Caps_Lock' >&7
! has "$dir/out3" '^clipboard '
ok $? 'but not from it'
unruled
ruled out
xclip -selection clipboard -i "$dir/64k"
until_true has "$dir/out3" '^clipboard text/plain 65536'
ok $? '-c out: a clipboard from the display'
message text/plain "$dir/small" >&7
until_true has "$dir/log2" 'sources may not'
copied "$dir/64k"
ok $? 'but not to it'
unruled
ruled both:12
message text/plain "$dir/small" >&7
until_true copied "$dir/small"
message text/plain "$dir/html" >&7
until_true has "$dir/log2" 'larger than is allowed'
copied "$dir/small"
ok $? '-c both:12: not what is longer'
unruled

# Files to be saved: only who was named may say so.

mkfifo "$dir/offers"
rd-input -r -l "$dir/ruled" -R 4 "$dir/offers" 4>"$dir/ready2" 2>"$dir/log2" &
server2=$!
pids="$pids $server2"
until_true test -s "$dir/ready2"
linkcat "$dir/ruled" <"$dir/in2" >"$dir/out3" &
pids="$pids $!"
until_true has "$dir/out3" clipboard-rule
echo 'file a b.txt' >"$dir/offers"
until_true has "$dir/out3" 'file a b.txt'
ok $? 'a file is announced to the sources'
echo 'file x' | linkcat "$dir/ruled" >/dev/null &
pids="$pids $!"
until_true has "$dir/log2" 'not from it'
! has "$dir/out3" 'file x'
ok $? 'but not by one of them'
kill "$server2"
wait "$server2"
rm "$dir/ready2"

# Sources that are killed at any point.

random() {
	awk -v seed="$1" 'BEGIN { srand(seed)
		split("a B 1 exclam Return Shift_L Control_R Alt_L ISO_Level3_Shift adiaeresis U6F22 F5", k)
		for (i = 0; i < 500; i++) {
			r = rand()
			if (r < .3) print "motion", int(rand() * 1280), int(rand() * 800)
			else if (r < .4) print "button", 1 + int(rand() * 9), rand() < .6 ? "down" : "up"
			else if (r < .95) print "key", k[1 + int(rand() * 12)], rand() < .6 ? "down" : "up"
			else print "text aZ@" } }'
}
stuck=
for lines in 1 3 7 12 20 33 50 80 120 170 230 300 350 400 430 460 480 490 499 500; do
	linkcat "$dir/input" <"$dir/in1" >/dev/null &
	victim=$!
	exec 5>"$dir/in1"
	random "$lines" | head -n "$lines" >&5
	kill -9 "$victim"
	wait "$victim" 2>/dev/null
	exec 5>&-
	until_true is_held "$none" || stuck="$stuck $lines"
done
is "$stuck" '' 'sources that are killed leave nothing pressed'

# Ends.

kill "$cat2"
kill "$server"
wait "$server"
is $? 0 'SIGTERM ends it'
! [ -e "$dir/input" ]
ok $? 'and its socket'
same_map
ok $? 'and the keyboard map is as it was'

rd-input -r "$dir/later" 2>/dev/null &
waiting=$!
pids="$pids $waiting"
mkfifo "$dir/later"
printf '%s\n' 'key a' nonsense 'key Control_L down' >"$dir/later"
until_true is_held '1 keys, state 4'
ok $? 'with -r the source may come later, and be wrong'
kill "$waiting"
wait "$waiting"
is "$(held)" "$none" 'SIGTERM lifts what it held'

for seed in 1 2 3; do
	random "$seed" | rd-input
	is $? 0 "random events, seed $seed"
	is "$(held)" "$none" 'leave nothing pressed'
done

fails() { # STATUS TEXT NAME, COMMAND...
	want=$1 text=$2 name=$3
	shift 3
	"$@" >"$dir/log" 2>&1
	status=$?
	is $status "$want" "$name"
	has "$dir/log" "$text" && [ "$(grep -c . "$dir/log")" -eq 1 ]
	ok $? "$name: one line says so"
	has "$dir/log" "$text" || sed 's/^/# /' "$dir/log"
}
script() { # LINES, escaped
	printf '%b' "$1" | rd-input
}
fails 100 "'all' is not none" 'a bad rule' rd-input -c all
fails 100 'unknown option -x' 'an unknown option' rd-input -x
fails 100 'more than one address' 'two addresses' rd-input a b
fails 111 "display ':987'" 'no display' rd-input -d :987
fails 111 "'$dir/none'" 'no socket' rd-input "$dir/none"
fails 111 "'$dir/none/input'" 'no directory' rd-input -l "$dir/none/input"
fails 100 'line 2: expected motion X Y' 'a bad line' script 'key a\nmotion 1\nkey b\n'
fails 100 'line 4: expected the name of a keysym' 'a bad name' \
	script 'clipboard text/plain 2\na\n\nkey Retrun\n'
fails 100 'line 1: expected text STRING' 'a bad byte' script 'text \0377\n'
fails 100 'line 1: expected a clipboard' 'a bad length' script 'clipboard text/plain x\n'
fails 100 'line 2: cut short' 'no end of line' script 'key a\nkey b'
is "$(held)" "$none" 'nothing is left pressed after an error'

mkfifo "$dir/idle"
rd-input -R 4 <>"$dir/idle" 4>"$dir/ready2" 2>"$dir/log" &
last=$!
pids="$pids $last"
until_true test -s "$dir/ready2"
kill "$xvfb"
wait "$last"
is $? 111 'the X server is gone'
has "$dir/log" 'lost the connection to display'
ok $? 'and that is said'
done_testing
