#!/bin/sh
# A whole instance in a folder: the real Supervisor, Caddy, Syncthing, Jupyter.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

dir=$(mktemp -d)
root=$dir/root
pids=
# shellcheck disable=SC2086 # pids
trap 'rd-instance stop -r "$root" 2>/dev/null; kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP
for name in $(env | sed -n 's/^\(VAST_[A-Z]*_PORT_[0-9]*\)=.*/\1/p') PORTAL_CONFIG \
	WORKSPACE WEB_PASSWORD OPEN_BUTTON_TOKEN PUBLIC_IPADDR XDG_RUNTIME_DIR; do
	unset "$name"
done

# shellcheck disable=SC2046 # words
set -- $(/usr/bin/python3 tests/tool/ports.py 10)
portal=$1 portal_in=$2 desk=$3 desk_in=$4 jupyter=$5 jupyter_in=$6
syncthing=$7 syncthing_in=$8 peers=$9
shift 9
more=$1

# ---- which applications there are

applications() { # LAUNCH [NAME=VALUE...]
	mkdir -p "$dir/apps"
	rm -f "$dir/apps/.launch"
	[ "$1" = - ] || echo "$1" >"$dir/apps/.launch"
	shift
	# shellcheck disable=SC2016 # for sh
	env "$@" sh -c 'rd_root=$1
		. scripts/instance/applications.sh
		choose_applications
		printf %s "$PORTAL_CONFIG"' sh "$dir/apps"
}
ours='localhost:8080:18080:/:Jupyter|localhost:8080:8080:/terminals/1:Jupyter Terminal'
is "$(applications - PORTAL_CONFIG='a:1:2:/:A|b:8080:8080:/:jupyter')" \
	'a:1:2:/:A|b:8080:8080:/:jupyter' 'without a platform all are there'
is "$(applications - PORTAL_CONFIG='a:1:2:/:A|b:8080:8080:/:jupyter' VAST_TCP_PORT_1=1)" \
	'a:1:2:/:A' 'no Jupyter where its port is not mapped'
is "$(applications - PORTAL_CONFIG=a:1:2:/:A VAST_TCP_PORT_8080=1)" \
	"a:1:2:/:A|$ours" 'ours where it is and the platform has launched nothing'
is "$(applications - PORTAL_CONFIG=a:1:2:/:A VAST_TCP_PORT_8080=1 FORCE_JUPYTER=False)" \
	'a:1:2:/:A' 'unless told not to'
is "$(applications jupyter_direc "PORTAL_CONFIG=$ours")" \
	'localhost:8080:8080:/:Jupyter|localhost:8080:8080:/terminals/1:Jupyter Terminal' \
	'the platform'\''s own where it has launched one'
is "$(applications ssh "PORTAL_CONFIG=a:1:2:/:A|$ours" VAST_TCP_PORT_8080=1)" 'a:1:2:/:A' \
	'none where it has launched something else'
is "$(applications ssh "PORTAL_CONFIG=$ours" VAST_TCP_PORT_8080=1 JUPYTER_OVERRIDE=true)" \
	"$ours" 'unless told to'
is "$(applications - | tr '|' '\n' | wc -l)" 5 'a list where there is none'

is "$(applications - FORCE_JUPYTER=false 'PORTAL_CONFIG=localhost:6200:16200:/guacamole:Apache Guacamole Desktop (VNC)')" \
	'localhost:6200:16100:/vnc/:Apache Guacamole Desktop (VNC)' 'our VNC for the template'\''s'

# ---- whose programs and keys they are

# By root, with an account for the desktop.
mkdir "$dir/fake" "$dir/theirs"
fake() { # NAME: what it does is on standard input
	{
		echo '#!/bin/sh'
		cat
	} >"$dir/fake/$1"
	chmod +x "$dir/fake/$1"
}
fake id <<'END'
case $* in
-u) echo 0 ;;
'-u user') echo 1001 ;;
'-g user') echo 100 ;;
esac
END
fake getent <<'END'
echo "$2:x:1001:100::/home/$2:/bin/sh"
END
fake chown <<'END'
END
fake setpriv <<END
echo "\$@" >>"$dir/calls"
while [ "\$1" != syncthing ]; do shift; done
exec "\$@"
END
fake syncthing <<END
[ "\$1" = serve ] && echo "\$HOME \$USER \$SHELL \$STGUIAPIKEY" >>"$dir/calls" || echo '    <gui >' >"$dir/theirs/config.xml"
END
part() { # COMMAND, with the root $1 and the parts of rd-instance
	root_of_part=$1
	shift
	sh -c 'rd_root=$1 rd_data=scripts/instance list=$1/etc/portal.yaml
		say() { echo "$*"; }
		for part in env applications programs services provision manifest; do
			. "$rd_data/$part.sh"
		done
		is_listed() { :; }
		'"$1" sh "$root_of_part"
}
(
	# shellcheck disable=SC2030 # for this alone
	export STCONFDIR="$dir/theirs" STDATADIR="$dir/theirs" OPEN_BUTTON_TOKEN=key PATH="$dir/fake:$PATH"
	part "$dir/theirs" service_syncthing >/dev/null
)
is "$(sed 's/serve .*/serve/; s/generate .*/generate/' "$dir/calls")" \
	'--reuid user --regid 100 --init-groups setpriv --pdeathsig TERM syncthing generate
--reuid user --regid 100 --init-groups setpriv --pdeathsig TERM syncthing serve
/home/user user /bin/sh key' 'Syncthing is of the desktop'\''s user'

keys=$dir/keys
mkdir -p "$keys/root/.ssh" "$keys/home/a/.ssh" "$keys/home/b" "$dir/elsewhere"
printf 'key one\nkey two\n' >"$keys/root/.ssh/authorized_keys"
printf 'key two\nkey of a' >"$keys/home/a/.ssh/authorized_keys"
part "$keys" copy_keys
part "$keys" copy_keys
is "$(cat "$keys/home/a/.ssh/authorized_keys")" 'key two
key of a
key one' 'keys of root'\''s are added to an account'\''s'
is "$(cat "$keys/home/b/.ssh/authorized_keys")" "$(cat "$keys/root/.ssh/authorized_keys")" \
	'or are its first'
is "$(stat -c %a "$keys/home/b/.ssh" "$keys/home/b/.ssh/authorized_keys" | paste -sd ' ')" '700 600' \
	'that nobody else reads'

# ---- what a manifest asks for, of others' programs

mkdir "$dir/hub"
for name in pip3 uv mamba hf curl; do
	printf '#!/bin/sh\necho %s "$@" >>"%s"\n' "$name" "$dir/hub/calls" >"$dir/hub/$name"
	chmod +x "$dir/hub/$name"
done
# shellcheck disable=SC2016 # of curl
echo 'cat >>"$0.in"' >>"$dir/hub/curl"
asks() { # ITEM...: what is called, for its words
	: >"$dir/hub/calls"
	rm -rf "$dir/hub/state"
	# shellcheck disable=SC2031
	PATH="$dir/hub:$PATH" HF_TOKEN=secret PROVISIONER_VENV="$dir/venv" \
		PROVISIONER_STATE_DIR="$dir/hub/state" part "$dir/hub" "cd \$1; $*"
	cat "$dir/hub/calls"
}
is "$(asks "item pip 'packages=a b' packages=c requirements=r 'args=--x y' venv= python= tool=")" \
	'pip3 install --break-system-packages --x y a b c -r r' 'packages of Python'
mkdir -p "$dir/venv/bin"
ln -s /bin/true "$dir/venv/bin/python"
is "$(asks "item pip packages=a requirements= args= venv= python= tool=")" \
	"uv pip install --no-cache --python $dir/venv/bin/python a" 'by uv where there is one'
is "$(asks "item pip packages=a requirements= args= venv=$dir/other python=3.9 tool=" | head -n 1)" \
	"uv venv --seed --python 3.9 -- $dir/other" 'in an environment that is made'
is "$(asks "item conda packages=q channels=x args=-k env=$dir/hub python=3")" \
	"mamba create -y -p $dir/hub python=3
mamba install -y -p $dir/hub -k -c x q" 'of conda'
is "$(asks 'item download url=https://huggingface.co/a/b/resolve/main/c/d dest=')" \
	'hf download a/b c/d --revision main' 'a file for the cache of models'
is "$(asks 'item download url=https://huggingface.co/a/b dest=e')" \
	'hf download a/b --local-dir e' 'a whole repository'
asks 'item download url=https://huggingface.co/a/b/resolve/main/c dest=e' >"$dir/out" 2>&1
is "$(cat "$dir/hub/curl.in")" 'Authorization: Bearer secret' 'one file, with the token, which is no argument'
! grep -q secret "$dir/hub/calls"
ok $? 'that others could see'
: >"$dir/hub/curl.in"
asks 'item download url=https://civitai.com.example/x dest=f' >"$dir/out" 2>&1
is "$(cat "$dir/hub/curl.in")" '' 'of which others learn nothing'

# ---- which desktop

# shellcheck disable=SC2016 # of the script
printf '#!/bin/sh\nshift; echo "$@" "$XDG_CONFIG_DIRS"\n' >"$dir/hub/dbus-run-session"
ln -s /bin/true "$dir/hub/startplasma-x11"
chmod +x "$dir/hub/dbus-run-session"
# shellcheck disable=SC2031
desktop=$(XDG_CONFIG_DIRS='' PATH="$dir/hub:$PATH" scripts/instance/xstartup)
is "$desktop" "startplasma-x11 $PWD/scripts/instance/xdg:/etc/xdg" 'Plasma where it is'
has scripts/instance/xdg/kscreenlockerrc 'Autolock=false'
ok $? 'which locks no screen'

# ---- what is refused

fails 100 'unknown option' 'a bad option' rd-instance run -x
fails 100 'option -r' 'a root that Supervisor would misread' rd-instance run -r '/tmp/a b'
fails 1 'none runs' 'no status of nothing' rd-instance status -r "$root"
fails 1 'none runs' 'no stop of nothing' rd-instance stop -r "$root"

# ---- an instance

start() { # [NAME=VALUE...]
	mkfifo "$dir/ready"
	env "VAST_TCP_PORT_$portal=$portal" "VAST_TCP_PORT_$desk=$desk" VAST_TCP_PORT_8080=1 \
		"VAST_TCP_PORT_$jupyter=$jupyter" "VAST_TCP_PORT_$syncthing=$syncthing" \
		"VAST_TCP_PORT_$more=$more" "VAST_TCP_PORT_72299=$peers" \
		PORTAL_CONFIG="localhost:$portal:$portal_in:/:Instance Portal|localhost:$desk:$desk_in:/:Linux Desktop|localhost:$jupyter:$jupyter_in:/:Jupyter|localhost:$syncthing:$syncthing_in:/:Syncthing" \
		"DISPLAY=:$((desk % 9000 + 500))" ENABLE_AUTH=false "$@" \
		rd-instance run -R 4 -r "$root" 4>"$dir/ready" >"$dir/url" 2>"$dir/log" 9<&- &
	keeper=$!
	pids="$pids $keeper"
	read -r _ <"$dir/ready"
	rm "$dir/ready"
}

ctl() { # COMMAND...
	supervisorctl -c "$root/run/rd-instance/supervisor.conf" "$@"
}

# shellcheck disable=SC2317 # until_true calls it
state_is() { # PROGRAM STATE
	ctl status "$1" | grep -q "^$1  *$2 "
}

status() { # PORT PATH [CURL OPTION...]
	port=$1 path=$2
	shift 2
	curl -s --max-time 20 -o "$dir/body" -w '%{http_code}' "$@" "http://localhost:$port$path"
}

# shellcheck disable=SC2317 # until_true calls it
status_is() { # STATUS PORT PATH
	[ "$(status "$2" "$3")" = "$1" ]
}

left() { # processes
	# shellcheck disable=SC2009 # of the whole line
	ps -eo pid,args | grep -F "$root" | grep -v grep
}

# shellcheck disable=SC2317 # until_true calls it
nothing_left() {
	! left >/dev/null
}

odd="it's \$HOME \`touch $dir/bad\` \"q\" \\ \$(touch $dir/bad)
second 'line'
"
mkdir -p "$root/etc/supervisor/conf.d" "$root/workspace"
cat >"$root/etc/supervisor/conf.d/mine.conf" <<END
[program:mine]
command=sh -c 'printf %%s "\$ODD" >$dir/odd; printf %%s "\$FILE" >$dir/file; exec sleep 600'
END
printf '%s\n' "FILE=\$(touch $dir/bad) \`touch $dir/bad\` it's" >"$root/workspace/.env"
cat >"$dir/provision" <<END
#!/bin/sh
echo "at work"
[ -e "$dir/tried" ] || { touch "$dir/tried"; exit 1; }
printf %s "\$ODD" >"$dir/provisioned"
END
sed -i 's/$/\r/' "$dir/provision"

git -c init.defaultBranch=main init -q "$dir/code"
git -C "$dir/code" -c user.name=x -c user.email=x commit -q --allow-empty -m one
git -C "$dir/code" tag first
git -C "$dir/code" -c user.name=x -c user.email=x commit -q --allow-empty -m two
echo one >"$dir/one"
export ONE="file://$dir/one" CODE="$dir/code" MORE="file://$dir/one|merged"
cat >"$dir/manifest" <<'END'
version: 1
on_failure:
  retry_delay: 0
git_repos:
  - url: ${CODE}
    dest: code
    ref: first
    post_commands: [git log --format=%s >../log]
downloads:
  - url: ${ONE}
    dest: got/
conditional_downloads:
  - when: hf_token_valid
    downloads: [{url: "file:///none", dest: chosen}]
    else_downloads: [{url: "${ONE}", dest: chosen}]
env_merge:
  MORE: downloads
write_files:
  - path: ${WORKSPACE}/made
    content: "it's $(touch bad) ${NONE:-here}\n"
    permissions: "0600"
services:
  - name: listed
    workdir: ${WORKSPACE}
    environment:
      WHO: "it's"
    pre_commands: ['echo "$WHO first"']
    portal_search_term: linux desktop
    command: cat made; exec sleep 600
  - name: elsewhere
    portal_search_term: Nowhere
    command: exec sleep 600
post_commands:
  - echo once >>commands
extensions: []
END
start "ODD=$odd" PROVISIONING_SCRIPT="$dir/provision" \
	PROVISIONING_MANIFEST="$dir/manifest"
for program in instance_portal caddy desktop mine; do
	until_true state_is "$program" RUNNING
	ok $? "$program runs"
done
is "$(cat "$dir/url")" "http://localhost:$portal/" 'its address is said'
is "$(status "$desk" /)" 200 'the desktop is behind the door'
is "$(cat "$root/run/user/$(id -u)/rd/desktop/display")" $((desk % 9000 + 500)) 'at the display that is wanted'
has "$dir/body" '<title>'
ok $? 'its page'
is "$(status "$desk_in" /)" 200 'and on the loopback interface without one'
until_true status_is 200 "$jupyter" /api && has "$dir/body" version
ok $? 'Jupyter'
is "$(status "$jupyter" /api/terminals -X POST -H "Origin: http://localhost:$jupyter" \
	-H 'Content-Type: application/json' -d '{}')" 403 'which takes orders only from its own page'
until_true status_is 200 "$syncthing" /
ok $? 'Syncthing'
token=$(sh -c ". $root/etc/environment; printf %s \"\$OPEN_BUTTON_TOKEN\"")
[ ${#token} -eq 32 ] && [ "$(status "$syncthing" /rest/system/config -H "X-API-Key: $token")" = 200 ]
ok $? 'whose key is the token that was made'
has "$dir/body" "tcp://0.0.0.0:$peers"
ok $? 'and whose peers come by the port that is mapped'
until_true test -e "$root/.provisioning_complete"
ok $? 'provisioning is complete'
[ ! -e "$root/.provisioning" ] && [ ! -e "$root/.provisioning_failed" ]
ok $? 'and its markers say so'
grep -c 'at work' "$root/var/log/portal/provisioning.log" | grep -qx 2
ok $? 'at the second attempt, as its log says'
is "$(cat "$root/workspace/made") $(stat -c %a "$root/workspace/made")" \
	"it's \$(touch bad) here 600" 'a file of the manifest'
is "$(cat "$root/workspace/commands")" once 'and a command, once'
is "$(status "$portal_in" /capabilities/provision -d '{"inline_yaml": "post_commands: [echo later >>commands]"}')" 200 \
	'the portal takes another one'
until_true has "$root/workspace/commands" later
ok $? 'which is done as well'
is "$(cd "$root/workspace" && cat log got/one chosen merged | paste -sd ' ')" 'one one one one' \
	'a tag of a repository, and downloads by all ways'
has "$root/var/log/portal/provisioning.log" "'extensions' of the manifest is left out"
ok $? 'what is not known is said'
until_true state_is listed RUNNING && until_true has "$root/var/log/portal/listed.log" 'touch bad'
ok $? 'and a service'
has "$root/var/log/portal/listed.log" "it's first"
ok $? 'with its variables, after its own commands'
until_true state_is elsewhere EXITED && [ -e "$root/tmp/supervisor-skip/elsewhere" ]
ok $? 'but none for a card that is not there'
printf %s "$odd" | cmp -s - "$dir/provisioned" && printf %s "$odd" | cmp -s - "$dir/odd"
ok $? 'a variable is the same in scripts and services, to the byte'
printf %s "\$(touch $dir/bad) \`touch $dir/bad\` it's" | cmp -s - "$dir/file"
ok $? 'one of a file as well'
[ ! -e "$dir/bad" ]
ok $? 'and nothing of them was run'
rd-instance why -r "$root" FILE >"$dir/out"
is "$(cat "$dir/out")" "$root/workspace/.env:1" 'it is known where it comes from'

# ---- changes

ctl restart jupyter >/dev/null
until_true status_is 200 "$jupyter" /api
ok $? 'supervisorctl restart'
printf '  More:\n    hostname: localhost\n    external_port: %s\n    internal_port: %s\n    open_path: /\n    name: More\n' \
	"$more" "$desk_in" >>"$root/etc/portal.yaml"
ctl restart caddy >/dev/null
until_true status_is 200 "$more" /
ok $? 'a new entry of portal.yaml, and edge started again'
printf 'ENABLE_HTTPS=true\n' >>"$root/workspace/.env"
ctl restart caddy >/dev/null
# shellcheck disable=SC2317 # until_true calls it
has_tls() {
	curl -skf --max-time 20 "https://localhost:$desk/" >/dev/null
}
until_true has_tls
ok $? 'a new line of .env'
sed -i '/ENABLE_HTTPS/d' "$root/workspace/.env"
ctl restart caddy >/dev/null
until_true status_is 200 "$desk" /
ok $? 'and without it'
sed -i '/^  "Syncthing":/,/name:/d' "$root/etc/portal.yaml"
ctl restart syncthing >/dev/null
until_true has "$root/var/log/portal/syncthing.log" 'Skipping syncthing' &&
	until_true state_is syncthing EXITED
ok $? 'what is not listed is not started, and says so'
is "$(cat "$root/tmp/supervisor-skip/syncthing")" "not in $root/etc/portal.yaml" \
	'for the portal too'

# ---- kill -9

# All that belongs to the instance, but for its keeper.
victims() {
	grep -alF "$root/run/user" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\n'
	ctl pid all
	ctl pid
}
# shellcheck disable=SC2317 # until_true calls it
whole() {
	status_is 200 "$desk" / && status_is 200 "$jupyter" /api &&
		[ "$(ctl status instance_portal caddy desktop jupyter | grep -c ' RUNNING ')" -eq 4 ]
}
until_true whole
random=7
for round in 1 2 3 4; do
	random=$(((random * 1103515245 + 12345) % 2147483648))
	# shellcheck disable=SC2046 # pids
	set -- $(victims | sort -un)
	shift $((random / 65536 % $#))
	name=$(cat "/proc/$1/comm" 2>/dev/null)
	kill -9 "$1" 2>/dev/null
	until_true whole
	ok $? "round $round: whole again without $name"
done

# ---- ends

rd-instance stop -r "$root"
ok $? stop
wait "$keeper"
is $? 0 'it ends well'
nothing_left
ok $? 'no process is left'
[ ! -e "$root/run/rd-instance" ] && [ ! -e "$root/var/run/supervisor.sock" ] &&
	[ ! -e "$root/run/user/$(id -u)/rd" ]
ok $? 'nor a socket'
rm -f "$dir/tried" "$root/.provisioning_complete"
start PROVISIONING_SCRIPT="$dir/none" PROVISIONER_RETRY_MAX=1
until_true test -e "$root/.provisioning_failed"
ok $? 'provisioning that fails is marked'
kill -9 "$keeper"
wait "$keeper" 2>/dev/null
until_true nothing_left
ok $? 'kill -9 of it takes all along'
start
is "$(status "$desk" /)" 200 'and it starts again'
rd-instance stop -r "$root"
nothing_left
ok $? 'and leaves nothing'
done_testing
