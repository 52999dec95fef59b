#!/bin/sh
# shellcheck disable=SC2016 # much is for other shells
#
# The table of rd-environment(7): what a program does without a variable is
# what it does with the default, and another value changes it.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

dir=$(mktemp -d)
root=$dir/root
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP
mkdir "$dir/bin"

# Programs that only say how they were called.
fake() { # NAME...
	for name; do
		printf '#!/bin/sh\necho %s "$@"\n' "$name" >"$dir/bin/$name"
		chmod +x "$dir/bin/$name"
	done
}
fake jupyter other-jupyter apt-get pip3 uv mamba git sleep vastai
cat >"$dir/bin/rd-desktop" <<'END'
#!/bin/sh
echo rd-desktop "$@" >&2
env | grep -E '^(TURN_|DISPLAY_DPI)' | sort >&2
END
echo 'pwd' | tee -a "$dir/bin/other-jupyter" >>"$dir/bin/jupyter"
cat >"$dir/bin/syncthing" <<'END'
#!/bin/sh
echo syncthing "$@"
for option; do
	case $option in
	--config=*) config=${option#*=}/config.xml ;;
	esac
done
case $1 in
generate) printf '    <gui enabled="true">\n    </gui>\n    <options>\n        <listenAddress>default</listenAddress>\n    </options>\n' >"$config" ;;
*) grep listenAddress "$config" ;;
esac
END
cat >"$dir/bin/curl" <<'END'
#!/bin/sh
echo curl "$@" >&2
[ "${*#* -H @-}" = "$*" ] || cat
while [ $# -gt 1 ]; do
	[ "$1" != -o ] || touch "$2"
	shift
done
END
cat >"$dir/bin/cloudflared" <<'END'
#!/bin/sh
echo "$*" "$TUNNEL_TRANSPORT_PROTOCOL" >&2
END
chmod +x "$dir"/bin/*

# What is done: by the fourth column, with the environment that is given.
service() { # NAME
	part "load_environment; service_$1"
}
part() { # COMMAND: in rd-instance's parts
	sh -c 'rd_root=$1 rd_data=scripts/instance run=$1/run list=$1/etc/portal.yaml
		logs=$1/log ENDING=1
		say() { echo "$*"; }
		for part in env applications programs services provision manifest; do
			. "$rd_data/$part.sh"
		done
		'"$1" sh "$root" 2>&1
}
authority() {
	mkdir -m 700 "$dir/auth"
	mkfifo "$dir/ready"
	rd-portal -a "$dir/auth" -d "$dir" -w bin/rd-portal/client -f "$root/etc/portal.yaml" \
		-l 127.0.0.1:0 -R 4 4<>"$dir/ready" >"$dir/url" 2>/dev/null &
	pid=$!
	read -r _ <"$dir/ready"
	address=$(cat "$dir/url")
	for option in '-u vastai:good' '-u me:good' '-b rd_auth_token=good' \
		'-b C.9_auth_token=good'; do
		# shellcheck disable=SC2086 # words
		/usr/bin/curl -s -o /dev/null -w '%{http_code} ' $option -H 'X-Rd-Port: 1' \
			-H 'X-Forwarded-Method: GET' -H 'X-Forwarded-Uri: /' \
			-H 'X-Forwarded-Host: localhost' "${address}.rd/auth"
	done
	for path in portal-links capabilities '-X POST supervisor/process/mine/stop'; do
		# shellcheck disable=SC2086 # words
		/usr/bin/curl -s ${path% *} "$address${path##* }" | sed "s|$address||g"
	done
	kill "$pid"
	wait "$pid" 2>/dev/null
	rm -rf "$dir/auth" "$dir/ready"
}
act() { # FOR
	rm -rf "$root"
	mkdir -p "$root/etc" "$root/workspace" "$root/run"
	case $1 in
	applications | launched)
		[ "$1" = applications ] || echo ssh >"$root/.launch"
		part 'choose_applications; echo "$PORTAL_CONFIG"'
		;;
	edge | cors) rd-edge config -d "$root" -f "$root/etc/portal.yaml" 2>&1 ;;
	portal | login) authority ;;
	desktop | turn) service desktop ;;
	vnc)
		sh -c 'vnc=5900 NEWLINE="
"
			. scripts/desktop/vnc.sh
			check_port() { :; }
			check_vnc
			echo "$VNC_PASSWORD"' sh 2>&1
		;;
	jupyter | syncthing) service "$1" ;;
	provision | failing)
		part 'load_environment; mkdir -p "$WORKSPACE"; provision_start
			env | grep -E "^(WORKSPACE|DATA_DIRECTORY|HF_HOME|OPEN_BUTTON_PORT)=" | sort'
		ls "$root/provisioning.sh" 2>&1
		;;
	hooked) part 'load_environment; attempts true && succeeded' ;;
	packages)
		part 'load_environment; log_of provisioner; cd "$rd_root"
			item pip packages=a requirements= args= venv= python=3 tool=
			item conda packages=a channels= args= env= python=
			item download url=https://huggingface.co/a/b/resolve/c/d dest=e
			item download url=https://civitai.com/a dest=f'
		find "$root" -type d
		;;
	boot) part 'boot_script; echo started' ;;
	hooks) part run_hooks && ls "$root" ;;
	programs)
		part 'cd "$rd_root/run" && mkdir conf.d && tunnel_programs; ls conf.d'
		;;
	tunnel) CF_TUNNEL_TOKEN=x rd-tunnel run -d "$root/t" named 2>&1 ;;
	*) echo "no such program: $1" ;;
	esac
}

# Nothing is set but what the row needs to be seen.
with() { # FOR [NAME=VALUE]
	for=$1
	shift
	needs=VAST_TCP_PORT_1=1
	case $for in
	edge | cors | jupyter | syncthing | programs | portal | login)
		set -- VAST_TCP_PORT_6200=6200 'PORTAL_CONFIG=localhost:6100:16100:/:Desk|localhost:6200:16200:/:Jupyter|localhost:6300:16300:/:Syncthing' "$@"
		;;
	applications | launched)
		set -- VAST_TCP_PORT_8080=1 PORTAL_CONFIG=localhost:1111:11111:/:A "$@"
		[ "$for" = applications ] ||
			set -- 'PORTAL_CONFIG=localhost:6200:16200:/:Jupyter' "$@"
		;;
	vnc) set -- OPEN_BUTTON_TOKEN=token "$@" ;;
	turn) set -- VAST_UDP_PORT_73478=40004 OPEN_BUTTON_TOKEN=token "$@" ;;
	hooked) set -- PROVISIONER_WEBHOOK_URL=http://a/hook "$@" ;;
	failing) set -- PROVISIONING_POST_COMMANDS=false "$@" ;;
	esac
	[ "$for" != login ] || set -- WEB_PASSWORD=good "$@"
	[ "$for" != cors ] || set -- CADDY_CORS_ALLOWED_ORIGINS=https://a.example "$@"
	env -i "PATH=$dir/bin:$PATH" HOME="$dir" "$needs" "$@" sh -c '
		set -u
		. "$0"' "$dir/act.sh"
}

# act and what it calls, for a shell without our variables.
sed -n '/^service() {/,/^# Nothing is set/p' "$0" | sed '$d' >"$dir/functions"
{
	echo "dir='$dir' root='$root'"
	cat "$dir/functions"
} >"$dir/common.sh"

table() {
	sed -n 's/^\.It Ev //p' man/rd-environment.7 | grep ' Ta ' |
		sed "s/ Ta /	/g; s|@ROOT@|$root|g; s|@WORKSPACE@|$root/workspace|g"
}
rows=0
table >"$dir/table"
while IFS='	' read -r name default example for _ <&3; do
	rows=$((rows + 1))
	{
		cat "$dir/common.sh"
		echo "act $for"
	} >"$dir/act.sh"
	without=$(with "$for" </dev/null)
	if [ "$default" != - ]; then
		is "$(with "$for" "$name=$default" </dev/null)" "$without" "$name is $default unless set"
	fi
	[ "$(with "$for" "$name=$example" </dev/null)" != "$without" ]
	ok $? "$name=$example changes what $for does"
done 3<"$dir/table"
[ "$rows" -ge 55 ]
ok $? "$rows rows"
done_testing
