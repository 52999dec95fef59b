# shellcheck shell=sh
# turn.sh - the TURN server by which viewers reach a session of rd-desktop:
# one elsewhere, as TURN_HOST and others say, or with -turn one of its own
#
# turn.servers has the lines that rd-rtc(1) reads.  With a server of the
# session's own they lack name and password: each viewer gets others, made of
# turn.secret.

MEDIA_PORTS=61000-61999 # where rd-rtc is, and our server relays to
RELAY_PORTS=62000-65535 # of our server; the system gives neither to others
NAME_S=3600             # how long a viewer's name begins connections

check_turn() {
	[ -z "$turn" ] || check_port 'option -turn' "$turn"
	[ -z "${TURN_PORT:-}" ] || check_port TURN_PORT "$TURN_PORT"
	case ${TURN_HOST:-} in
	*[!A-Za-z0-9.:-]*) die 100 "TURN_HOST: '$TURN_HOST' is not a name or an address" ;;
	esac
	case ${TURN_PROTOCOL:-udp} in
	udp | tcp | tls) ;;
	*) die 100 "TURN_PROTOCOL: '$TURN_PROTOCOL' is not udp, tcp or tls" ;;
	esac
	[ -n "$turn" ] || check_credentials
	[ "$turn${TURN_PROTOCOL:-}" != "${turn:-none}tls" ] ||
		die 100 "option -turn: it speaks no TLS, but TURN_PROTOCOL is tls"
}

check_credentials() {
	[ -z "${TURN_HOST:-}" ] || [ -n "${TURN_PASSWORD:-}" ] ||
		die 100 'TURN_PASSWORD: the server of TURN_HOST needs one'
	printf %s "${TURN_USERNAME:-}${TURN_PASSWORD:-}" | grep -q '[[:space:]]' ||
		return 0
	die 100 'TURN_USERNAME, TURN_PASSWORD: no blanks, please'
}

turn_port_is_taken() {
	port_is_taken "$turn" ||
		cat /proc/net/udp /proc/net/udp6 2>/dev/null |
		awk -v port=":$(printf %04X "$turn")$" '$2 ~ port' | grep -q .
}

# Nothing of it is for the programs of the session to see.
write_turn() {
	(
		umask 077
		[ -z "$turn" ] || new_secret >turn.secret
		turn_servers >turn.servers
	)
	unset TURN_HOST TURN_PORT TURN_PROTOCOL TURN_USERNAME TURN_PASSWORD
}

turn_servers() {
	if [ -n "$turn" ]; then
		server=${TURN_HOST:-$(own_addresses | head -n 1)} user=
	elif [ -n "${TURN_HOST:-}" ]; then
		server=$TURN_HOST user=" ${TURN_USERNAME:-turnuser} $TURN_PASSWORD"
	else
		return 0
	fi
	for protocol in ${TURN_PROTOCOL:-udp tcp}; do
		printf 'turn %s %s %s%s\n' "$server" "${TURN_PORT:-${turn:-3478}}" \
			"$protocol" "$user"
	done
}

# A line each, IPv4 first; without a network only this machine's loopback.
own_addresses() {
	found=$(hostname -I | tr ' ' '\n' | grep .) || found=127.0.0.1
	echo "$found" | grep -v : || :
	echo "$found" | grep : || :
}

turn_program() {
	[ -z "$turn" ] || program program:turn 25 "rd-desktop _turn $turn" \
		'autorestart=true
stopsignal=KILL' # by another it would wait for its clients
}

turn_is_up() {
	[ ! -e turn.secret ] || [ -e turn.stats ]
}

# Relays are at addresses where rd-rtc is too: what goes between them stays on
# this machine.
_turn() { # PORT
	v4='' v6=''
	set -- -l "$1"
	for address in $(own_addresses | head -n 64); do
		case $address in
		*:*)
			[ -n "$v6" ] || set -- "$@" -a "$address"
			v6=yes
			set -- "$@" -A "[$address]:$MEDIA_PORTS"
			;;
		*)
			[ -n "$v4" ] || set -- "$@" -a "$address"
			v4=yes
			set -- "$@" -A "$address:$MEDIA_PORTS"
			;;
		esac
	done
	exec setpriv --pdeathsig KILL rd-turn -R 4 "$@" -p "$RELAY_PORTS" \
		-s turn.secret -S turn.stats 4<>ready
}

# The command for one viewer by WebRTC.  What it is told of our server it
# tells nobody but the viewer.
rtc_viewer() { # PICTURES
	if [ ! -e turn.secret ]; then
		viewer 'rd-rtc -m mic -T turn.servers -t turn.servers' "$1"
		return
	fi
	echo "user=\$(rd-turn -g viewer-\$\$ -t $NAME_S -s turn.secret) || exit"
	viewer "rd-rtc -m mic -p $MEDIA_PORTS -T /dev/fd/3 3<<END" "$1"
	sed 's/$/ $user/' turn.servers
	echo END
}
