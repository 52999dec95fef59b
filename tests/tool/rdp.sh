# shellcheck shell=sh
# rdp.sh - rd-rdp and the client of FreeRDP, for tests; what is theirs is in $dir
command -v rd-rdp >/dev/null || {
	echo '1..0 # SKIP built without FreeRDP 2'
	exit
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/rd-rdp.XXXXXX")
pids=
trap 'kill -9 $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 111' HUP INT TERM
umask 077
export HOME="$dir" # where xfreerdp keeps what it knows of servers

credentials() { # a certificate and two passwords
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
		-keyout "$dir/key" -out "$dir/cert" 2>"$dir/out"
	printf 'wonder42\nlooking2\n' >"$dir/password"
}

free_port() {
	/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Ready when this returns.
start() { # OPTION...
	port=$(free_port)
	mkfifo "$dir/ready"
	rd-rdp -v -R 3 -c "$dir/cert" -k "$dir/key" -p "$dir/password" \
		-e "$dir/input" -l "127.0.0.1:$port" "$@" "$dir/screen" \
		3>"$dir/ready" 2>>"$dir/log" &
	rdp=$!
	pids="$pids $rdp"
	read -r _ <"$dir/ready"
	rm "$dir/ready"
}

connect() { # PASSWORD OPTION...: the shell becomes it
	password=$1
	shift
	exec timeout 60 xfreerdp "/v:127.0.0.1:$port" /u:me "/p:$password" \
		/cert:ignore /log-level:WARN "$@" >"$dir/viewer.log" 2>&1
}
