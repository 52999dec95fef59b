# shellcheck shell=sh
# files.sh - the files of a session of rd-desktop

config() {
	cat <<-'END'
	[supervisord]
	nodaemon=true
	silent=true
	logfile=%(here)s/log/supervisord.log
	logfile_maxbytes=1MB
	logfile_backups=1
	pidfile=%(here)s/supervisord.pid
	childlogdir=%(here)s/log
	minfds=256
	END
	[ "$(id -u)" != 0 ] || echo user=root
	cat <<-'END'
	[unix_http_server]
	file=%(here)s/supervisor.sock
	[rpcinterface:supervisor]
	supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
	[supervisorctl]
	serverurl=unix://%(here)s/supervisor.sock
	[eventlistener:watch]
	command=setpriv --pdeathsig TERM flock -sF alive rd-desktop _watch
	directory=%(here)s
	events=PROCESS_STATE_FATAL
	stderr_logfile=/dev/fd/2
	stderr_logfile_maxbytes=0
	END
	program program:display 1 "rd-desktop _display $size $display"
	program fcgi-program:pulse 2 'rd-desktop _pulse' \
		'socket=unix://%(here)s/pulse/native'
	program program:screen 10 "rd-desktop _client rd-capture ${app:+-t} -l screen"
	program program:input 10 "rd-desktop _client rd-input -r -c $clipboard -g $gamepads -l input offers"
	program program:sound 10 'rd-sound -l sound'
	program program:mic 10 'rd-sound -p mic -l mic'
	program program:video 20 'rd-encode -r -l video screen'
	program program:half 21 'rd-encode -2r -l half screen'
	program program:audio 20 'rd-encode -r -l audio sound'
	turn_program
	rdp_program
	program program:vnc 25 "rd-desktop _vnc $vnc"
	program program:web 30 'rd-desktop _web'
	desktop_programs
}

# Who leaves the desktop by their own will are not called back.
desktop_programs() {
	if [ -n "$xstartup" ]; then
		program program:xstartup 40 'rd-desktop _app xstartup' \
			autorestart=unexpected
	elif [ -n "$app" ]; then
		program program:wm 40 'rd-desktop _frame'
		program program:app 41 'rd-desktop _app app' autorestart=false
	else
		program program:wm 40 'rd-desktop _app icewm' autorestart=true
		program program:terminal 41 'rd-desktop _app xterm' \
			autorestart=unexpected
	fi
}

# A program that dies with supervisord, has the signals that Python ignores
# set back to normal, and shares the lock alive by its fd 3.
program() { # SECTION PRIORITY COMMAND [LINE]
	cat <<-END
	[$1]
	command=env --default-signal setpriv --pdeathsig TERM flock -sF alive $3
	priority=$2
	directory=%(here)s
	stdout_logfile=%(here)s/log/${1#*:}.log
	stdout_logfile_maxbytes=1MB
	stdout_logfile_backups=1
	redirect_stderr=true
	stopasgroup=true
	killasgroup=true
	startretries=10
	${4:-autorestart=true}
	END
}

# Devices of their own kernel, or what rd-gamepad.so makes of sockets.
set_gamepads() {
	gamepads=uinput
	[ -w /dev/uinput ] || {
		gamepads='%(here)s/gamepads'
		mkdir gamepads
	}
}

write_files() {
	mkdir auth auth/tokens auth/links auth/sessions log
	mkdir -m 700 pulse
	mkfifo offers ready
	[ -z "$open" ] || : >open
	[ "$files" = none ] || ln -s "$files" files
	set_gamepads
	write_turn
	write_rdp
	write_vnc
	config >supervisor.conf
	[ -z "$port" ] || echo "$port" >port
	[ -z "$xstartup" ] || ln -s "$xstartup" xstartup
	[ -z "$app" ] || {
		ln -s "$app" app
		mkfifo framed
	}
	# A cookie for every display number and host name (FamilyWild).
	printf 'ffff 0000  0000  0012 4d49542d4d414749432d434f4f4b49452d31 0010 %s\n' \
		"$(mcookie)" | xauth -qf xauth nmerge - 2>/dev/null
	[ -e /tmp/.X11-unix ] || mkdir -m 1777 /tmp/.X11-unix
}
