# shellcheck shell=sh
# shellcheck disable=SC2154 # the environment
# services.sh - applications of an instance that Debian has: Syncthing, Jupyter

service_jupyter() {
	listed jupyter jupyter
	case $(cat "$rd_root/.launch" 2>/dev/null) in
	*[Jj]upyter*) skip jupyter 'the platform has launched one' ;;
	esac
	cd "$JUPYTER_DIR" 2>/dev/null || cd /
	# The door has asked who comes, and gives it Origin and Host of its own.
	exec "$JUPYTER_BIN" "$JUPYTER_TYPE" --allow-root --no-browser --ip=127.0.0.1 \
		--port="$(port_of jupyter 18080)" --port-retries=0 \
		--NotebookApp.token= --NotebookApp.password= \
		--NotebookApp.terminado_settings='{"shell_command": ["/bin/bash"]}' \
		--notebook-dir="${JUPYTER_ROOT:-$rd_root/}"
}

service_syncthing() {
	listed syncthing syncthing
	mkdir -p "$STCONFDIR" "$STDATADIR"
	chmod 700 "$STCONFDIR" "$STDATADIR"
	rm -f "$STDATADIR"/*/LOCK
	give_user "$STCONFDIR" "$STDATADIR"
	[ -s "$STCONFDIR/config.xml" ] || new_syncthing
	set_syncthing
	give_user "$STCONFDIR"
	# The variable, as the option would show it to everybody.
	export STGUIAPIKEY="${OPEN_BUTTON_TOKEN:-}"
	as_user syncthing serve --no-browser --no-restart \
		--no-upgrade --config="$STCONFDIR" --data="$STDATADIR" \
		--gui-address="127.0.0.1:$(port_of syncthing 18384)"
}

new_syncthing() {
	(as_user syncthing generate --config="$STCONFDIR" --no-default-folder)
	sed -i 's|<natEnabled>true<|<natEnabled>false<|' "$STCONFDIR/config.xml"
}

# The door has asked who comes; others reach it at the port that the platform
# maps to itself, or by relays.
set_syncthing() {
	address='dynamic+https://relays.syncthing.net/endpoint'
	case ${VAST_TCP_PORT_72299:-} in
	'' | *[!0-9]*) echo 'warning: VAST_TCP_PORT_72299 is no port: by relays only' ;;
	*) address=tcp://0.0.0.0:$VAST_TCP_PORT_72299 ;;
	esac
	sed -i -e '/<listenAddress>/d' -e '/<insecureAdminAccess>/d' \
		-e '/<insecureSkipHostcheck>/d' \
		-e "s|^\\( *\\)<options>|&\\n\\1    <listenAddress>$address</listenAddress>|" \
		-e 's|^\( *\)<gui .*|&\n\1    <insecureAdminAccess>true</insecureAdminAccess>\n\1    <insecureSkipHostcheck>true</insecureSkipHostcheck>|' \
		"$STCONFDIR/config.xml"
}
