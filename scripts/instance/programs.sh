# shellcheck shell=sh
# shellcheck disable=SC2154 # rd_root, rd_data, run, logs are rd-instance's
# programs.sh - what supervisord runs: a file for each program, which calls us
# back for the environment of now

write_programs() {
	rm -rf conf.d log ready.*
	mkfifo ready.portal ready.edge ready.desktop
	mkdir -p conf.d log "$rd_root/var/run" "$rd_root/etc/supervisor/conf.d"
	: >alive
	supervisor_config >supervisor.conf
	# By the names that the template's scripts know.
	program instance_portal
	program caddy
	program provisioner
	program desktop 'flock -sF alive' # rd-desktop takes the first one's descriptor
	! installed jupyter "$JUPYTER_BIN" || program jupyter
	! installed syncthing syncthing || program syncthing '' 5 # it waits for relays, for nothing
	tunnel_programs
}

installed() { # NAME PROGRAM
	command -v "$2" >/dev/null || {
		say "'$1' is left out: '$2' is not installed"
		return 1
	}
}

supervisor_config() {
	cat <<-END
	[supervisord]
	nodaemon=true
	silent=true
	logfile=$run/log/supervisord.log
	logfile_maxbytes=1MB
	logfile_backups=1
	pidfile=$run/supervisord.pid
	childlogdir=$logs
	minfds=256
	END
	[ "$(id -u)" != 0 ] || echo user=root
	cat <<-END
	[unix_http_server]
	file=$rd_root/var/run/supervisor.sock
	chmod=0700
	[rpcinterface:supervisor]
	supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
	[supervisorctl]
	serverurl=unix://$rd_root/var/run/supervisor.sock
	[include]
	files=$run/conf.d/*.conf $rd_root/etc/supervisor/conf.d/*.conf
	END
}

# One that ends within two seconds has not started: it is tried again, later
# each time, and given up after ten times.
program() { # NAME [PREFIX [SECONDS to end]]
	cat >"conf.d/$1.conf" <<-END
	[program:$1]
	command=env --default-signal setpriv --pdeathsig TERM flock -sF alive ${2:-} rd-instance _service "$rd_root" $1
	directory=$run
	stdout_logfile=$(log_of "$1")
	stdout_logfile_maxbytes=5MB
	stdout_logfile_backups=1
	redirect_stderr=true
	autorestart=unexpected
	exitcodes=0
	startsecs=2
	startretries=10
	stopasgroup=true
	killasgroup=true
	stopwaitsecs=${3:-$ENDING}
	END
}

log_of() { # NAME
	case $1,${PROVISIONER_LOG_FILE:-} in
	provisioner,) echo "$logs/provisioning.log" ;;
	provisioner,*) printf '%s\n' "$PROVISIONER_LOG_FILE" | sed 's/%/%%/g' ;;
	*) echo "$logs/$1.log" ;;
	esac
}

_service() { # NAME
	load_environment
	rm -f "$rd_root/tmp/supervisor-skip/$1"
	case $1 in
	tunnel_[0-9]*) service_tunnel "${1#tunnel_}" ;;
	*) "service_$1" ;;
	esac
}

# Not now, and why: supervisord takes an end for a good one after two seconds.
skip() { # NAME REASON
	echo "Skipping $1 startup ($2)"
	mkdir -p "$rd_root/tmp/supervisor-skip"
	chmod 1777 "$rd_root/tmp/supervisor-skip" 2>/dev/null || :
	printf %s "$2" >"$rd_root/tmp/supervisor-skip/$1"
	sleep 3
	exit 0
}

not_serverless() { # NAME
	! is_true "${SERVERLESS:-}" || skip "$1" 'SERVERLESS is true'
}

listed() { # NAME PATTERN
	not_serverless "$1"
	is_listed "$2" || skip "$1" "not in $list"
}

# The desktop's own user, where there is one and we may.
has_user() {
	[ "$(id -u)" = 0 ] && id user >/dev/null 2>&1
}

as_user() { # COMMAND...
	if has_user; then
		entry=$(getent passwd user)
		HOME=$(echo "$entry" | cut -d : -f 6) SHELL=$(echo "$entry" | cut -d : -f 7)
		USER=user LOGNAME=user
		export HOME SHELL USER LOGNAME
		set -- setpriv --reuid user --regid "$(id -g user)" --init-groups \
			setpriv --pdeathsig TERM "$@"
	fi
	exec "$@"
}

# What as_user becomes may write there.
give_user() { # FILE...
	! has_user || chown -R user -- "$@"
}

user_dir() {
	uid=$(id -u)
	! has_user || uid=$(id -u user)
	XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$rd_root/run/user/$uid}
	export XDG_RUNTIME_DIR
	mkdir -p "$XDG_RUNTIME_DIR"
	chmod 700 "$XDG_RUNTIME_DIR"
	! has_user || chown user "$XDG_RUNTIME_DIR"
}

service_instance_portal() {
	not_serverless instance_portal
	(umask 077 && mkdir -p "$rd_root/var/lib/rd-portal")
	exec rd-portal -l "$(port_of '^instance portal$' 11111)" -f "$list" -w "$rd_page" \
		-a "$rd_root/var/lib/rd-portal" -d "$logs" \
		-s "$rd_root/var/run/supervisor.sock" -t "$rd_root/run/rd-tunnel" \
		-R 4 4<>"$run/ready.portal"
}

service_caddy() {
	not_serverless caddy
	set -- -d "$rd_root/var/lib/rd-edge" -f "$list" -a "$(port_of '^instance portal$' 11111)"
	if [ -n "${RD_TLS_NAME:-}" ]; then
		set -- "$@" -n "$RD_TLS_NAME"
	elif [ -n "${RD_TLS_CERT:-}" ]; then
		set -- "$@" -c "$RD_TLS_CERT" -k "${RD_TLS_KEY:-}"
	elif [ -s "$rd_root/etc/instance.crt" ]; then
		set -- "$@" -c "$rd_root/etc/instance.crt" -k "$rd_root/etc/instance.key"
	fi
	exec rd-edge run "$@" -R 4 4<>"$run/ready.edge"
}

service_desktop() {
	user_dir
	set -- -open -p "$(port_of '(desktop|selkies)' 16100)" -s "${DISPLAY_SIZEW}x$DISPLAY_SIZEH"
	! desktop_program >/dev/null || set -- "$@" -xstartup "$(desktop_program)"
	[ -z "$(mapped 5900)" ] || set -- "$@" -vnc 5900
	number=$(display_number)
	[ -z "$number" ] || set -- "$@" -display "$number"
	own_turn && set -- "$@" -turn "$TURN_PORT"
	# It says its address when there is a picture.
	as_user rd-desktop run "$@" 1<>"$run/ready.desktop"
}

# As DISPLAY says, unless that is another's: then there is a free one.  A list
# of sessions clears away those that are dead.
display_number() {
	(as_user rd-desktop list) >/dev/null 2>&1 || :
	number=${DISPLAY#:}
	number=${number%%.*}
	case $number in
	'' | *[!0-9]* | ?????*) say "warning: DISPLAY: '$DISPLAY' is no display such as :20" ;;
	*)
		if [ ! -e "/tmp/.X11-unix/X$number" ]; then
			echo "$number"
		else
			say "warning: display :$number is another's: a free one is taken"
		fi
		;;
	esac
}

desktop_program() {
	if [ -n "${RD_XSTARTUP:-}" ]; then
		echo "$RD_XSTARTUP"
	else
		command -v startplasma-x11 >/dev/null || command -v startxfce4 >/dev/null || return 1
		echo "$rd_data/xstartup"
	fi
}

# A TURN server of our own, unless another is named: at a port that is the
# same outside, or where there is no platform, 3478.
own_turn() {
	: "${TURN_HOST:=${SELKIES_TURN_HOST:-${TURN_SERVER:-}}}"
	: "${TURN_PORT:=${SELKIES_TURN_PORT:-}}" "${TURN_PROTOCOL:=${SELKIES_TURN_PROTOCOL:-}}"
	: "${TURN_USERNAME:=${SELKIES_TURN_USERNAME:-turnuser}}"
	: "${TURN_PASSWORD:=${SELKIES_TURN_PASSWORD:-${OPEN_BUTTON_TOKEN:-}}}"
	export TURN_HOST TURN_PORT TURN_PROTOCOL TURN_USERNAME TURN_PASSWORD
	[ -z "$TURN_HOST" ] || return 1
	udp=$(mapped 73478 udp) tcp=$(mapped 73478)
	udp=${udp:-$(mapped 73479 udp)}
	case $udp in
	73478) : "${TURN_PORT:=3478}" ;;
	'') : "${TURN_PORT:=$tcp}" "${TURN_PROTOCOL:=tcp}" ;;
	*) : "${TURN_PORT:=$udp}" "${TURN_PROTOCOL:=udp}" ;;
	esac
	TURN_HOST=${PUBLIC_IPADDR:-}
	[ -n "$TURN_PORT" ]
}

# ---- tunnels, where they are asked for: see rd-tunnel(1)

tunnel_programs() {
	[ -z "${CF_TUNNEL_TOKEN:-}" ] || program tunnel_manager
	case ${RD_TUNNELS:-} in
	'') return 0 ;;
	cloudflared | ssh) ;;
	*)
		say "warning: RD_TUNNELS: '$RD_TUNNELS' is neither cloudflared nor ssh"
		return 0
		;;
	esac
	for port in $(rd-portal -L -f "$list" | awk -F '\t' '$4 == "edge" { print $1 }'); do
		program "tunnel_$port"
	done
}

service_tunnel_manager() {
	not_serverless tunnel_manager
	exec rd-tunnel run -d "$rd_root/run/rd-tunnel" named
}

service_tunnel() { # PORT
	not_serverless "tunnel_$1"
	scheme=http
	! is_true "${ENABLE_HTTPS:-}" || scheme=https
	exec rd-tunnel run -b "$RD_TUNNELS" -d "$rd_root/run/rd-tunnel" "$scheme://localhost:$1"
}
