# shellcheck shell=sh
# rdp.sh - how RDP clients reach a session of rd-desktop: with -rdp, at a TCP
# port, by a password of rdp.passwords.  All sessions of a user have the same
# certificate, which is made for the first of them: clients remember it.

check_rdp() {
	[ -n "$rdp" ] || return 0
	case $rdp in
	:* | *[!][A-Za-z0-9.:-]*) die 100 "option -rdp: '$rdp' is not [host:]port" ;;
	esac
	check_port 'option -rdp' "${rdp##*:}"
	[ -n "${RDP_PASSWORD:=${OPEN_BUTTON_TOKEN:-}}" ] ||
		die 100 'RDP_PASSWORD: option -rdp needs one'
	case $RDP_PASSWORD${RDP_VIEW_PASSWORD:-} in
	*"$NEWLINE"*) die 100 'RDP_PASSWORD, RDP_VIEW_PASSWORD: one line each, please' ;;
	esac
}

# Two sessions that start at once end up with the same.
make_certificate() {
	state=${XDG_STATE_HOME:-${HOME:-}/.local/state}/rd
	[ -s "$state/rdp.pem" ] || (
		umask 077
		mkdir -p "$state"
		openssl req -x509 -newkey rsa:2048 -nodes -days 3650 \
			-subj "/CN=$(uname -n)" -keyout rdp.key -out rdp.cert 2>log/rdp.log
		cat rdp.key rdp.cert >rdp.pem
		ln rdp.pem "$state/rdp.pem" 2>/dev/null ||
			cp -n rdp.pem "$state/rdp.pem"
		rm rdp.key rdp.cert rdp.pem
	)
	ln -s "$state/rdp.pem" rdp.pem
}

# Nothing of it is for the programs of the session to see.
write_rdp() {
	[ -z "$rdp" ] || (
		umask 077
		printf '%s\n' "$RDP_PASSWORD" "${RDP_VIEW_PASSWORD:-}" >rdp.passwords
		echo "$rdp" >rdp
		make_certificate
	)
	unset RDP_PASSWORD RDP_VIEW_PASSWORD
}

rdp_program() {
	[ -n "$rdp" ] || return 0
	program program:wide 21 'rd-encode -rw -l wide screen'
	program program:rdp 25 "rd-desktop _rdp $rdp"
}

rdp_is_up() {
	[ ! -s rdp ] || port_is_taken "$(sed 's/.*://' rdp)"
}

_rdp() { # [HOST:]PORT
	exec rd-rdp -R 4 -e input -H wide -s sound -p rdp.passwords \
		-c rdp.pem -k rdp.pem -l "$1" screen 4<>ready
}

rdp_fingerprint() { # DIR
	openssl x509 -in "$1/rdp.pem" -noout -fingerprint -sha256 | sed 's/.*=//'
}
