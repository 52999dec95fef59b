#!/bin/sh
# The door of an instance: the real Caddy before applications and an authority.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

dir=$(mktemp -d)
state=$dir/state
pids=
# shellcheck disable=SC2086 # pids
trap 'exec 7>&-; kill $pids 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP
for name in $(env | sed -n 's/^\(VAST_[A-Z]*_PORT_[0-9]*\)=.*/\1/p') PUBLIC_IPADDR; do
	unset "$name"
done

# shellcheck disable=SC2046 # words
set -- $(/usr/bin/python3 tests/tool/ports.py 7)
desk=$1 app=$2 other=$3 ready=$4 absent=$5 authority=$6 busy=$7

# What rd-portal(1) lists.
list() { # ENTRY...
	PORTAL_CONFIG=$(printf '|%s' "$@")
	export PORTAL_CONFIG="${PORTAL_CONFIG#?}"
	rm -f "$dir/portal.yaml"
}
desk_entry="localhost:$desk:$app:/:Desk"
list "$desk_entry" "localhost:$ready:$absent:/:Later"

edge() { # COMMAND [OPTION...]
	command=$1
	shift
	rd-edge "$command" -a "$authority" -d "$state" -f "$dir/portal.yaml" "$@"
}

start() { # [NAME=VALUE...]
	mkfifo "$dir/ready"
	env "$@" rd-edge run -a "$authority" -d "$state" -f "$dir/portal.yaml" -R 4 \
		4>"$dir/ready" 2>"$dir/log" &
	keeper=$!
	pids="$pids $keeper"
	read -r _ <"$dir/ready"
	rm "$dir/ready"
}

stop() {
	kill "$keeper"
	wait "$keeper"
}

# shellcheck disable=SC2317 # until_true calls it
gone() { # until nothing of it runs
	! pgrep -f "$state/[0-9]" >/dev/null
}

get() { # PATH [CURL OPTION...]
	path=$1
	shift
	curl -sk --max-time 20 "$@" "${scheme:-http}://localhost:$desk$path"
}

status() { # PATH [CURL OPTION...]
	get "$@" -o "$dir/body" -w '%{http_code}'
}

good='Authorization: Bearer good'

# ---- what is refused

fails 100 'unknown option' 'a bad option' rd-edge run -x
fails 100 'option -a' 'a bad port' rd-edge run -a 0
fails 100 'option -k' 'a key alone' rd-edge run -k key
fails 100 'option -n' 'a bad name' rd-edge run -n 'a;b'
fails 100 'option -c' 'no certificate' rd-edge run -c /dev/null -k /dev/null
fails 100 'option -d' 'a folder that Caddy would misread' rd-edge run -d '/tmp/a b'
fails 1 'none runs' 'a reload of nothing' rd-edge reload -d "$dir"

# ---- what is configured

config() { # [NAME=VALUE...]
	env "$@" rd-edge config -a "$authority" -d "$state" -f "$dir/portal.yaml" 2>"$dir/err"
}
sites() {
	grep -Eo '^https?://[^ ]*' | grep -v hold | tr '\n' ' '
}
one_warning() { # TEXT NAME
	[ "$(grep -c warning "$dir/err")" -eq 1 ] && has "$dir/err" "$1"
	ok $? "$2"
}
is "$(config | sites)" "http://:$desk http://:$ready " 'without a platform every port is its own'
is "$(config "VAST_TCP_PORT_$desk=40001" | sites)" "http://:$desk " 'on one only what it maps'
list "$desk_entry" "localhost:$app:$app:/:Same"
is "$(config | sites)" "http://:$desk " 'equal ports are the applications'\'' own'
list "a{b:$other:$app:/:Bad" "$desk_entry"
is "$(config | sites)" "http://:$desk " 'one bad host'
one_warning 'a{b' 'is one warning'
list "$desk_entry" "localhost:$ready:$absent:/:Later"
config 'CADDY_CORS_ALLOWED_ORIGINS=a"}' >"$dir/C"
one_warning CADDY_CORS_ALLOWED_ORIGINS 'a setting that would end up elsewhere'
config AUTH_EXCLUDE=all >"$dir/C"
one_warning AUTH_EXCLUDE 'a port that is none'
sed "s|@hold@|unix/$dir/hold|" "$dir/C" | caddy fmt - >"$dir/fmt" 2>&1
sed "s|@hold@|unix/$dir/hold|" "$dir/C" | cmp -s - "$dir/fmt"
ok $? 'it has the format of Caddy'
# ---- requests

/usr/bin/python3 tests/tool/edgetest.py serve "$app" >"$dir/up" &
pids="$pids $!"
mkdir -m 700 "$dir/auth"
mkfifo "$dir/ready"
WEB_PASSWORD=good VAST_CONTAINERLABEL=C.1 rd-portal -a "$dir/auth" -d "$dir" -w bin/rd-portal/client \
	-f "$dir/portal.yaml" -l "$authority" -R 4 4>"$dir/ready" >"$dir/portal.log" 2>&1 &
pids="$pids $!"
read -r _ <"$dir/ready"
rm "$dir/ready"
until_true test -s "$dir/up"
start CADDY_CORS_ALLOWED_ORIGINS='https://a.example, https://b.example'
is "$(status /)" 401 'nobody comes in without credentials'
is "$(status / -H "$good")" 200 'with them it leads to the application'
is "$(status /portal-resolver)$(cat "$dir/body")" 200 'the resolver is for all'
get /portal-resolver -D - | tr -d '\r' | grep -qx 'Access-Control-Allow-Origin: \*'
ok $? 'of any origin'
for path in /manifest.json /security.txt /.well-known/acme-challenge/x; do
	is "$(status "$path")" 200 "$path is for all"
done
is "$(status /manifest.json/x)" 401 'and nothing below'
is "$(status /x -X POST --data-binary a)" 401 'nor does a POST'


# Each credential, right and wrong.
is "$(status / -u vastai:good)" 200 'Basic'
is "$(status / -u vastai:bad)" 401 'with another password'
is "$(status / -u root:good)" 401 'or another user'
is "$(status / -H 'Authorization: Bearer bad')" 401 'Bearer, wrong'
is "$(status / -b C.1_auth_token=good)" 200 'the cookie of scripts'
is "$(status / -b C.2_auth_token=good)" 401 'of another instance'
is "$(status '/a%2Fb?x=1&token=good&y=%20')" 200 'a token'
is "$(head -n 1 "$dir/body")" 'GET /a%2Fb?x=1&y=%20' 'which the application does not see'
is "$(status '/?token=bad')" 401 'a wrong one'
is "$(status '/a?token=good&b=c' -H 'Accept: text/html' -D "$dir/head" -c "$dir/jar")" 302 \
	'a browser with a token'
tr -d '\r' <"$dir/head" | grep -qix 'location: /a?b=c'
ok $? 'is led to the address without it'
is "$(status / -b "$dir/jar")" 200 'and has a cookie'
! has "$dir/jar" good && has "$dir/jar" "C.1_auth_token_$desk"
ok $? 'for this port, without the secret'
is "$(status /.rd/logout -b "$dir/jar" -d a= -H "Origin: http://localhost:$desk" | cut -c 1)" 3 'logging out'
is "$(status / -b "$dir/jar")" 401 'ends it'

# Who only holds connections, half of them amid a request, holds nobody up.
/usr/bin/python3 -c 'import socket, sys, time
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(300)]
for c in held[::2]:
    c.send(b"GET / HTTP/1.1\r\nX: ")
print(flush=True)
time.sleep(600)' "$desk" >"$dir/held" &
idle=$!
pids="$pids $idle"
until_true test -s "$dir/held"
is "$(status / -u vastai:good)" 200 'who logs in beside 300 that do nothing'
kill "$idle"
wait "$idle" 2>/dev/null

status / -H 'Accept: text/html' >/dev/null
has "$dir/body" '<form'
ok $? 'a browser without anything gets a form'
get / -H "$good" -H 'X-Rd-User: root' | grep -qx 'x-rd-user: vastai'
ok $? 'the application is told who it is'

get '/a?b=c' -H "$good" -H "Origin: http://localhost:$desk" -H 'Remote-User: root' \
	-H 'Remote_User: root' -H 'X-Forwarded-User: root' -H 'X_Forwarded-User: root' \
	-H 'X-Forwarded-For: 192.0.2.1' -H 'X-Forwarded-Host: evil.example' \
	-H 'X-Custom: kept' >"$dir/got"
sed -n 's/^\(host\|origin\|x-custom\|x-forwarded-.*\|x-real-ip\|GET\)/\1/p' "$dir/got" >"$dir/seen"
is "$(cat "$dir/seen")" "GET /a?b=c
host: localhost:$app
origin: http://localhost:$app
x-custom: kept
x-forwarded-for: 127.0.0.1
x-forwarded-host: localhost:$desk
x-forwarded-proto: http
x-real-ip: 127.0.0.1" 'the application sees its own name, and who really asks'
! grep -i root "$dir/got"
ok $? 'and nobody'\''s word about who that is'
get / -H "$good" -H 'Origin: https://c.example' | grep -qx 'origin: https://c.example'
ok $? 'another origin stays what it is'
get / -H "$good" -H 'Cf-Connecting-Ip: 192.0.2.7' -H 'Cf-Visitor: {"scheme":"https"}' >"$dir/got"
is "$(grep -E 'x-real-ip|proto' "$dir/got")" 'x-forwarded-proto: https
x-real-ip: 192.0.2.7' 'a tunnel that ends here is believed'

is "$(status / -X OPTIONS -H 'Origin: https://b.example' \
	-H 'Access-Control-Request-Method: PUT' -D "$dir/head")" 204 'a preflight is answered'
tr -d '\r' <"$dir/head" | grep -qx 'Access-Control-Allow-Origin: https://b.example'
ok $? 'for the origin that asks'
status / -H 'Origin: https://c.example' -H "$good" -D "$dir/head" >/dev/null
! grep -qi access-control-allow "$dir/head"
ok $? 'and for no other'

# ---- WebSockets, streams, uploads

echo_through() { # HEADER...
	echo hello | timeout 20 /usr/bin/python3 tests/tool/edgetest.py echo "$desk" "$@"
}
is "$(echo_through "$good")" '101
hello' 'a WebSocket passes'
is "$(echo_through "$good" "Origin: http://localhost:$desk")" '101
hello' 'from its own page'
is "$(echo_through)" 401 'not without credentials'
is "$(echo_through "$good" 'Origin: https://c.example')" 403 'not from another page'
is "$(echo_through "$good" "Origin: http://localhost:$app")" 403 'nor from another port'
curl -sN "http://localhost:$desk/events" -H "$good" >"$dir/events" &
until_true has "$dir/events" 'data: first'
ok $? 'a stream flows'
kill $!
head -c 100000000 /dev/zero >"$dir/big"
is "$(get /upload -H "$good" -T "$dir/big")" \
	"$(sha256sum <"$dir/big" | cut -d ' ' -f 1)" 'an upload of 100 MB'
rm "$dir/big"
get / -H "$good" -H 'Accept-Encoding: gzip' -H "X-Long: $(seq -s , 1000)" \
	-D "$dir/head" -o "$dir/body"
has "$dir/head" 'Content-Encoding: gzip'
ok $? 'text is compressed'

# ---- not ready

at() { # PORT [CURL OPTION...]
	port=$1
	shift
	curl -s --max-time 20 -D "$dir/head" -o "$dir/body" -w '%{http_code}' -H "$good" \
		"$@" "http://localhost:$port/deep/page"
}
is "$(at "$ready")" 502 'an application that is not there yet'
has "$dir/head" 'X-Portal-Placeholder: true' && has "$dir/head" 'no-store' &&
	has "$dir/body" 'still loading'
ok $? 'has a page that says so'
is "$(at "$ready" -I)" 502 'which finds out by HEAD'
is "$(at "$ready" -X POST -d x)" 502 'a POST finds out as well'
is "$(at "$ready" -H 'Cf-Ray: 1')" 200 'Cloudflare would replace it otherwise'
is "$(status /broken -H "$good" -D "$dir/head")$(cat "$dir/body")" 503mine \
	'an error of the application is its own'
! has "$dir/head" X-Portal-Placeholder
ok $? 'and does not look like ours'
stop

# ---- without asking

start ENABLE_AUTH=False
is "$(status /)" 200 'ENABLE_AUTH=false asks nobody'
stop
start AUTH_EXCLUDE="1, $desk" CADDY_HOST_PASSTHROUGH="$app"
is "$(status /)" 200 'nor does AUTH_EXCLUDE for its port'
is "$(at "$ready" -H 'Authorization: none')" 401 'for the others it does'
is "$(get / | grep ^host)" "host: localhost:$desk" 'CADDY_HOST_PASSTHROUGH keeps the name'
stop
start CADDY_HEADER_UP_LOCALHOST=true
is "$(get / -H "$good" -H 'Origin: https://c.example' | grep -E '^(host|origin)')" \
	"host: localhost:$app
origin: http://localhost:$app" 'CADDY_HEADER_UP_LOCALHOST makes all of it local'

# ---- reload

mkfifo "$dir/say"
/usr/bin/python3 tests/tool/edgetest.py echo "$desk" "$good" <"$dir/say" >"$dir/heard" &
pids="$pids $!"
exec 7>"$dir/say"
until_true has "$dir/heard" 101
curl -sN "http://localhost:$desk/events" -H "$good" >"$dir/events" &
events=$!
pids="$pids $events"
until_true has "$dir/events" first
CADDY_HEADER_UP_LOCALHOST=true edge reload 2>"$dir/err"
is "$(cat "$state/lock" "$dir/err")$(cd "$state" && echo [0-9]*)" "${keeper}1" \
	'a reload without a change does nothing'
list "$desk_entry" "localhost:$other:$app:/:More"
edge reload
ok $? 'reload'
is "$(at "$other")" 200 'a new application is there'
# shellcheck disable=SC2317 # until_true calls it
refused() {
	curl -s -o /dev/null "http://localhost:$ready/"
	[ $? -eq 7 ]
}
until_true refused
ok $? 'an old one is not'
echo again >&7
until_true has "$dir/heard" again && kill -0 "$events"
ok $? 'a WebSocket and a stream go on'
is "$(get / -H "$good" | grep ^host)" "host: localhost:$app" 'of what it does now only the new is new'
exec 7>&-
kill "$events"
until_true test ! -e "$state/1"
ok $? 'the last generation ends with them'

# Somebody else's port, which then is free.
/usr/bin/python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("", int(sys.argv[1]))); s.listen()
print(flush=True); time.sleep(600)' "$busy" >"$dir/taken" &
taken=$!
pids="$pids $taken"
until_true test -s "$dir/taken"
list "$desk_entry" "localhost:$busy:$app:/:Busy"
edge reload
ok $? 'a port that is in use'
has "$dir/log" "warning: port $busy is left out: address already in use"
ok $? 'is one warning'
is "$(status / -H "$good")" 200 'and the others are there'

# ---- ends

old=$(cat "$state"/[0-9]*/pid | tail -n 1)
fails 1 'one runs already' 'only one has the folder' rd-edge run -d "$state" -f "$dir/portal.yaml"
kill -9 "$keeper"
wait "$keeper" 2>/dev/null
until_true gone
ok $? 'kill -9 of it leaves no Caddy'
start
new=$(cat "$state"/[0-9]*/pid)
[ "$old" != "$new" ] && [ "$(status / -H "$good")" = 200 ]
ok $? 'it starts again after that'
kill -9 "$new"
wait "$keeper"
is $? 111 'it ends when Caddy does'
has "$dir/log" 'fatal: caddy has ended'
ok $? 'and says so'

# ---- TLS

scheme=https
start ENABLE_HTTPS=TRUE PUBLIC_IPADDR=192.0.2.9
is "$(status / -H "$good")" 200 'TLS'
openssl s_client -connect "localhost:$desk" </dev/null 2>/dev/null |
	openssl x509 -out "$dir/cert" 2>/dev/null
print=$(openssl x509 -noout -fingerprint -sha256 -in "$dir/cert")
[ -n "$print" ] && has "$dir/log" "$print"
ok $? 'by a certificate whose fingerprint it says'
openssl x509 -noout -ext subjectAltName -in "$dir/cert" | tr -d '\n' |
	grep 'DNS:localhost' | grep -q 'IP Address:192.0.2.9'
ok $? 'with the names and addresses of the machine'
is "$(stat -c %a "$state/self.key")" 600 'its key is private'
curl -s -o /dev/null -D "$dir/head" "http://localhost:$desk/a?b=c"
grep -qE '^HTTP/1.. 30[78] ' "$dir/head" && tr -d '\r' <"$dir/head" |
	grep -qix "location: https://localhost:$desk/a?b=c"
ok $? 'HTTP at the same port is led there'
get / -H "$good" -H "Origin: https://localhost:$desk" >"$dir/got"
is "$(grep -E 'origin|proto' "$dir/got")" "origin: http://localhost:$app
x-forwarded-proto: https" 'the application is told'
stop
start ENABLE_HTTPS=TRUE PUBLIC_IPADDR=192.0.2.9
has "$dir/log" "$print"
ok $? 'the next time it is the same certificate'
stop
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=mine \
	-keyout "$dir/mine.key" -out "$dir/mine.crt" 2>/dev/null
fails 100 'option -c' 'a key of another certificate' \
	rd-edge run -c "$dir/mine.crt" -k "$state/self.key"
mkfifo "$dir/ready"
ENABLE_HTTPS=true rd-edge run -a "$authority" -d "$state" -f "$dir/portal.yaml" -c "$dir/mine.crt" \
	-k "$dir/mine.key" -R 4 4>"$dir/ready" 2>"$dir/log" &
keeper=$!
pids="$pids $keeper"
read -r _ <"$dir/ready"
curl -sv --cacert "$dir/mine.crt" "https://localhost:$desk/" 2>&1 | grep -q CN=mine
ok $? 'or by a certificate that is given'
stop
until_true gone
ok $? 'nothing runs in the end'
is "$(ls "$state")" 'Caddyfile
caddy
self.crt
self.key
self.san' 'and only what is good for the next time is left'
ENABLE_HTTPS=true rd-edge config -n desk.example.org -d "$state" -f "$dir/portal.yaml" | sites |
	grep -q "https://desk.example.org:$desk"
ok $? 'or by one that Caddy gets for a name'
done_testing
