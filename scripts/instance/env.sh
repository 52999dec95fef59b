# shellcheck shell=sh
# shellcheck disable=SC2154 # rd_root and rd_data are rd-instance's
# env.sh - the environment of an instance: what it was started with, then
# /etc/environment, then $WORKSPACE/.env; the last one counts

# What the platform says anew at each start, whatever the file still has.
PLATFORM='^(VAST_(TCP|UDP)_PORT_[0-9]+|VAST_CONTAINERLABEL|PUBLIC_IPADDR|CONTAINER_ID|CONTAINER_API_KEY)$'

load_environment() {
	load_file "$rd_root/etc/environment" "$PLATFORM"
	WORKSPACE=${WORKSPACE:-$rd_root/workspace}
	load_file "$WORKSPACE/.env" '^$'
	defaults
}

load_file() { # FILE NAMES: those that count only when they are not set
	[ -r "$1" ] || return 0
	eval "$(tr -d '\000' <"$1" | awk -v newer="$2" -f "$rd_data/env.awk")"
}

# See rd-environment(7).
defaults() {
	: "${DATA_DIRECTORY:=$WORKSPACE}" "${JUPYTER_DIR:=$WORKSPACE}"
	: "${HF_HOME:=$WORKSPACE/.hf_home}"
	: "${JUPYTER_TYPE:=notebook}" "${JUPYTER_BIN:=jupyter}"
	: "${STCONFDIR:=$rd_root/opt/syncthing/config}" "${STDATADIR:=$rd_root/opt/syncthing/data}"
	: "${DISPLAY:=:20}" "${DISPLAY_DPI:=96}" "${DISPLAY_SIZEW:=1920}" "${DISPLAY_SIZEH:=1080}"
	: "${WEB_USERNAME:=vastai}" "${OPEN_BUTTON_PORT:=1111}"
	: "${TUNNEL_TRANSPORT_PROTOCOL:=http2}" "${CLOUDFLARE_METRICS:=localhost:11113}"
	export DISPLAY DISPLAY_DPI WORKSPACE DATA_DIRECTORY HF_HOME WEB_USERNAME OPEN_BUTTON_PORT
	export TUNNEL_TRANSPORT_PROTOCOL CLOUDFLARE_METRICS
}

# At the first start: so that it is there for services, shells and the next
# starts, and can be edited.
write_environment() {
	file=$rd_root/etc/environment
	! grep -q "^$MADE" "$file" 2>/dev/null || return 0
	mkdir -p "$rd_root/etc"
	(
		umask 027
		cat "$file" 2>/dev/null || :
		echo "$MADE; edit it, and restart a service"
		awk 'BEGIN {
			for (name in ENVIRON)
				if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/ &&
				    name !~ /^(HOME|SHLVL|PWD|OLDPWD|_|CONDA.*)$/) {
					value = ENVIRON[name]
					gsub(/\047/, "\047\\\047\047", value)
					print name "=\047" value "\047"
				}
		}'
	) >"$file.new"
	mv "$file.new" "$file"
}

MADE='# Made by rd-instance at the first start'

# Both secrets are good at the door; without any there is a new one.
have_secrets() {
	: "${WEB_PASSWORD:=${OPEN_BUTTON_TOKEN:-}}"
	: "${WEB_PASSWORD:=$(od -An -N 16 -tx1 /dev/urandom | tr -d ' \n')}"
	: "${OPEN_BUTTON_TOKEN:=$WEB_PASSWORD}"
	export WEB_PASSWORD OPEN_BUTTON_TOKEN
}

why() { # NAME
	WORKSPACE=${WORKSPACE:-$rd_root/workspace}
	load_file "$rd_root/etc/environment" "$PLATFORM"
	for file in "$rd_root/etc/environment" "$WORKSPACE/.env"; do
		[ ! -r "$file" ] || awk -v why="$1" -f "$rd_data/env.awk" "$file"
	done
}
