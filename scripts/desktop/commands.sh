# shellcheck shell=sh
# commands.sh - what rd-desktop is told to do

prepare() {
	set_options "$@"
	need Xvfb xauth xsetroot xrdb pulseaudio supervisord icewm openbox xterm \
		rd-capture rd-encode rd-input rd-rtc rd-sound rd-stream rd-turn \
		rd-vnc rd-web ${rdp:+rd-rdp openssl}
	expect_free
	[ -z "$display" ] || ! display_is_taken "$display" ||
		die 111 "display :$display is in use: choose another with -display"
	[ -z "$port" ] || ! port_is_taken "$port" ||
		die 111 "port $port is in use: choose another with -p"
	[ -z "$turn" ] || ! turn_port_is_taken ||
		die 111 "port $turn is in use: choose another with -turn"
	[ -z "$rdp" ] || ! port_is_taken "${rdp##*:}" ||
		die 111 "port ${rdp##*:} is in use: choose another with -rdp"
	[ -z "$vnc" ] || ! port_is_taken "${vnc##*:}" ||
		die 111 "port ${vnc##*:} is in use: choose another with -vnc"
}

run() {
	prepare "$@"
	claim
	keep run
}

start() {
	prepare "$@"
	url=$(setsid -f rd-desktop _start "$@")
	[ -n "$url" ] || exit 111 # and the keeper said why
	printf '%s\n' "$url"
	[ -z "$rdp" ] ||
		say "the certificate at the port of -rdp: $(rdp_fingerprint "$root/$name")"
}

_start() {
	find_root
	prepare "$@"
	claim
	keep start
}

list() {
	[ $# -eq 0 ] || die 100 "too many operands (see rd-desktop -h)"
	[ -d "$root" ] || return 0
	lock_root
	for dir in "$root"/*/; do
		dir=${dir%/}
		if is_running "$dir"; then
			describe
		else
			remove "$dir"
		fi
	done
	rmdir "$root" 2>/dev/null || :
}

describe() {
	number=$(cat "$dir/display" 2>/dev/null) || :
	address=$(cat "$dir/url" 2>/dev/null) || :
	printf '%s\t%s\t%s\n' "${dir##*/}" "${number:+:$number}" "$address"
}

status() {
	set_name "$@"
	expect_running
	describe
	way=/dev/uinput
	[ ! -d "$dir/gamepads" ] || way=rd-gamepad.so
	printf 'gamepads\t%s\n' "$way"
	[ ! -s "$dir/rdp" ] ||
		printf 'rdp\t%s\t%s\n' "$(cat "$dir/rdp")" "$(rdp_fingerprint "$dir")"
	sed -n 's/^command=.* _vnc \(.\)/vnc\t\1/p' "$dir/supervisor.conf"
	supervisorctl -c "$dir/supervisor.conf" status
}

expect_up() {
	expect_running
	[ -s "$dir/url" ] || die 111 "session '$name' is not up yet"
}

url() {
	set_name "$@"
	expect_up
	new_url tokens control
}

share() {
	role=${1:-} lifetime=$SHARED
	case $role in
	view | control) shift ;;
	*) die 100 "share: '$role' is neither view nor control" ;;
	esac
	if [ "${1:-}" = -t ]; then
		[ $# -gt 1 ] || die 100 "option -t needs an operand (see rd-desktop -h)"
		lifetime=$2
		shift 2
	fi
	set_name "$@"
	set_until "$lifetime"
	expect_up
	new_url links "$role $until"
	say "it lets in until $(moment "$until"), or until 'rd-desktop revoke $(id_of "$hash")${1:+ $1}'"
}

set_until() { # TIME
	case $1 in
	*s) unit=1 ;;
	*m) unit=60 ;;
	*h) unit=3600 ;;
	*d) unit=86400 ;;
	*) unit='' ;;
	esac
	case ${1%?} in
	'' | *[!0-9]* | 0* | ?????*) unit='' ;;
	esac
	[ -n "$unit" ] || die 100 "option -t: '$1' is not a time such as 90m, 2h or 7d"
	until=$(($(date +%s) + ${1%?} * unit))
}

moment() { # SECONDS
	date -d "@$1" '+%F %H:%M'
}

id_of() { # HASH
	printf %.8s "$1"
}

people() {
	set_name "$@"
	expect_running
	for file in "$dir"/auth/links/*; do
		read -r role until 2>/dev/null <"$file" || continue
		[ "$(date +%s)" -ge "$until" ] ||
			printf '%s\tlink\t%s\tuntil %s\n' "$(id_of "${file##*/}")" \
				"$role" "$(moment "$until")"
	done
	while read -r _ _ role state id who; do
		printf '%s\tperson\t%s\t%s\t%s\n' "$id" "$role" "$state" "$who"
	done <"$dir/people"
}

# rd-web closes at once what came by a file that is removed.
revoke() { # ID: how the names of the files begin
	id=${1:-}
	[ $# -eq 0 ] || shift
	echo "$id" | grep -Eqx 'all|[0-9a-f]{8}' ||
		die 100 "revoke: say all, or an id that 'rd-desktop people' shows"
	set_name "$@"
	expect_running
	[ "$id" != all ] || id=''
	set -- "$dir"/auth/*/"$id"*
	[ -z "$id" ] || [ -e "$1" ] || {
		say "no link or person '$id'"
		exit 1
	}
	rm -f "$@"
}

stop() {
	set_name "$@"
	expect_running
	exec 9<"$dir/lock"
	read -r keeper <&9
	kill "$keeper"
	flock -w "$PATIENCE" 9 ||
		die 111 "session '$name' does not end (process $keeper)"
}
