# shellcheck shell=sh
# shellcheck disable=SC2154 # rd_root and list are rd-instance's
# applications.sh - which applications an instance has: PORTAL_CONFIG as the
# platform means it, and what rd-portal(1) makes of it

DEFAULT='localhost:1111:11111:/:Instance Portal
localhost:6100:16100:/:Linux Desktop
localhost:6200:16100:/vnc/:Linux Desktop (VNC)
localhost:8080:18080:/:Jupyter
localhost:8080:8080:/terminals/1:Jupyter Terminal
localhost:8384:18384:/:Syncthing'

# The platform's own Jupyter is at 8080, when it has launched one; it takes the
# entries away when it has not, and ours comes back.
choose_applications() {
	: "${PORTAL_CONFIG:=$(printf %s "$DEFAULT" | tr '\n' '|')}"
	launch=$(cat "$rd_root/.launch" 2>/dev/null) || launch=none
	! is_true "${JUPYTER_OVERRIDE:-}" || launch=none
	case $launch in
	none)
		if ! is_mapped 8080; then
			without_jupyter
		elif ! printf %s "$PORTAL_CONFIG" | grep -qi jupyter &&
			! is_false "${FORCE_JUPYTER:-}"; then
			PORTAL_CONFIG="$PORTAL_CONFIG|localhost:8080:18080:/:Jupyter|localhost:8080:8080:/terminals/1:Jupyter Terminal"
		fi
		;;
	*[Jj]upyter*)
		PORTAL_CONFIG=$(printf %s "$PORTAL_CONFIG" |
			sed 's/localhost:8080:18080:/localhost:8080:8080:/g')
		;;
	*) without_jupyter ;;
	esac
	# The template had another server for VNC in the browser.
	PORTAL_CONFIG=$(printf %s "$PORTAL_CONFIG" | sed 's|:16200:/guacamole|:16100:/vnc/|')
	export PORTAL_CONFIG
}

without_jupyter() {
	PORTAL_CONFIG=$(printf %s "$PORTAL_CONFIG" | tr '|' '\n' | grep -vi jupyter | paste -sd '|')
}

is_true() { # VALUE
	case $1 in
	[Tt][Rr][Uu][Ee]) return 0 ;;
	esac
	return 1
}

is_false() { # VALUE
	case $1 in
	[Ff][Aa][Ll][Ss][Ee]) return 0 ;;
	esac
	return 1
}

# The public port of PORT: its own where no platform maps any.
mapped() { # PORT [udp]
	if [ "${2:-tcp}" = udp ]; then
		eval "value=\${VAST_UDP_PORT_$1:-}"
	else
		eval "value=\${VAST_TCP_PORT_$1:-}"
	fi
	# shellcheck disable=SC2154 # value is set by eval
	[ -n "$value" ] || env | grep -q '^VAST_\(TCP\|UDP\)_PORT_[0-9]*=.' || value=$1
	printf %s "$value"
}

is_mapped() { # PORT
	[ -n "$(mapped "$1")" ]
}

# The internal port of the first application behind the door of that name, or
# the usual one.
port_of() { # PATTERN PORT
	found=$(rd-portal -L -f "$list" 2>/dev/null | awk -F '\t' -v pattern="$1" \
		'$4 != "direct" && $4 != "alias" && tolower($7) ~ pattern { print $2; exit }')
	echo "${found:-$2}"
}

is_listed() { # PATTERN
	rd-portal -L -f "$list" 2>/dev/null | cut -f 7 | grep -Eqi -- "$1"
}
