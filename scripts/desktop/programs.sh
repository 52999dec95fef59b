# shellcheck shell=sh
# programs.sh - what supervisord runs, in the directory of a session of rd-desktop

# Become the X server.  Its number stays the same when it is started again.
_display() { # SIZE [NUMBER]
	number=${2:+:$2}
	if [ -s display ]; then
		number=:$(cat display)
		exec 8>gate
		flock 8
	fi
	rm -f displayfd
	mkfifo displayfd
	(display_ready "$1" <displayfd &)
	# No -nolisten local: under -displayfd servers know by their abstract
	# sockets which numbers are taken.
	exec Xvfb ${number:+"$number"} -screen 0 "$(space "$1")x24" -dpi "${DISPLAY_DPI:-96}" -s 0 -noreset \
		-nocursor -nolisten tcp -auth xauth -displayfd 4 4>displayfd 8>&-
}

space() { # SIZE
	echo "$1x$SPACE" | awk -F x '{ print ($1 > $3 ? $1 : $3) "x" ($2 > $4 ? $2 : $4) }'
}

# Dress the display, then open the gate: fd 8, or the keeper's.
display_ready() { # SIZE
	read -r number || exit 1
	export DISPLAY=":$number"
	[ -e xstartup ] || {
		xsetroot -solid '#28323c'
		xrdb -nocpp -load "$data/Xresources"
	}
	# The pointer is where the middle was: out of what is left.
	printf 'size %d %d %d\nmotion %d %d\n' "${1%x*}" "${1#*x}" \
		"${DISPLAY_DPI:-96}" $((${1%x*} / 2)) $((${1#*x} / 2)) | rd-input
	printf "export DISPLAY=%s XAUTHORITY='%s' PULSE_SERVER='%s' RD_SESSION='%s'\n" \
		"$DISPLAY" "$XAUTHORITY" "$PULSE_SERVER" "$PWD" >./env
	echo "$number" >display
	echo 1<>ready
}

_client() { # PROGRAM ARGUMENT...
	flock -s gate true
	# shellcheck source=/dev/null
	. ./env
	exec "$@"
}

_app() { # app | xstartup | PROGRAM
	export ICEWM_PRIVCFG="$data/icewm"
	flock -s gate true
	# shellcheck source=/dev/null
	. ./env
	[ ! -d gamepads ] || use_gamepads
	case $1 in
	app) only_app ;;
	xstartup) xstartup ;;
	*)
		go_home
		exec "$1" 3<&- # what it starts may outlive the session
		;;
	esac
}

# SDL asks udev, which knows nothing of them, unless it is told not to.
use_gamepads() {
	export RD_GAMEPADS="$PWD/gamepads" SDL_JOYSTICK_DISABLE_UDEV=1
	export LD_PRELOAD="$preload${LD_PRELOAD:+:$LD_PRELOAD}"
}

xstartup() {
	program=$(readlink xstartup)
	(go_home && exec "$program" 3<&-)
	# To supervisord an end within a second is a failure, whatever its status.
	sleep 1
}

# The session ends with its application, which starts once windows are framed.
only_app() {
	until read -r _ <framed; do :; done
	program=$(readlink app)
	status=0
	(go_home && exec setpriv --pdeathsig TERM "$program" 3<&-) || status=$?
	echo "$status" >ended
	# Its last words are in the log when this is.
	echo "$ENDED"
	timeout 5 tail -n +1 -f log/app.log | grep -qm 1 "^$ENDED\$" || :
	read -r keeper <lock
	kill "$keeper"
}

# The window manager of one application: says when it is there.
_frame() {
	flock -s gate true
	# shellcheck source=/dev/null
	. ./env
	exec 8<>framed # so that what is said stays
	exec openbox --config-file "$data/openbox/rc.xml" \
		--startup "sh -c 'echo >$PWD/framed'" 3<&-
}

go_home() {
	cd "${HOME:-/}" 2>/dev/null || cd /
}

# Sound: supervisord's socket handed on as systemd would, sd_listen_fds(3).
_pulse() {
	export PULSE_RUNTIME_PATH="$PWD/pulse" PULSE_STATE_PATH="$PWD/pulse"
	export PULSE_CONFIG_PATH="$PWD/pulse" LISTEN_FDS=1 LISTEN_PID=$$
	exec pulseaudio -nF "$data/pulse.pa" --daemonize=no --use-pid-file=no \
		--exit-idle-time=-1 --realtime=no --log-target=stderr \
		9<&3 3<&0 </dev/null
}

# Always on the port of the first start, since pages come back to it.
_web() {
	store='' novnc=''
	[ ! -s url ] || sed 's|.*:\([0-9]*\)/$|\1|' url >port
	port=0
	if [ -s port ]; then
		port=$(cat port)
	elif ! port_is_taken "$PORT"; then
		port=$PORT
	fi
	[ ! -e files ] || store=yes
	[ ! -d "$NOVNC" ] || novnc=yes
	asked=yes
	[ ! -e open ] || asked=''
	exec rd-web -R 4 ${asked:+-a auth} -l "127.0.0.1:$port" "/=files:$client" \
		"/ws/signal=exec:$(rtc_viewer '-2 half video')" \
		"/ws/signal-half=exec:$(rtc_viewer half)" \
		"/ws/stream=pipe:$(viewer "rd-stream -m mic" video)" \
		"/ws/stream-half=pipe:$(viewer "rd-stream -m mic" half)" \
		${store:+"/files=store:files"} \
		${novnc:+"/novnc=files:$NOVNC"} \
		"/vnc=files:$client/vnc" "/ws/vnc=pipe:$(vnc_viewer)" \
		"/whep=whep:$(viewer rd-rtc '-2 half video')" /ws/people=people:people >url 4<>ready
}

# The command for one viewer; RD_ROLE is rd-web's word to it.
viewer() { # PROGRAM PICTURES
	cat <<-END
	case \$RD_ROLE in
	control) set -- -e input ;;
	*) set -- -V ;;
	esac
	exec $1 -r "\$@" $2 audio
	END
}

# Supervisor's event listener: says which program was given up, and ends the
# session when that is the X server.
_watch() {
	while echo READY && read -r header; do
		event=$(head -c "${header##*len:}")
		failed=${event#processname:}
		failed=${failed%% *}
		say "error: '$failed' fails again and again, given up: $(last_words "$failed")"
		printf 'RESULT 2\nOK'
		[ "$failed" != display ] || kill "$PPID"
	done
}

last_words() { # PROGRAM
	tail -n 1 "log/$1.log" 2>/dev/null
}

# Open the gate (fd 8) when the display is there, then wait until a viewer
# would get a picture.
_usable() {
	until [ -s display ]; do
		read -r _ || exit 1
	done
	flock -u 8
	until [ -s url ] && turn_is_up && rdp_is_up && vnc_is_up; do
		read -r _ || exit 1
	done
	[ "$(rd-encode -r -F h264 screen | head -c 1 | wc -c)" -eq 1 ]
}
