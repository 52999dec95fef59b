#!/bin/sh
# Whole sessions by rd-desktop: real X servers, sound, supervisord, viewers.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

tmp=$(mktemp -d)
export XDG_RUNTIME_DIR="$tmp"
unset DISPLAY XAUTHORITY PULSE_SERVER

# Processes of sessions: they have our scratch directory in the environment.
processes() {
	grep -lzxF "XDG_RUNTIME_DIR=$tmp" /proc/[0-9]*/environ 2>/dev/null |
		while read -r environ; do
			pid=${environ#/proc/}
			pid=${pid%/environ}
			# Sessions detach; what else this test runs does not.
			case $(ps -o sid= -p "$pid") in
			'' | "$ours") ;;
			*) echo "$pid" ;;
			esac
		done
}

gone() {
	[ -z "$(processes)" ]
}
ours=$(ps -o sid= -p $$)

cleanup() {
	for session in "$tmp"/rd/*/; do
		[ ! -e "$session" ] || rd-desktop stop "$(basename "$session")"
	done
	for pid in $(processes); do
		echo "# left: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		kill -9 "$pid"
	done
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

ctl() { # NAME COMMAND...
	session=$tmp/rd/$1
	shift
	supervisorctl -c "$session/supervisor.conf" "$@"
}

frame() { # NAME: is there a picture?
	[ "$(timeout 10 rd-encode -r -F h264 "$tmp/rd/$1/screen" |
		head -c 1 | wc -c)" = 1 ]
}

http_status() { # URL
	curl -so /dev/null -w '%{http_code}' "$1"
}

# ---- two at a time

rd-desktop start one >"$tmp/url1" &
DISPLAY_DPI=144 rd-desktop start -s 1000x700 two >"$tmp/url2"
ok $? 'start'
wait $!
ok $? 'start another one at the same time'
url1=$(cat "$tmp/url1") url2=$(cat "$tmp/url2")
case $url1 in
http://127.0.0.1:*/?token=*) ok 0 'start prints an address' ;;
*) ok 1 "start prints an address: '$url1'" ;;
esac
[ "${url1%%\?*}" != "${url2%%\?*}" ]
ok $? 'each has its own port'
! cmp -s "$tmp/rd/one/display" "$tmp/rd/two/display"
ok $? 'each has its own display'
is "$(rd-desktop list | cut -f 1 | tr '\n' ' ')" 'one two ' 'list shows both'
is "$(rd-desktop start one 2>/dev/null)" '' 'a name is taken once'
rd-desktop start one 2>/dev/null
is $? 1 'and the second start ends with 1'
is "$(stat -c %a "$tmp/rd/one")" 700 'the directory is private'

# ---- it is usable as soon as start returns

frame one
ok $? 'there is a picture'
until_true rd-desktop status one
ok $? 'all programs run'
is "$(http_status "${url1%%\?*}")" 401 'no token, no page'
is "$(http_status "$url1")" 303 'a token lets in'
is "$(http_status "$url1")" 403 'and only once'
is "$(http_status "$(rd-desktop url one)")" 303 'url prints another'

# ---- links for others

view=$(rd-desktop share view one 2>/dev/null)
control=$(rd-desktop share control -t 90m one 2>"$tmp/said")
is "$(http_status "$view")$(http_status "$view")" 303303 'a shared link lets in more than one'
id=$(sed -n "s/.*'rd-desktop revoke \([0-9a-f]*\) one'$/\1/p" "$tmp/said")
is "$(rd-desktop people one | cut -f 1-3 | grep "$id")" "$id	link	control" 'people lists it by its id'
lasts() { # FILE FROM TO
	set -- "$2" "$(($(cut -d ' ' -f 2 "$1") - $(date +%s)))" "$3"
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}
lasts "$tmp/rd/one/auth/links/$id"* 5300 5400
ok $? 'it is good as long as was said'
rd-desktop revoke "$id" one
ok $? 'revoke'
is "$(http_status "$control")" 403 'a revoked link lets nobody in'
rd-desktop revoke "$id" one 2>/dev/null
is $? 1 'an id that is not there'
is "$(http_status "$view")" 303 'the other one does'
rd-desktop share view -t 1s one >"$tmp/brief" 2>/dev/null
ended() {
	[ "$(http_status "$(cat "$tmp/brief")")" = 403 ]
}
until_true ended
ok $? 'a link ends by itself'
is "$(rd-desktop people one | cut -f 2 | grep -c link)" 1 'and is not listed'
rd-desktop revoke all one
is "$(find "$tmp/rd/one/auth" -type f)$(http_status "$view")" 403 'revoke all leaves nothing'

# ---- the display

# shellcheck source=/dev/null
(. "$tmp/rd/two/env" && xdpyinfo) >"$tmp/info"
ok $? 'the file env lets programs in'
is "$(awk '/dimensions:/ { print $2 }' "$tmp/info")" 1000x700 'of the wanted size'
is "$(awk '/resolution:/ { print $2 + 0 }' "$tmp/info")" 144 'and the wanted density'
! DISPLAY=:$(cat "$tmp/rd/two/display") xdpyinfo >/dev/null 2>&1
ok $? 'without the cookie nobody gets in'
# shellcheck source=/dev/null
is "$(. "$tmp/rd/two/env" && pactl get-default-sink)" desktop 'there is sound'

xauth -f "$tmp/rd/one/xauth" nlist | awk '{ print $NF }' >"$tmp/secret"
! cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' |
	grep -qFf "$tmp/secret"
ok $? 'the cookie is in nobody'\''s arguments or environment'

# ---- programs die

is_back() { # NAME PROGRAM OLDPID
	new=$(ctl "$1" pid "$2") && [ "$new" != "$3" ] && [ "$new" != 0 ]
}

number=$(cat "$tmp/rd/one/display")
for program in screen video sound audio input web pulse wm display; do
	old=$(ctl one pid $program)
	kill -9 "$old"
	until_true is_back one $program "$old" && until_true frame one
	ok $? "$program is back after kill -9, with a picture"
done
is "$(cat "$tmp/rd/one/display")" "$number" 'the display keeps its number'
until_true rd-desktop status one
ok $? 'and everything runs, terminal included'
until_true curl -sf -o /dev/null "$(rd-desktop url one)"
is "$(rd-desktop list | head -n 1 | cut -f 3)" "${url1%%\?*}" 'on the same port'

# ---- ends

keeper=$(cat "$tmp/rd/two/lock")
kill -9 "$(cat "$tmp/rd/two/supervisord.pid")"
until_true test ! -e "$tmp/rd/two"
ok $? 'a session whose supervisord was killed removes itself'
until_true test ! -e "/proc/$keeper"
rd-desktop status two 2>/dev/null
is $? 1 'it is not running any more'

number=$(cat "$tmp/rd/one/display")
rd-desktop stop one
ok $? 'stop'
until_true gone
is "$(processes)" '' 'no process is left'
[ ! -e "$tmp/rd" ]
ok $? 'no file is left'
[ ! -e "/tmp/.X11-unix/X$number" ] ||
	grep -q "/tmp/.X11-unix/X$number\$" /proc/net/unix
ok $? 'no X socket is left'
rd-desktop stop one 2>/dev/null
is $? 1 'stop again'

# As of an X server that was killed, and lets go of it only later.
number=$((20000 + $$ % 40000))
socket=/tmp/.X11-unix/X$number
mkdir -p "$tmp/dead"
echo "$number" >"$tmp/dead/display"
/usr/bin/python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print(flush=True)
time.sleep(0.2)' "$socket" >"$tmp/bound" &
until_true test -s "$tmp/bound"
sh -c '. scripts/desktop/sessions.sh; PATIENCE=1 remove "$1"' sh "$tmp/dead"
[ ! -e "$socket" ] && [ ! -e "$tmp/dead" ]
ok $? 'a socket that its server gives up late is removed as well'

# ---- the keeper is killed, as by a power failure

rd-desktop start >/dev/null
kill -9 "$(cat "$tmp/rd/desktop/lock")"
is "$(rd-desktop list)" '' 'a dead session is not listed'
[ ! -e "$tmp/rd" ]
ok $? 'but removed'
mkdir -m 700 "$tmp/rd" "$tmp/rd/desktop"
echo 1 >"$tmp/rd/desktop/lock"

# ---- another desktop, in the foreground

mkdir "$tmp/a b"
printf '#!/bin/sh\nxdpyinfo >"%s/seen"\n' "$tmp" >"$tmp/a b/x start"
chmod +x "$tmp/a b/x start"
mkfifo "$tmp/out"
# What a shell runs in the background ignores interrupts.
env --default-signal=INT setsid rd-desktop run -xstartup "$tmp/a b/x start" >"$tmp/out" &
keeper=$!
read -r url <"$tmp/out"
case $url in
http*) ok 0 'run takes a dead session over, and prints an address' ;;
*) ok 1 "run prints an address: '$url'" ;;
esac
until_true grep -q dimensions "$tmp/seen"
ok $? '-xstartup runs in the session'
has_ended() { # NAME PROGRAM
	ctl "$1" status "$2" | grep -q EXITED
}
until_true has_ended desktop xstartup
ok $? 'and is not called back when it ends by itself'
has_ended desktop xstartup || ctl desktop status | sed 's/^/# /'
port=${url##*:}
port=${port%%/*}
message=$(rd-desktop start -p "$port" other 2>&1)
is "$?$message" "111rd-desktop: fatal: port $port is in use: choose another with -p" \
	'a port in use is refused'
kill -INT "$keeper"
wait "$keeper"
ok $? 'an interrupt ends it'
[ ! -e "$tmp/rd" ]
ok $? 'and nothing is left'

# ---- one application

window_size() { # NAME
	xwininfo -name "$1" | awk '/Width:|Height:/ { print $2 }' | tr '\n' ' '
}
fills() { # NAME SIZE
	[ "$(window_size "$1")" = "$2" ]
}

# The new window manager has the key when it is up.
closed() {
	xdotool key alt+F4
	[ ! -e "$tmp/rd/pad/app" ]
}

# shellcheck disable=SC2016 # the script's own
printf '#!/bin/sh\necho oh dear >&2\nread -r status <"%s/answer"\nexit $status\n' \
	"$tmp" >"$tmp/a b/waiter"
chmod +x "$tmp/a b/waiter"
mkfifo "$tmp/answer"
rd-desktop run -s 800x600 -app xev pad >"$tmp/out" &
keeper=$!
read -r url <"$tmp/out"
# shellcheck source=/dev/null
. "$tmp/rd/pad/env"
until_true fills 'Event Tester' '800 600 '
ok $? 'an application fills the display'
xrandr --newmode 640x480 0 640 0 0 0 480 0 0 0 2>/dev/null
xrandr --addmode screen 640x480
xrandr -s 640x480
until_true fills 'Event Tester' '640 480 '
ok $? 'also when that changes its size'
xwininfo -name 'Event Tester' | grep -q 'Absolute upper-left.* 0$'
ok $? 'without a frame'
timeout 10 linkcat "$tmp/rd/pad/video" </dev/null >"$tmp/packets" &
until_true has "$tmp/packets" 'window iVBORw0KGgo[^ ]* Event Tester'
ok $? 'its title and icon are told'
old=$(ctl pad pid wm)
kill -9 "$old"
until_true is_back pad wm "$old"
until_true fills 'Event Tester' '640 480 '
ok $? 'it still fills it after the window manager died'
until_true closed
wait "$keeper"
is $? 0 'the session ends with its application'
unset DISPLAY XAUTHORITY PULSE_SERVER
until_true test ! -e "$tmp/rd"
ok $? 'and nothing is left'

rd-desktop start -app "$tmp/a b/waiter" pad >/dev/null
echo 0 >"$tmp/answer"
until_true test ! -e "$tmp/rd"
ok $? 'also in the background'
message=$(rd-desktop start -app "$tmp/a b/waiter" pad 2>&1 &
	echo 5 >"$tmp/answer"
	wait)
case $message in
*"waiter' ended with status 5: oh dear") ok 0 'one that fails is named' ;;
http*) ok 0 'one that fails is named # SKIP it was up before' ;;
*) ok 1 "one that fails is named: $message" ;;
esac
until_true test ! -e "$tmp/rd"
message=$(rd-desktop start -app xev -xstartup xev 2>&1)
is "$?$message" "100rd-desktop: fatal: option -app: choose this or -xstartup" \
	'an application is no desktop'
message=$(DISPLAY_DPI=x rd-desktop start 2>&1)
is "$?$message" "100rd-desktop: fatal: DISPLAY_DPI: 'x' is not a number such as 96" 'a bad density'

# ---- what does not work

mkdir "$tmp/fake" "$tmp/scripts" "$tmp/bin"
printf '#!/bin/sh\necho rd-web: fatal: out of luck >&2\nexit 111\n' >"$tmp/fake/rd-web"
chmod +x "$tmp/fake/rd-web"
cp -r scripts/desktop "$tmp/scripts"
sed 's/^PATIENCE=.*/PATIENCE=4/' scripts/rd-desktop >"$tmp/scripts/rd-desktop"
chmod +x "$tmp/scripts/rd-desktop"
message=$(PATH=$tmp/fake:$PATH "$tmp/scripts/rd-desktop" start 2>&1)
is "$?$message" "111rd-desktop: fatal: session 'desktop' does not come up: web: rd-web: fatal: out of luck" \
	'a tool that fails is named with its last words'
[ ! -e "$tmp/rd" ]
ok $? 'and nothing is left'
message=$(PATH=/bin:/usr/bin:$tmp/scripts; export PATH
	cd "$tmp/bin" && "$tmp/scripts/rd-desktop" start 2>&1)
case $message in
*"cannot find 'rd-capture'"*) ok 0 'a missing program is named' ;;
*) ok 1 "a missing program is named: $message" ;;
esac
event='processname:web groupname:web from_state:BACKOFF'
message=$(printf 'ver:3.0 eventname:PROCESS_STATE_FATAL len:%s\n%s' ${#event} "$event" |
	(mkdir "$tmp/log" && cd "$tmp" && echo last words >log/web.log &&
		rd-desktop _watch 2>&1 >/dev/null))
is "$message" "rd-desktop: error: 'web' fails again and again, given up: last words" \
	'a program that is given up is named'
done_testing
