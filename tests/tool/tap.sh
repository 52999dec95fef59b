# shellcheck shell=sh
# tap.sh - what tool tests share: the Test Anything Protocol, waiting

count=0

ok() { # STATUS NAME
	count=$((count + 1))
	[ "$1" -eq 0 ] || printf 'not '
	printf 'ok %s - %s\n' "$count" "$2"
}

is() { # GOT WANT NAME
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf 'got:\n%s\nwant:\n%s\n' "$1" "$2" | sed 's/^/# /'
}

done_testing() {
	echo "1..$count"
}

until_true() { # COMMAND...: until it succeeds, at most 15 s
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 750 ] || return 1
		sleep 0.02
	done
}

has() { # FILE TEXT
	grep -aq -- "$2" "$1" 2>/dev/null
}

fails() { # STATUS TEXT NAME COMMAND...: it ends so, with one line of TEXT
	want=$1
	text=$2
	name=$3
	shift 3
	timeout 10 "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	[ $status -eq "$want" ] && has "$dir/err" "$text" &&
		[ "$(wc -l <"$dir/err")" -eq 1 ]
	ok $? "$name"
	[ $status -eq "$want" ] || sed "s/^/# $status: /" "$dir/err"
}

# An X server of its own for the test that has set $dir and kills $pids.
start_x() { # WIDTHxHEIGHT [OPTION...]
	rm -f "${dir:?}/number"
	size=$1
	shift
	Xvfb -displayfd 3 -screen 0 "${size}x24" -noreset -nocursor "$@" \
		3>"${dir:?}/number" 2>"$dir/x.log" &
	xvfb=$!
	pids="${pids:-} $xvfb"
	until_true test -s "${dir:?}/number" || exit 111
	DISPLAY=:$(cat "${dir:?}/number")
	export DISPLAY
}
