# shellcheck shell=sh
# sessions.sh - where sessions of rd-desktop are: this user's in $root, the one that is
# meant in $dir

find_root() {
	base=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
	case $base in
	*' '*) base= ;; # libpulse splits PULSE_SERVER at blanks
	esac
	if [ -O "$base" ] && [ -w "$base" ]; then
		root=$base/rd
	else
		root=/tmp/rd-$(id -u)
	fi
	[ ! -e "$root" ] || check_root
}

check_root() {
	if [ -L "$root" ] || [ ! -d "$root" ] || [ ! -O "$root" ] ||
		[ "$(stat -c %a "$root")" != 700 ]; then
		die 111 "'$root' is not a directory of yours with mode 700"
	fi
}

set_name() {
	[ $# -le 1 ] || die 100 "too many operands (see rd-desktop -h)"
	name=${1:-desktop}
	case $name in
	*[!A-Za-z0-9_.-]* | .* | -* | ?????????????????????????????????*)
		die 100 "'$name' is no session name: at most 32 of A-Z a-z 0-9 _ . -"
		;;
	esac
	dir=$root/$name
}

is_running() { # DIR
	! flock -sn "$1/lock" true 2>/dev/null && [ -e "$1/lock" ]
}

expect_running() {
	is_running "$dir" || {
		say "no session '$name' is running"
		exit 1
	}
}

expect_free() {
	! is_running "$dir" || {
		say "session '$name' is running already ('rd-desktop url $name' prints a new address)"
		exit 1
	}
}

# Held (fd 6) while sessions are made or removed.
lock_root() {
	mkdir -m 700 "$root" 2>/dev/null || [ -d "$root" ] || return
	check_root
	{ command exec 6<"$root"; } 2>/dev/null && flock 6
}

# Make $dir, or take it over from a dead session, and hold its lock.
claim() {
	tries=0
	# The last session may take $root along just when we come.
	until lock_root && expect_free && remove "$dir" &&
		mkdir -m 700 "$dir" 2>/dev/null; do
		[ $((tries += 1)) -lt 3 ] || die 111 "cannot make '$dir'"
	done
	echo $$ >"$dir/lock"
	exec 9<"$dir/lock"
	flock 9
	exec 6<&-
}

# Also waits for what a killed keeper or supervisord has left: the latter
# would remove the socket of its successor.
remove() { # DIR
	for held in "$1/supervisor.conf" "$1/alive"; do
		[ ! -e "$held" ] || flock -w "$PATIENCE" "$held" true || :
	done
	[ ! -s "$1/display" ] || remove_socket "/tmp/.X11-unix/X$(cat "$1/display")"
	rm -rf "$1"
}

# Of an X server that was killed.  It lets go of its files one after the other,
# and of this one later than of "alive"; who has it still is another.
remove_socket() { # PATH
	tries=0
	while grep -q " $1\$" /proc/net/unix; do
		[ $((tries += 1)) -lt 50 ] || return 0
		sleep 0.02
	done
	rm -f "$1"
}
