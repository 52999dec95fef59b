# shellcheck shell=sh
# keeper.sh - the process that keeps a session of rd-desktop

keep() { # run | start
	supervisor='' waiter=''
	trap leave EXIT
	trap : PIPE # let a failing write end us by way of leave
	trap told_to_end INT TERM HUP
	cd "$dir"
	write_files
	export_environment
	if [ "$1" = run ]; then
		exec 3>&2
	else
		exec 3>log/session.log
	fi
	start_supervisor
	wait_usable
	new_url tokens control
	[ "$1" = run ] || exec </dev/null >&3 2>&3
	wait "$supervisor" || :
	die 111 "session '$name' has ended: $(last_words supervisord)"
}

# By a signal; the application's end sends one too.
told_to_end() {
	[ -s ended ] || exit 0
	read -r status <ended
	[ "$status" != 0 ] || [ -n "$waiter" ] || exit 0
	die 111 "'$app' ended with status $status: $(grep -v "^$ENDED\$" log/app.log | tail -n 1)"
}

export_environment() {
	unset DISPLAY WAYLAND_DISPLAY SESSION_MANAGER DBUS_SESSION_BUS_ADDRESS
	export XAUTHORITY="$dir/xauth" PULSE_SERVER="unix:$dir/pulse/native"
	# Without a locale xterm takes no UTF-8.
	[ -n "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ] || export LANG=C.UTF-8
}

# The gate stays shut (fd 8) until the first X server is up.  The pipe ready
# (fd 7) ends when supervisord does, which keeps fd 4 open.
start_supervisor() {
	# shellcheck disable=SC2094 # both ends of one pipe
	exec 5<>ready 7<ready 8>gate
	flock 8
	setpriv --pdeathsig KILL \
		flock -sF supervisor.conf supervisord -c supervisor.conf \
		</dev/null >&3 2>&3 4>ready 3>&- 5>&- 7<&- 8>&- 9<&- &
	supervisor=$!
	setpriv --pdeathsig TERM python3 -SE "$data/wake.py" supervisor.sock \
		</dev/null >/dev/null 2>&1 3>&- 5>&- 7<&- 8>&- 9<&- &
	exec 5>&-
}

wait_usable() {
	timeout "$PATIENCE" rd-desktop _usable <&7 7<&- 9<&- &
	waiter=$!
	exec 7<&- 8>&-
	wait "$waiter" || {
		part=display
		[ ! -s display ] || part=web
		[ ! -s display ] || [ ! -s url ] || part=screen
		turn_is_up || part=turn
		rdp_is_up || part=rdp
		vnc_is_up || part=vnc
		die 111 "session '$name' does not come up: $part: $(last_words "$part")"
	}
	waiter=''
}

# supervisord alone would end one program per second.
end_all() {
	pids=$(cat "/proc/$supervisor/task/$supervisor/children" 2>/dev/null) || :
	# shellcheck disable=SC2086 # numbers
	kill "$supervisor" $waiter $pids 2>/dev/null || :
	# shellcheck disable=SC2086
	flock -w 10 alive true || kill -KILL $pids
	kill -KILL "$supervisor" 2>/dev/null || :
}

leave() {
	status=$?
	trap '' INT TERM HUP
	[ -z "$supervisor" ] || end_all
	cd /
	lock_root
	remove "$dir"
	rmdir "$root" 2>/dev/null || :
	exit "$status"
}

new_secret() {
	od -An -N 32 -tx1 /dev/urandom | tr -d ' \n'
}

# Print an address whose secret lets in as the line says: see rd-web(1).
new_url() { # tokens | links, LINE
	[ ! -e "$dir/open" ] || {
		cat "$dir/url"
		return
	}
	secret=$(new_secret)
	hash=$(printf %s "$secret" | sha256sum)
	hash=${hash%% *}
	echo "$2" >"$dir/auth/$hash"
	mv "$dir/auth/$hash" "$dir/auth/$1/$hash"
	printf '%s?token=%s\n' "$(cat "$dir/url")" "$secret"
}
