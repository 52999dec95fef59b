# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # names that other parts have or set, and m_*
# manifest.sh - what a provisioning manifest asks for, and what is in its lists
# and in those of variables: each item is done once, whatever fails after it

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

# Each FIELD=TEXT sets m_FIELD, of a list to its last; see texts.
item() { # KIND FIELD=TEXT...
	failed="$1 '${2#*=}'"
	mark=${PROVISIONER_STATE_DIR:-$rd_root/.provisioner_state}/$(printf '%s\0' "$@" |
		sha256sum | cut -c -64)
	kind=$1
	shift
	for word; do
		eval "m_${word%%=*}=\${word#*=}"
	done
	case $kind in
	settings | on_failure | auth | env_merge | unknown) "item_$kind" "$@" ;;
	*)
		[ -e "$mark" ] || {
			done=$mark
			"item_$kind" "$@" && mkdir -p "${done%/*}" && touch "$done"
		}
		;;
	esac
}

# The texts of a list, one after the other.
texts() { # FIELD FUNCTION FIELD=TEXT...
	wanted=$1 function=$2
	shift 2
	for word; do
		case $word in
		"$wanted=") ;;
		"$wanted="*) "$function" "${word#*=}" || return ;;
		esac
	done
}

item_unknown() { # KEY
	echo "warning: '$m_key' of the manifest is left out"
}

item_settings() {
	: "${PROVISIONER_VENV:=$m_venv}" "${PROVISIONER_CONDA_ENV:=$m_conda_env}"
}

item_on_failure() {
	on_failure "$m_max_retries" "$m_retry_delay" "$m_action" "$m_webhook" \
		"$m_webhook_on_success"
}

# ---- files and packages

item_file() {
	mkdir -p -- "$(dirname -- "$m_path")" && printf %s "$m_content" >"$m_path" &&
		chmod -- "${m_permissions:-0644}" "$m_path" || return
	[ -z "$m_owner" ] || chown -- "$m_owner" "$m_path" ||
		echo "warning: '$m_path' is not of '$m_owner'"
}

item_late_file() {
	item_file
}

item_apt() {
	apt_package "$m_package"
}

item_repository() {
	to=${m_dest:-$(basename -- "$m_url" .git)}
	clone "$m_url" "$to" "$m_ref" "${m_recursive:-true}" "$m_pull_if_exists" &&
		texts post_commands in_clone "$@"
}

in_clone() { # COMMAND
	(cd -- "$to" && sh -c "$1")
}

clone() { # URL FOLDER [REF [RECURSIVE [PULL]]]
	if [ -e "$2/.git" ]; then
		! is_true "${5:-}" || git -C "$2" pull
		return
	fi
	set -- "$1" "$2" "${3:-}" "$(is_false "${4:-}" || echo --recurse-submodules)"
	# shellcheck disable=SC2086 # an option or none
	git clone $4 -- "$1" "$2" || return
	[ -n "$3" ] || return 0
	git -C "$2" checkout "$3" || return
	[ -z "$4" ] || git -C "$2" submodule update --init --recursive
}

item_pip() {
	words=''
	texts packages add_word "$@"
	texts requirements add_requirement "$@"
	eval "pip_install \"\$m_venv\" \"\$m_python\" \"\$m_tool\" \"\$m_args\" $words"
}

item_conda() {
	words=''
	texts channels add_channel "$@"
	texts packages add_word "$@"
	eval "conda_install \"\$m_env\" \"\$m_python\" \"\$m_args\" $words"
}

add_word() { # TEXT
	words="$words $(quoted "$1")"
}

add_requirement() { # FILE
	words="$words -r $(quoted "$1")"
}

add_channel() { # CHANNEL
	words="$words -c $(quoted "$1")"
}

# As sh reads it, to the byte but for newlines at the end.
quoted() { # TEXT
	printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

# By uv where there is one, as the template does it.
pip_install() { # ENVIRONMENT PYTHON TOOL ARGUMENTS WORD...
	venv=${1:-${PROVISIONER_VENV:-/venv/main}} version=$2 tool=$3 arguments=$4
	[ -z "$1$version" ] || make_venv || return
	shift 4
	if [ "$venv" = system ] || [ ! -x "$venv/bin/python" ]; then
		# shellcheck disable=SC2086 # words
		pip3 install --break-system-packages $arguments "$@"
	elif [ "$tool" != pip ] && command -v uv >/dev/null; then
		# shellcheck disable=SC2086
		uv pip install --no-cache --python "$venv/bin/python" $arguments "$@"
	else
		# shellcheck disable=SC2086
		"$venv/bin/python" -m pip install --no-cache-dir $arguments "$@"
	fi
}

make_venv() {
	[ "$venv" != system ] && [ ! -x "$venv/bin/python" ] || return 0
	if command -v uv >/dev/null; then
		uv venv --seed ${version:+--python "$version"} -- "$venv"
	else
		"python${version:-3}" -m venv -- "$venv"
	fi
}

conda_install() { # ENVIRONMENT PYTHON ARGUMENTS WORD...
	conda=''
	for tool in /opt/miniforge3/bin/mamba /opt/miniforge3/bin/conda mamba conda; do
		[ -n "$conda" ] || conda=$(command -v "$tool") || :
	done
	[ -n "$conda" ] || {
		echo "There is no mamba and no conda: install one first, as by post_commands of git_repos"
		return 1
	}
	environment=${1:-${PROVISIONER_CONDA_ENV:-/venv/main}} version=$2 arguments=$3
	shift 3
	[ -d "$environment/conda-meta" ] ||
		"$conda" create -y -p "$environment" ${version:+"python=$version"} || return
	# shellcheck disable=SC2086 # words
	"$conda" install -y -p "$environment" $arguments "$@"
}

# ---- downloads

item_auth() {
	m_huggingface=${m_huggingface#token_env=} m_civitai=${m_civitai#token_env=}
	hf_variable=${m_huggingface:-HF_TOKEN} civitai_variable=${m_civitai:-CIVITAI_TOKEN}
}

item_env_merge() { # variable=NAME=downloads...
	texts variable merge "$@"
}

merge() { # NAME=downloads
	case ${1#*=}/${1%%=*} in
	downloads/ | downloads/[0-9]* | downloads/*[!A-Za-z0-9_]*) return 1 ;;
	downloads/*) eval "each \"\${${1%%=*}:-}\" download_to" ;;
	*) echo "warning: '${1#*=}' of env_merge is left out" ;;
	esac
}

item_download() { # [when=CONDITION] [unless=CONDITION]
	when='' unless=''
	texts when set_when "$@"
	texts unless set_unless "$@"
	if { [ -z "$when" ] || holds "$when"; } && { [ -z "$unless" ] || ! holds "$unless"; }; then
		download_as "$m_url" "$m_dest"
	fi
}

set_when() { # CONDITION
	when=$1
}

set_unless() { # CONDITION
	unless=$1
}

holds() { # CONDITION
	case $1 in
	hf_token_valid) with_token "$(token hf)" https://huggingface.co/api/whoami-v2 ;;
	civitai_token_valid) with_token "$(token civitai)" 'https://civitai.com/api/v1/models?hidden=1&limit=1' ;;
	*)
		echo "warning: '$1' is no condition that is known"
		return 1
		;;
	esac
}

with_token() { # TOKEN URL
	[ -n "$1" ] && authorization "$1" | curl -fsS --max-time 15 -o /dev/null -H @- -- "$2"
}

authorization() { # TOKEN
	[ -z "$1" ] || printf 'Authorization: Bearer %s\n' "$1"
}

token() { # hf|civitai
	eval "name=\${${1}_variable:-}"
	[ -n "${name:-}" ] || case $1 in
	hf) name=HF_TOKEN ;;
	civitai) name=CIVITAI_TOKEN ;;
	esac
	eval "printf %s \"\${$name:-}\""
}

# A name that ends in "/" is a folder; there the server says the file's name.
# What is there is not fetched again.
download_as() { # URL [FILE]
	case $1,${2:-} in
	https://huggingface.co/*/resolve/*,?*) ;;
	https://huggingface.co/*)
		from_hub "$1" "${2:-}"
		return
		;;
	esac
	case ${2:-} in
	*/) download_into "$1" "$2" ;;
	*)
		name=${1%%[?#]*}
		file=${2:-$(basename -- "$name")}
		[ -e "$file" ] || { mkdir -p -- "$(dirname -- "$file")" && download "$1" "$file"; }
		;;
	esac
}

# Whole or not at all.
download() { # URL FILE
	get "$1" -o "$2.part" && mv -- "$2.part" "$2"
}

download_into() { # URL FOLDER
	mkdir -p -- "$2" && part=$(mktemp -d -- "$2/.part-XXXXXXXX") || return
	get "$1" -OJ --output-dir "$part" && mv -- "$part"/* "$2"
	status=$?
	rm -rf -- "$part"
	return "$status"
}

# Nobody else than who has given a token gets it: curl drops it on the way.
get() { # URL CURL-OPTION...
	url=$1 secret=''
	shift
	case $url in
	https://huggingface.co/*) secret=$(token hf) ;;
	https://civitai.com/* | https://*.civitai.com/*)
		host=${url#https://}
		case ${host%%/*} in
		*.civitai.com | civitai.com) secret=$(token civitai) ;;
		esac
		;;
	esac
	authorization "$secret" |
		curl -fsSL --connect-timeout 30 --retry 4 -H @- "$@" -- "$url"
}

# A repository, or a file for its cache, by its own program.
from_hub() { # URL [FOLDER]
	path=${1#https://huggingface.co/} folder=${2:-}
	repository=$(printf %s "$path" | cut -d / -f 1-2)
	set -- "$repository"
	case $path in
	*/resolve/*/*)
		path=${path#*/resolve/}
		set -- "$repository" "${path#*/}" --revision "${path%%/*}"
		;;
	esac
	hub=$(command -v hf || command -v huggingface-cli) || {
		echo "There is no 'hf': pip_packages: ['huggingface_hub[cli]'] has it"
		return 1
	}
	HF_TOKEN=$(token hf) "$hub" download "$@" ${folder:+--local-dir "$folder"}
}

# ---- programs

# A program of Supervisor, with a script of its own that comes back for what is
# to be looked at first.
item_service() {
	case $m_name in
	'' | *[!A-Za-z0-9_-]*) return 1 ;;
	esac
	script=$rd_root/opt/supervisor-scripts/$m_name.sh
	m_path=$script m_permissions=0755 m_owner=''
	m_content=$(service_script "$@") && item_file || return
	m_path=$rd_root/etc/supervisor/conf.d/$m_name.conf m_permissions=0644
	m_content="[program:$m_name]
command=$script
stdout_logfile=$logs/$m_name.log
redirect_stderr=true
autorestart=unexpected
exitcodes=0
stopasgroup=true
killasgroup=true
"
	item_file && supervisorctl -c "$run/supervisor.conf" update "$m_name"
}

service_script() { # FIELD=TEXT...
	activate=${m_venv:-${PROVISIONER_VENV:-/venv/main}}/bin/activate
	cat <<-END
	#!/bin/bash
	[ "\$1" = now ] || exec rd-instance _listed '$rd_root' $m_name "\$0" $(quoted "$m_portal_search_term") \\
	    '$(is_false "$m_skip_on_serverless" || echo here)' '$(is_false "$m_wait_for_provisioning" || echo wait)'
	[ ! -r $(quoted "$activate") ] || . $(quoted "$activate")
	END
	texts environment export_line "$@" || return
	echo "cd $(quoted "${m_workdir:-/}") || exit"
	texts pre_commands line "$@"
	line "$m_command"
}

export_line() { # NAME=VALUE
	case ${1%%=*} in
	'' | [0-9]* | *[!A-Za-z0-9_]*) return 1 ;;
	esac
	echo "export ${1%%=*}=$(quoted "${1#*=}")"
}

line() { # TEXT
	printf '%s\n' "$1"
}

# The script of a service, if it is to run, with the environment of now.
_listed() { # NAME SCRIPT TERM SERVERLESS WAIT
	load_environment
	rm -f "$rd_root/tmp/supervisor-skip/$1"
	[ -z "$4" ] || not_serverless "$1"
	[ -z "$3" ] || is_listed "$3" || skip "$1" "not in $list"
	while [ -n "$5" ] && [ -e "$rd_root/.provisioning" ]; do
		flock -s "$run/provisioning" true
		sleep 1
	done
	exec "$2" now
}

item_command() {
	shell_command "$m_command"
}
