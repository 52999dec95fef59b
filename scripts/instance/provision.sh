# shellcheck shell=sh
# shellcheck disable=SC2154 # rd_root and the environment
# provision.sh - what is done once for an instance: packages, repositories,
# files and the user's script, with all it says in the log of the portal

# Done for good is .provisioning_complete; what has failed is tried again at
# the next start.
_provision() {
	load_environment
	cd "$WORKSPACE" || return
	if [ -e "$rd_root/.provisioning_complete" ]; then
		echo 'Provisioning was done at an earlier start'
	elif attempts; then
		rm -f "$rd_root/.provisioning_failed"
		touch "$rd_root/.provisioning_complete"
		echo 'Provisioning is complete'
		! is_true "${PROVISIONER_WEBHOOK_ON_SUCCESS:-}" || webhook success
	else
		touch "$rd_root/.provisioning_failed"
		echo "Provisioning has failed: $failed"
		webhook "$PROVISIONER_FAILURE_ACTION"
		act_on_failure
	fi
	rm -f "$rd_root/.provisioning"
}

attempts() {
	tries=0
	until provision; do
		tries=$((tries + 1))
		[ "$tries" -lt "$PROVISIONER_RETRY_MAX" ] || return 1
		echo "Attempt $tries has failed: $failed; again in $PROVISIONER_RETRY_DELAY s"
		sleep "$PROVISIONER_RETRY_DELAY"
	done
}

# In the template's order; the first that fails ends it.
provision() {
	manifest && each "${PROVISIONING_APT:-}" apt_package &&
		each "${PROVISIONING_GIT_REPOS:-}" repository &&
		each "${PROVISIONING_PIP:-}" pip_package &&
		each "${PROVISIONING_DOWNLOADS:-}" download_to &&
		each "${PROVISIONING_POST_COMMANDS:-}" shell_command &&
		script
}

# ---- a manifest: each item of it is done once, whatever fails after it

manifest() {
	file=$rd_root/provisioning.yaml
	failed="PROVISIONING_MANIFEST '${PROVISIONING_MANIFEST:-$file}'"
	case ${PROVISIONING_MANIFEST:-} in
	'') [ -s "$file" ] || return 0 ;;
	http://* | https://*) download "$PROVISIONING_MANIFEST" "$file" || return ;;
	*) file=$PROVISIONING_MANIFEST ;;
	esac
	items=$(rd-portal -M "$file") || return
	eval "$items"
}

item() { # KIND WORD...
	mark=$rd_root/.provisioner_state/$(printf '%s\0' "$@" | sha256sum | cut -c -64)
	[ ! -e "$mark" ] || return 0
	kind=$1 failed="$1 '$2'"
	shift
	"item_$kind" "$@" || return
	mkdir -p "$rd_root/.provisioner_state" && touch "$mark"
}

item_unknown() { # KEY
	echo "warning: '$1' of the manifest is left out"
}

item_file() { # PATH MODE OWNER CONTENT
	mkdir -p -- "$(dirname -- "$1")" && printf %s "$4" >"$1" && chmod -- "${2:-0644}" "$1" || return
	[ -z "$3" ] || chown -- "$3" "$1" || echo "warning: '$1' is not of '$3'"
}

item_late_file() {
	item_file "$@"
}

item_apt() {
	apt_package "$1"
}

item_repository() { # URL FOLDER BRANCH COMMAND...
	repository "$1|$2|$3" || return
	folder=${2:-$(basename -- "$1" .git)}
	shift 3
	for command; do
		(cd -- "$folder" && sh -c "$command") || return
	done
}

item_pip() { # ENVIRONMENT ARGUMENTS PACKAGE...
	pip=${1:-${PROVISIONER_VENV:-/venv/main}}/bin/pip arguments=$2
	[ -x "$pip" ] || pip=pip3
	shift 2
	# shellcheck disable=SC2086 # words
	"$pip" install $arguments -- "$@"
}

item_download() { # URL FILE
	to=${2:-$(basename -- "$1")}
	[ "$to" = "${to%/}" ] || to=$to$(basename -- "$1")
	download_to "$1|$to"
}

# A program of Supervisor, with a script of its own for a command of sh.
item_service() { # NAME FOLDER COMMAND
	case $1 in
	'' | *[!A-Za-z0-9_-]*) return 1 ;;
	esac
	script=$rd_root/opt/supervisor-scripts/$1.sh
	item_file "$script" 0755 '' "#!/bin/sh
cd '$(printf %s "${2:-/}" | sed "s/'/'\\\\''/g")' || exit
$3
" && item_file "$rd_root/etc/supervisor/conf.d/$1.conf" 0644 '' "[program:$1]
command=$script
stdout_logfile=$logs/$1.log
redirect_stderr=true
autorestart=unexpected
exitcodes=0
stopasgroup=true
killasgroup=true
" && supervisorctl -c "$run/supervisor.conf" update "$1"
}

item_command() {
	shell_command "$1"
}

# ---- what variables ask for

each() { # LIST FUNCTION: of what stands between ";" or newlines
	while IFS= read -r item <&3; do
		[ -z "$item" ] || "$2" "$item" || {
			failed="$2 '$item'"
			return 1
		}
	done 3<<-END
	$(printf %s "$1" | tr ';' '\n' | sed 's/^[ 	]*//; s/[ 	]*$//')
	END
}

apt_package() { # PACKAGE
	DEBIAN_FRONTEND=noninteractive apt-get -qqy install -- "$1" ||
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qqy install -- "$1"; }
}

pip_package() { # PACKAGE
	pip=${PROVISIONER_VENV:-/venv/main}/bin/pip
	[ -x "$pip" ] || pip=pip3
	"$pip" install -- "$1"
}

repository() { # URL|FOLDER|BRANCH
	url=${1%%|*} rest=${1#"${1%%|*}"}
	rest=${rest#|}
	to=${rest%%|*} ref=${rest#"${rest%%|*}"}
	ref=${ref#|}
	[ ! -e "${to:=$(basename -- "$url" .git)}/.git" ] || return 0
	git clone ${ref:+--branch "$ref"} -- "$url" "$to"
}

download_to() { # URL|FILE
	to=${1#*|}
	[ "$to" != "$1" ] || to=$(basename -- "$1")
	mkdir -p -- "$(dirname -- "$to")" && download "${1%%|*}" "$to"
}

shell_command() { # COMMAND
	sh -c "$1"
}

# Whole or not at all.
download() { # URL FILE
	curl -fsSL --connect-timeout 30 --retry 2 -o "$2.part" -- "$1" && mv -- "$2.part" "$2"
}

script() {
	[ -n "${PROVISIONING_SCRIPT:-}" ] || return 0
	failed="PROVISIONING_SCRIPT '$PROVISIONING_SCRIPT'"
	fetch "$PROVISIONING_SCRIPT" "$rd_root/provisioning.sh" && "$rd_root/provisioning.sh"
}

# A URL's or a path's script, as one that can be run.
fetch() { # WHERE FILE
	case $1 in
	http://* | https://*) download "$1" "$2" ;;
	*) cp -- "$1" "$2" ;;
	esac && sed -i 's/\r$//' "$2" && chmod +x "$2"
}

act_on_failure() {
	case $PROVISIONER_FAILURE_ACTION in
	stop | destroy) ;;
	*) return 0 ;;
	esac
	[ ! -e "$rd_root/.provisioner_stopped" ] || return 0
	touch "$rd_root/.provisioner_stopped"
	vastai "$PROVISIONER_FAILURE_ACTION" instance "${CONTAINER_ID:-}" || :
}

webhook() { # ACTION
	[ -n "${PROVISIONER_WEBHOOK_URL:-}" ] || return 0
	printf '{"action":"%s","manifest":"","error":"%s","container_id":"%s","timestamp":"%s"}' \
		"$1" "$(json_text "${failed:-}")" "$(json_text "${CONTAINER_ID:-}")" \
		"$(date -u +%Y-%m-%dT%H:%M:%SZ)" |
		curl -fsS --max-time 30 -H 'Content-Type: application/json' -d @- \
			-- "$PROVISIONER_WEBHOOK_URL" >/dev/null || :
}

json_text() { # TEXT
	printf %s "$1" | tr '\n\t' '  ' | sed 's/[\\"]/\\&/g'
}

# ---- at every start

# What is run instead of all that follows, with us to go on if it wants to.
boot_script() {
	[ -n "${BOOT_SCRIPT:-}" ] || return 0
	[ -x "$rd_root/boot.sh" ] || fetch "$BOOT_SCRIPT" "$rd_root/boot.sh" || {
		say "warning: BOOT_SCRIPT '$BOOT_SCRIPT' is not there: started without it"
		return 0
	}
	unset BOOT_SCRIPT
	exec "$rd_root/boot.sh"
}

# Who may come as root may as another.  Each account writes its own file.
copy_keys() {
	keys=$rd_root/root/.ssh/authorized_keys
	[ -r "$keys" ] || return 0
	for home in "$rd_root"/home/*/; do
		[ -d "$home" ] || continue
		set --
		# shellcheck disable=SC2046 # words
		[ "$(id -u)" != 0 ] || set -- setpriv \
			$(stat -c '--reuid %u --regid %g' "$home") --clear-groups
		# shellcheck disable=SC2016 # for sh
		"$@" sh -c 'umask 077
			mkdir -p "$1" && touch "$1/authorized_keys" &&
				awk "NF && !seen[\$0]++" "$1/authorized_keys" - >"$1/authorized_keys.new" &&
				mv "$1/authorized_keys.new" "$1/authorized_keys" && chmod 700 "$1"' \
			sh "${home}.ssh" <"$keys" || say "warning: no keys of root's for '$home'"
	done
}

run_hooks() {
	[ -z "${HOTFIX_SCRIPT:-}" ] || {
		fetch "$HOTFIX_SCRIPT" "$rd_root/hotfix.sh" && "$rd_root/hotfix.sh"
	} || say 'warning: HOTFIX_SCRIPT has failed'
	for hook in "$rd_root"/etc/vast_boot.d/*.sh; do
		[ ! -e "$hook" ] || sh "$hook" || say "warning: '$hook' has failed"
	done
}
