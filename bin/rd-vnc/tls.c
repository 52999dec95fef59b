#include "base/die.h"
#include "base/log.h"
#include "server.h"

/*
 * Without a certificate; some clients know only one of the two ways to agree
 * on a key, and none does so by TLS 1.3.
 */
#define ANONYMOUS                                                              \
	"AECDH-AES256-SHA:AECDH-AES128-SHA:ADH-AES256-GCM-SHA384:"             \
	"ADH-AES128-GCM-SHA256:ADH-AES256-SHA256:ADH-AES256-SHA:"              \
	"@SECLEVEL=0"

static SSL_CTX *
new_context(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (!tls)
		die(EXIT_TEMP, 0, "cannot start TLS");
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_options(tls,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
		SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	/* TigerVNC's viewer hangs when tickets come together with data. */
	SSL_CTX_set_num_tickets(tls, 0);
	SSL_CTX_set_mode(tls,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_dh_auto(tls, 1);
	return tls;
}

SSL_CTX *
tls_anonymous(void)
{
	SSL_CTX *tls = new_context();

	SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
	if (SSL_CTX_set_cipher_list(tls, ANONYMOUS) != 1)
		die(EXIT_TEMP, 0, "no anonymous TLS in this OpenSSL");
	return tls;
}

SSL_CTX *
tls_certified(const char *cert, const char *key)
{
	SSL_CTX *tls = new_context();

	if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		die(EXIT_PERM, 0, "certificate '%s' with key '%s' is of no use",
		    cert, key);
	return tls;
}
