# shellcheck shell=sh
# shellcheck disable=SC2154 # dir is rd-edge's
# tls.sh - by which certificate rd-edge speaks TLS, if it does: the one that is
# given, one that Caddy gets for a name, the instance's, or one signed by itself

INSTANCE=/etc/instance  # .crt and .key
DAYS=365                # that a certificate of our own is good
SOON=$((30 * 24 * 3600)) # it is made anew this long before

check_tls_options() {
	[ -n "$cert" ] || [ -z "$key" ] || die 100 'option -k: it needs -c as well'
	[ -n "$key" ] || [ -z "$cert" ] || die 100 'option -c: it needs -k as well'
	[ -z "$cert" ] || [ -z "$domain" ] || die 100 'option -n: choose this or -c'
	case $domain in
	*[!A-Za-z0-9.-]* | .* | -*) die 100 "option -n: '$domain' is not a name" ;;
	esac
	[ -z "$cert" ] || is_pair "$cert" "$key" ||
		die 100 "option -c: '$cert' and '$key' are not a certificate and its key"
	cert=$(absolute "$cert") key=$(absolute "$key")
}

absolute() { # PATH
	[ -z "$1" ] || realpath -s -- "$1"
}

tls_is_on() {
	[ "$(printf %s "${ENABLE_HTTPS:-}" | tr '[:upper:]' '[:lower:]')" = true ]
}

is_pair() { # CERT KEY: an expired one is still better than none
	of_cert=$(openssl x509 -noout -pubkey -in "$1" 2>/dev/null) &&
		of_key=$(openssl pkey -pubout -passin pass: -in "$2" 2>/dev/null) &&
		[ "$of_cert" = "$of_key" ]
}

# Set cert and key, and have their files, unless Caddy sees to that.
make_certificate() {
	tls_is_on && [ -z "$domain" ] || return 0
	choose_certificate
	[ "$cert" != "$dir/self.crt" ] || self_signed
	say "TLS certificate $(openssl x509 -noout -fingerprint -sha256 -in "$cert")"
}

choose_certificate() {
	[ -z "$cert" ] || return 0
	cert=$INSTANCE.crt key=$INSTANCE.key
	is_pair "$cert" "$key" || {
		[ ! -e "$cert" ] || warn "'$cert' and '$key' do not match: not used"
		cert=$dir/self.crt key=$dir/self.key
	}
}

self_signed() {
	san=$(alternative_names)
	[ "$(cat "$dir/self.san" 2>/dev/null)" != "$san" ] ||
		! is_pair "$cert" "$key" ||
		! openssl x509 -noout -checkend "$SOON" -in "$cert" >/dev/null || return 0
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days "$DAYS" -subj /CN=rd-edge -addext "subjectAltName=$san" \
		-keyout "$key" -out "$cert" 2>/dev/null ||
		die 111 "cannot make the certificate '$cert'"
	echo "$san" >"$dir/self.san"
}

# All by which this machine may be called.
alternative_names() {
	printf DNS:localhost
	hostname | grep -Ex '[A-Za-z0-9-]{1,63}' | grep -vx localhost | sed 's/^/,DNS:/' | tr -d '\n'
	for address in 127.0.0.1 ::1 ${PUBLIC_IPADDR:+"$PUBLIC_IPADDR"} $(hostname -I); do
		echo "$address"
	done | grep -Ex '[0-9.]{7,15}|[0-9a-f:]{2,39}' | sort -u |
		sed 's/^/,IP:/' | tr -d '\n'
}
