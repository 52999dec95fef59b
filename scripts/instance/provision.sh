# shellcheck shell=sh
# shellcheck disable=SC2154 # rd_root and the environment
# shellcheck disable=SC2030,SC2031,SC2119,SC2120 # subshells are meant, and on_failure of a manifest
# provision.sh - what is done once for an instance, and what its owner has done
# later: a manifest, and what variables ask for; and at every start

# At the start, and then what the portal is asked for.  Who is not to begin
# before the start is provisioned waits for $run/provisioning.
service_provisioner() {
	asked=$rd_root/var/lib/rd-portal
	(umask 077 && mkdir -p "$asked")
	[ -p "$asked/provision" ] || mkfifo -m 600 "$asked/provision"
	exec 8>>"$run/provisioning" 9<>"$asked/provision"
	flock 8
	(provision_start) 9<&-
	flock -u 8
	provision_more
	while read -r _ <&9; do
		provision_more
	done
}

# Done for good is .provisioning_complete; what has failed is tried again at
# the next start.
provision_start() {
	cd "$WORKSPACE" || return
	if [ -e "$rd_root/.provisioning_complete" ]; then
		echo 'Provisioning was done at an earlier start'
	elif attempts provision; then
		rm -f "$rd_root/.provisioning_failed"
		touch "$rd_root/.provisioning_complete"
		succeeded
	else
		touch "$rd_root/.provisioning_failed"
		has_failed
		act_on_failure
	fi
	rm -f "$rd_root/.provisioning"
}

# A manifest, or the URL of one.
provision_more() {
	file=$run/provision.yaml
	mv "$asked/provision.yaml" "$file" 2>/dev/null || return 0
	echo 'Provisioning begins anew'
	(
		load_environment
		cd "$WORKSPACE" || return
		read -r url <"$file" || :
		case $url in
		http://* | https://*) PROVISIONING_MANIFEST=$url ;;
		*) PROVISIONING_MANIFEST=$file ;;
		esac
		if attempts manifest; then succeeded; else has_failed; fi
	) 9<&-
}

attempts() { # FUNCTION
	on_failure
	tries=0
	until "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt "$retries" ] || return 1
		echo "Attempt $tries has failed: $failed; again in $delay s"
		sleep "$delay"
	done
}

# How a manifest has it; a variable that is set counts before.
on_failure() { # [ATTEMPTS SECONDS ACTION WEBHOOK ON_SUCCESS]
	retries=${PROVISIONER_RETRY_MAX:-${1:-3}} delay=${PROVISIONER_RETRY_DELAY:-${2:-30}}
	action=${PROVISIONER_FAILURE_ACTION:-${3:-continue}}
	hook=${PROVISIONER_WEBHOOK_URL:-${4:-}}
	hook_success=${PROVISIONER_WEBHOOK_ON_SUCCESS:-${5:-false}}
}

succeeded() {
	echo 'Provisioning is complete'
	! is_true "$hook_success" || webhook success
}

has_failed() {
	echo "Provisioning has failed: $failed"
	webhook "$action"
}

# In the template's order; the first that fails ends it.
provision() {
	manifest && each "${PROVISIONING_APT:-}" apt_package &&
		each "${PROVISIONING_GIT_REPOS:-}" repository &&
		each "${PROVISIONING_PIP:-}" pip_package &&
		each "${PROVISIONING_CONDA:-}" conda_package &&
		each "${PROVISIONING_DOWNLOADS:-}" download_to &&
		each "${PROVISIONING_POST_COMMANDS:-}" shell_command &&
		script
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
	pip_install '' '' '' '' "$1"
}

conda_package() { # PACKAGE
	conda_install '' '' '' "$1"
}

repository() { # URL|FOLDER|BRANCH
	url=${1%%|*} rest=${1#"${1%%|*}"}
	rest=${rest#|}
	to=${rest%%|*} ref=${rest#"${rest%%|*}"}
	clone "$url" "${to:-$(basename -- "$url" .git)}" "${ref#|}"
}

download_to() { # URL|FILE
	to=${1#*|}
	[ "$to" != "$1" ] || to=''
	download_as "${1%%|*}" "$to"
}

shell_command() { # COMMAND
	sh -c "$1"
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
	case $action in
	stop | destroy) ;;
	*) return 0 ;;
	esac
	[ ! -e "$rd_root/.provisioner_stopped" ] || return 0
	touch "$rd_root/.provisioner_stopped"
	VAST_API_KEY=${CONTAINER_API_KEY:-} vastai "$action" instance "${CONTAINER_ID:-}" || :
}

webhook() { # ACTION
	[ -n "$hook" ] || return 0
	printf '{"action":"%s","manifest":"%s","error":"%s","container_id":"%s","timestamp":"%s"}' \
		"$1" "$(json_text "${PROVISIONING_MANIFEST:-}")" "$(json_text "${failed:-}")" "$(json_text "${CONTAINER_ID:-}")" \
		"$(date -u +%Y-%m-%dT%H:%M:%SZ)" |
		curl -fsS --max-time 30 -H 'Content-Type: application/json' -d @- \
			-- "$hook" >/dev/null || :
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
