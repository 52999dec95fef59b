#!/bin/sh
# Tunnels, by what stands in for cloudflared and by the real sshd.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

dir=$(mktemp -d)
pids=
# shellcheck disable=SC2086 # pids
trap 'rd-tunnel stop -d "$dir/t" all; kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP
unset CF_TUNNEL_TOKEN RD_TUNNEL_SSH RD_TUNNEL_SSH_OPTIONS RD_TUNNEL_SSH_BIND

# Says what cloudflared says, and how it was called.
mkdir "$dir/bin"
cat >"$dir/bin/cloudflared" <<END
#!/bin/sh
printf '%s\n' "\$*" >"$dir/args"
printf '%s %s' "\${TUNNEL_TOKEN:-}" "\${TUNNEL_TRANSPORT_PROTOCOL:-}" >"$dir/env"
echo 'INF Requesting new quick Tunnel on https://api.trycloudflare.com' >&2
case \$* in
*9999*) exit 1 ;;
*run) echo 'INF Registered tunnel connection connIndex=0' >&2 ;;
*) echo 'INF |  https://two-words-here.trycloudflare.com  |' >&2 ;;
esac
exec sleep 600
END
chmod +x "$dir/bin/cloudflared"
PATH=$dir/bin:$PATH

tunnel() { # COMMAND [OPTION...] [TARGET]
	command=$1
	shift
	rd-tunnel "$command" -d "$dir/t" "$@"
}

fails 100 'neither cloudflared nor ssh' 'a bad backend' rd-tunnel start -b x http://localhost:1
fails 100 'no target' 'a bad target' rd-tunnel start 'http://localhost:1/;a'
fails 100 "for stop alone" 'a tunnel to all' rd-tunnel start all
fails 100 CF_TUNNEL_TOKEN 'a named one without a token' rd-tunnel run named
fails 100 RD_TUNNEL_SSH 'one by ssh to nowhere' rd-tunnel run -b ssh http://localhost:1
fails 100 RD_TUNNEL_SSH 'or to an option' \
	env RD_TUNNEL_SSH=-oProxyCommand=x rd-tunnel run -b ssh http://localhost:1
fails 1 'there is none' 'no end of nothing' rd-tunnel stop -d "$dir/t" http://localhost:1

is "$(tunnel start localhost:6100)" 'https://two-words-here.trycloudflare.com' 'a quick tunnel'
is "$(cat "$dir/args")" '--no-autoupdate tunnel --no-tls-verify --url http://localhost:6100' \
	'of cloudflared'
is "$(cat "$dir/env")" ' http2' 'by HTTP/2'
is "$(tunnel list)" 'http://localhost:6100	https://two-words-here.trycloudflare.com' list
fails 1 'there is one' 'one for each target' rd-tunnel run -d "$dir/t" http://localhost:6100
fails 111 'no tunnel to' 'one that does not come' rd-tunnel start -d "$dir/t" http://localhost:9999
CF_TUNNEL_TOKEN=secret rd-tunnel run -d "$dir/t" named >"$dir/named" 2>"$dir/log" &
keeper=$!
pids=$keeper
until_true has "$dir/named" named
is "$(cat "$dir/args")" '--no-autoupdate tunnel --metrics localhost:11113 run' 'a named tunnel'
is "$(cat "$dir/env")" 'secret http2' 'whose token is in nobody'\''s arguments'
is "$(tunnel list | wc -l)" 2 'both are listed'
tunnel stop http://localhost:6100
is "$(tunnel list)" 'named	named' stop
kill -9 "$keeper"
wait "$keeper" 2>/dev/null
is "$(tunnel list)" '' 'one that was killed is not listed'
tunnel start http://localhost:6200 >/dev/null
tunnel stop all
is "$(tunnel list)" '' 'stop all'

# ---- by ssh, to a server of our own

# shellcheck disable=SC2046 # words
set -- $(/usr/bin/python3 tests/tool/ports.py 2)
port=$1 app=$2
ssh-keygen -qt ed25519 -N '' -f "$dir/host"
ssh-keygen -qt ed25519 -N '' -f "$dir/key"
cp "$dir/key.pub" "$dir/authorized"
cat >"$dir/sshd_config" <<END
Port $port
ListenAddress 127.0.0.1
HostKey $dir/host
AuthorizedKeysFile $dir/authorized
StrictModes no
PidFile none
UsePAM no
END
mkdir -p /run/sshd 2>/dev/null
/usr/sbin/sshd -D -e -f "$dir/sshd_config" 2>"$dir/sshd.log" &
pids="$pids $!"
until_true has "$dir/sshd.log" listening
mkdir "$dir/www"
echo 'here it is' >"$dir/www/index.html"
(cd "$dir/www" && exec /usr/bin/python3 -m http.server --bind 127.0.0.1 "$app" >/dev/null 2>&1) &
pids="$pids $!"
RD_TUNNEL_SSH=$(id -un)@127.0.0.1
export RD_TUNNEL_SSH
export RD_TUNNEL_SSH_OPTIONS="-p $port -i $dir/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
url=$(tunnel start -b ssh "http://localhost:$app")
echo "$url" | grep -Eqx 'http://127.0.0.1:[0-9]+'
ok $? 'ssh -R says its address'
# shellcheck disable=SC2317 # until_true calls it
is_there() {
	curl -s --max-time 10 "$url/" | grep -qx 'here it is'
}
until_true is_there
ok $? 'which leads here'
tunnel stop "http://localhost:$app"
# shellcheck disable=SC2317 # until_true calls it
is_not_there() {
	! is_there
}
until_true is_not_there
ok $? 'and no longer'
[ ! -e "$dir/t" ]
ok $? 'nothing is left'
done_testing
