# shellcheck shell=sh
# options.sh - what sessions of rd-desktop are started with

set_options() {
	app='' clipboard=both display='' files='' open='' rdp='' size=$SIZE port='' turn='' vnc='' xstartup=''
	while [ $# -gt 0 ]; do
		case $1 in
		--rdp | --rdp=*)
			rdp=${1#--rdp}
			rdp=${rdp#=}
			rdp=${rdp:-$RDP_PORT}
			shift
			continue
			;;
		--vnc | --vnc=*)
			vnc=${1#--vnc}
			vnc=${vnc#=}
			vnc=${vnc:-$VNC_PORT}
			shift
			continue
			;;
		-app | -clipboard | -display | -files | -p | -rdp | -s | -turn | -vnc | -xstartup)
			[ $# -gt 1 ] || die 100 "option $1 needs an operand (see rd-desktop -h)"
			;;
		esac
		case $1 in
		-open)
			open=yes
			shift
			continue
			;;
		-app) app=$2 ;;
		-clipboard) clipboard=$2 ;;
		-display) display=$2 ;;
		-files) files=$2 ;;
		-p) port=$2 ;;
		-rdp) rdp=$2 ;;
		-s) size=$2 ;;
		-turn) turn=$2 ;;
		-vnc) vnc=$2 ;;
		-xstartup) xstartup=$2 ;;
		-*) die 100 "unknown option $1 (see rd-desktop -h)" ;;
		*) break ;;
		esac
		shift 2
	done
	set_name "$@"
	check_options
}

check_options() {
	echo "$clipboard" | grep -Eqx '(none|in|out|both)(:[0-9]{1,7})?' ||
		die 100 "option -clipboard: '$clipboard' is not none, in, out or both"
	[ -z "$display" ] || echo "$display" | grep -Eqx '0|[1-9][0-9]{0,3}' ||
		die 100 "option -display: '$display' is not a number such as 1"
	[ -z "$port" ] || check_port 'option -p' "$port"
	echo "$size" | grep -Eqx '[1-9][0-9]{1,4}x[1-9][0-9]{1,4}' ||
		die 100 "option -s: '$size' is not a size such as $SIZE"
	echo "${DISPLAY_DPI:-96}" | grep -Eqx '[1-9][0-9]{1,2}' ||
		die 100 "DISPLAY_DPI: '$DISPLAY_DPI' is not a number such as 96"
	check_files
	check_turn
	check_rdp
	check_vnc
	[ -z "$app" ] || [ -z "$xstartup" ] ||
		die 100 "option -app: choose this or -xstartup"
	[ -z "$app" ] || app=$(program_path -app "$app")
	[ -z "$xstartup" ] || xstartup=$(program_path -xstartup "$xstartup")
}

check_port() { # WHERE PORT
	case $2 in
	'' | *[!0-9]* | 0* | ??????*) die 100 "$1: '$2' is not a port" ;;
	esac
	[ "$2" -lt 65536 ] || die 100 "$1: '$2' is not a port"
}

program_path() { # OPTION PROGRAM
	found=$(command -v -- "$2") || found=''
	[ -x "$found" ] || die 100 "option $1: '$2' is not a program"
	realpath -s -- "$found"
}

# Where files are put and fetched: the user's folder for downloads, if need be
# a new one.
check_files() {
	[ "$files" != none ] || return 0
	if [ -n "$files" ]; then
		[ -d "$files" ] || die 100 "option -files: '$files' is not a folder"
		[ -w "$files" ] || die 100 "option -files: '$files' cannot be written to"
		files=$(realpath -- "$files")
		return
	fi
	files=$(xdg-user-dir DOWNLOAD 2>/dev/null) || files=''
	case $files in
	"${HOME:-/}" | "${HOME:-/}/" | '') files=${HOME:-/nonexistent}/Downloads ;;
	esac
	mkdir -p "$files" 2>/dev/null && [ -w "$files" ] || files=none
}

need() { # PROGRAM...
	for program; do
		command -v "$program" >/dev/null ||
			die 111 "cannot find '$program': install it ('make deps' does)"
	done
}

port_is_taken() { # PORT
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		awk -v port=":$(printf %04X "$1")$" '$2 ~ port && $4 == "0A"' |
		grep -q .
}

# By a server of this machine, by its name in the file system or beside it.
display_is_taken() { # NUMBER
	[ -e "/tmp/.X11-unix/X$1" ] ||
		grep -q "@/tmp/.X11-unix/X$1\$" /proc/net/unix
}
