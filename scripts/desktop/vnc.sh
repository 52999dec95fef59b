# shellcheck shell=sh
# vnc.sh - how VNC clients reach a session of rd-desktop: always by the socket
# vnc, where its own user needs no password; with -vnc at a TCP port too, by
# one of those in vnc.passwords; and in a browser, by noVNC

NOVNC=/usr/share/novnc

check_vnc() {
	[ -n "$vnc" ] || return 0
	case $vnc in
	:* | *[!][A-Za-z0-9.:-]*) die 100 "option -vnc: '$vnc' is not [host:]port" ;;
	esac
	check_port 'option -vnc' "${vnc##*:}"
	[ -n "${VNC_PASSWORD:=${OPEN_BUTTON_TOKEN:-}}" ] ||
		die 100 'VNC_PASSWORD: option -vnc needs one'
	case $VNC_PASSWORD${VNC_VIEW_PASSWORD:-} in
	*"$NEWLINE"*) die 100 'VNC_PASSWORD, VNC_VIEW_PASSWORD: one line each, please' ;;
	esac
}

# Nothing of it is for the programs of the session to see.
write_vnc() {
	[ -z "$vnc" ] || (
		umask 077
		printf '%s\n' "$VNC_PASSWORD" "${VNC_VIEW_PASSWORD:-}" >vnc.passwords
	)
	unset VNC_PASSWORD VNC_VIEW_PASSWORD
}

vnc_is_up() {
	[ -S vnc ]
}

_vnc() { # [[HOST:]PORT]
	exec rd-vnc -R 4 -e input -H video -s sound -n "${PWD##*/}" -l ./vnc \
		${1:+-p vnc.passwords -l "$1"} screen 4<>ready
}

# The command for one viewer in a browser, whose role rd-web says.
vnc_viewer() {
	cat <<-END
	case \$RD_ROLE in
	control) set -- -e input ;;
	*) set -- -V ;;
	esac
	exec rd-vnc -i "\$@" -H video -n '${PWD##*/}' screen
	END
}
