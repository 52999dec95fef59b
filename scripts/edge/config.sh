# shellcheck shell=sh
# shellcheck disable=SC2154 # the options are rd-edge's
# config.sh - the configuration for Caddy of the applications that rd-portal(1)
# lists, as the environment says; @hold@ is a generation's own socket

configure() {
	! tls_is_on || [ -n "$domain" ] || choose_certificate
	read_environment
	# rd-portal says itself which entries of PORTAL_CONFIG are bad.
	applications=$(rd-portal -L -f "$list") ||
		die 111 'rd-portal lists no applications'
	sites=$(printf '%s\n' "$applications" |
		while IFS='	' read -r external internal host way _; do
			[ "$way" != edge ] || site "$host" "$external" "$internal"
		done)
	{
		global_options
		cat "$data/site.caddy"
		snippets
		printf '%s\n' '' "$sites"
	} | indent
}

# ---- the environment: what is wrong is one warning, and then the default

read_environment() {
	compression=$(setting CADDY_ENABLE_COMPRESSION 'true|false' true)
	flush=$(setting CADDY_FLUSH_INTERVAL '-1|[0-9]+(ms|s|m)?' -1)
	methods=$(setting CADDY_CORS_ALLOWED_METHODS '[A-Z*, ]+' \
		'GET, POST, PUT, DELETE, OPTIONS')
	headers=$(setting CADDY_CORS_ALLOWED_HEADERS '[A-Za-z0-9_*, -]+' \
		'Authorization, Content-Type')
	origins=$(setting CADDY_CORS_ALLOWED_ORIGINS \
		'(\*|https?://[][A-Za-z0-9.:-]+)( *, *https?://[][A-Za-z0-9.:-]+)*' '')
	localhost=$(setting CADDY_HEADER_UP_LOCALHOST 'true|false|[0-9]+( *, *[0-9]+)*' '')
	passthrough=$(setting CADDY_HOST_PASSTHROUGH '[0-9]+( *, *[0-9]+)*' '')
	excluded=$(ports_of AUTH_EXCLUDE)
}

setting() { # NAME PATTERN DEFAULT
	eval "value=\${$1:-}"
	# shellcheck disable=SC2154 # value is set by eval
	if [ -z "$value" ]; then
		printf %s "$3"
	elif [ "$(printf '%s\n' "$value" | wc -l)" -eq 1 ] &&
		printf '%s\n' "$value" | grep -Eqix -e "$2"; then
		printf %s "$value" | tr -s ' '
	else
		warn "$1: '$value' is not understood, '$3' is used"
		printf %s "$3"
	fi
}

ports_of() { # NAME
	eval "value=\${$1:-}"
	for port in $(printf %s "$value" | tr -cs 'A-Za-z0-9_.:-' ' '); do
		if is_port "$port"; then
			printf '%s ' "$port"
		else
			warn "$1: '$port' is not a port, it is left out"
		fi
	done
}

is_in() { # WORD LIST: of blanks or commas
	case " $(printf %s "$2" | tr ',' ' ') " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

asks_who_comes() { # PORT
	[ "$(printf %s "${ENABLE_AUTH:-}" | tr '[:upper:]' '[:lower:]')" != false ] &&
		! is_in "$1" "$excluded"
}

# ---- the configuration

# As Caddy's own format has it.
indent() {
	awk '{ sub(/^[ \t]+/, "") }
		/^}/ { depth-- }
		{ for (i = $0 == "" ? depth : 0; i < depth; i++) printf "\t"; print }
		/\{$/ { depth++ }'
}

global_options() {
	cat <<-END
	{
		admin off
		auto_https disable_redirects
		grace_period 24h
		log {
			format console {
				level_format upper
			}
		}
	END
	server_options ''
	! tls_is_on || printf '%s\n' "$sites" | sed -n 's|^http.*\(:[0-9]*\) {$|\1|p' |
		while read -r address; do
			server_options "$address"
		done
	cat <<-END
	}
	http://hold {
		bind @hold@
		respond /here here
		reverse_proxy 127.0.0.1:1 {
			lb_try_duration 24h
			lb_try_interval 10s
		}
	}
	END
}

# No HTTP/3: what is mapped is TCP.
server_options() { # ADDRESS
	cat <<-END
		servers${1:+ $1} {
			protocols h1 h2
			timeouts {
				read_header 10s
			}
	END
	[ -z "$1" ] || cat <<-END
			listener_wrappers {
				http_redirect
				tls
			}
	END
	echo '	}'
}

site() { # HOST EXTERNAL INTERNAL
	address "$2"
	echo '	route {'
	echo 'import rd_client'
	echo 'import rd_clean'
	echo 'import rd_resolver'
	[ -z "$origins" ] || echo '		import rd_cors'
	[ "$compression" = false ] || echo '		encode zstd gzip'
	! asks_who_comes "$2" || echo "import rd_authority 127.0.0.1:$authority $2"
	upstream "$1" "$3"
	echo '	}'
	echo "	import rd_not_ready \"$data/page\""
	echo '}'
}

address() { # PORT
	if tls_is_on; then
		echo "https://$domain:$1 {"
		[ -n "$domain" ] || echo "	tls \"$cert\" \"$key\""
	else
		echo "http://:$1 {"
	fi
}

# What the application sees as its own name, and as the origin of its pages.
upstream() { # HOST PORT
	if is_in "$2" "$passthrough"; then
		host=''
	elif [ "$localhost" = true ] || is_in "$2" "$localhost"; then
		host="localhost:$2"
		echo "		request_header Origin {vars.proto}://$host"
	else
		host=$1:$2
		echo "		request_header @same Origin http://$host"
	fi
	cat <<-END
			reverse_proxy $1:$2 {
				import rd_upstream
			${host:+header_up Host $host}
			}
	END
}

snippets() {
	cat <<-END
	(rd_upstream) {
		flush_interval $flush
		header_up X-Real-Ip {vars.client}
		header_up X-Forwarded-Proto {vars.proto}
		header_down -X-Portal-Placeholder
	}
	END
	[ -z "$origins" ] || cors
}

cors() {
	echo '(rd_cors) {'
	echo '	@cors {'
	for origin in $(printf %s "$origins" | tr ',' ' '); do
		echo "		header Origin $origin"
	done
	cat <<-END
		}
		import rd_cors_of "$methods" "$headers"
	}
	END
}
