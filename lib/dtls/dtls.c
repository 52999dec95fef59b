#include "dtls/dtls.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ssl.h>

#include "base/buf.h"
#include "dtls/identity.h"

enum {
	RETRANSMIT_MIN_MS = 100,
	RETRANSMIT_MAX_MS = 10000,
	RANDOM = 32,
	MASTER = 48,
};

enum state {
	IDLE,
	HANDSHAKE,
	UP,
	DOWN,
};

struct dtls {
	const struct dtls_ops *ops;
	void *arg;
	enum state state;
	struct identity identity;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	uint8_t peer[DTLS_FINGERPRINT];

	/* The datagram being read, and the handshake's timer. */
	const uint8_t *in;
	size_t in_len;
	int64_t now_us, intermediate_us, final_us;

	/* What the exporter needs: RFC 5705 section 4. */
	uint8_t master[MASTER], randoms[2 * RANDOM];
	mbedtls_tls_prf_types prf;
};

static const mbedtls_ssl_srtp_profile profiles[] = {
	MBEDTLS_TLS_SRTP_AES128_CM_HMAC_SHA1_80,
	MBEDTLS_TLS_SRTP_UNSET,
};

/* RFC 8827 section 6.5: forward secrecy, AEAD, and nothing older. */
static const int suites[] = {
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	0,
};

/*
 * RFC 8827 section 6.5: P-256 is what everyone has.  mbedTLS alone would put
 * larger ones first, with which a handshake takes it a third longer.
 */
static const mbedtls_ecp_group_id curves[] = {
	MBEDTLS_ECP_DP_SECP256R1,
	MBEDTLS_ECP_DP_SECP384R1,
	MBEDTLS_ECP_DP_NONE,
};

static int
on_send(void *arg, const unsigned char *p, size_t len)
{
	struct dtls *d = arg;

	d->ops->send(d->arg, p, len);
	return (int)len;
}

static int
on_recv(void *arg, unsigned char *p, size_t size)
{
	struct dtls *d = arg;
	size_t len = d->in_len < size ? d->in_len : size;

	if (!len)
		return MBEDTLS_ERR_SSL_WANT_READ;
	memcpy(p, d->in, len);
	d->in_len = 0;
	return (int)len;
}

static void
on_set_timer(void *arg, uint32_t intermediate_ms, uint32_t final_ms)
{
	struct dtls *d = arg;

	d->intermediate_us = d->now_us + (int64_t)intermediate_ms * 1000;
	d->final_us = final_ms ? d->now_us + (int64_t)final_ms * 1000 : 0;
}

static int
on_get_timer(void *arg)
{
	struct dtls *d = arg;

	if (!d->final_us)
		return -1;
	if (d->now_us >= d->final_us)
		return 2;
	return d->now_us >= d->intermediate_us;
}

static int
on_export(void *arg, const unsigned char *master, const unsigned char *block,
    size_t mac_len, size_t key_len, size_t iv_len,
    const unsigned char client_random[RANDOM],
    const unsigned char server_random[RANDOM], mbedtls_tls_prf_types prf)
{
	struct dtls *d = arg;

	(void)block;
	(void)mac_len;
	(void)key_len;
	(void)iv_len;
	memcpy(d->master, master, MASTER);
	memcpy(d->randoms, client_random, RANDOM);
	memcpy(d->randoms + RANDOM, server_random, RANDOM);
	d->prf = prf;
	return 0;
}

static int
configure(struct dtls *d)
{
	int err = mbedtls_ssl_config_defaults(&d->conf, MBEDTLS_SSL_IS_CLIENT,
	    MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);

	if (err)
		return err;
	mbedtls_ssl_conf_min_version(
	    &d->conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_ciphersuites(&d->conf, suites);
	mbedtls_ssl_conf_curves(&d->conf, curves);
	/* Self-signed by design: the fingerprint decides, in finish(). */
	mbedtls_ssl_conf_authmode(&d->conf, MBEDTLS_SSL_VERIFY_OPTIONAL);
	mbedtls_ssl_conf_rng(
	    &d->conf, mbedtls_ctr_drbg_random, &d->identity.drbg);
	mbedtls_ssl_conf_handshake_timeout(
	    &d->conf, RETRANSMIT_MIN_MS, RETRANSMIT_MAX_MS);
	mbedtls_ssl_conf_export_keys_ext_cb(&d->conf, on_export, d);
	if ((err = mbedtls_ssl_conf_dtls_srtp_protection_profiles(
		 &d->conf, profiles)) ||
	    (err = mbedtls_ssl_conf_own_cert(
		 &d->conf, &d->identity.cert, &d->identity.key)) ||
	    (err = mbedtls_ssl_setup(&d->ssl, &d->conf)))
		return err;
	mbedtls_ssl_set_mtu(&d->ssl, DTLS_MTU);
	mbedtls_ssl_set_bio(&d->ssl, d, on_send, on_recv, NULL);
	mbedtls_ssl_set_timer_cb(&d->ssl, d, on_set_timer, on_get_timer);
	return 0;
}

int
dtls_open(struct dtls **out, const struct dtls_ops *ops, void *arg)
{
	struct dtls *d = calloc(1, sizeof(*d));

	*out = NULL;
	if (!d)
		return -ENOMEM;
	d->ops = ops;
	d->arg = arg;
	mbedtls_ssl_init(&d->ssl);
	mbedtls_ssl_config_init(&d->conf);
	if (identity_make(&d->identity) || configure(d)) {
		dtls_close(d);
		return -ENOMEM;
	}
	*out = d;
	return 0;
}

void
dtls_close(struct dtls *d)
{
	if (!d)
		return;
	if (d->state == UP)
		mbedtls_ssl_close_notify(&d->ssl);
	mbedtls_ssl_free(&d->ssl);
	mbedtls_ssl_config_free(&d->conf);
	identity_clear(&d->identity);
	explicit_bzero(d, sizeof(*d));
	free(d);
}

const uint8_t *
dtls_fingerprint(const struct dtls *d)
{
	return d->identity.fingerprint;
}

static void
end(struct dtls *d, int err, const char *reason)
{
	d->state = DOWN;
	d->final_us = 0;
	d->ops->down(d->arg, err, reason);
}

/* RFC 5764 section 4.2: client key, server key, client salt, server salt. */
static int
export_keys(struct dtls *d, struct dtls_srtp_keys *k)
{
	uint8_t out[2 * DTLS_KEY + 2 * DTLS_SALT];
	const uint8_t *p = out;
	int err = mbedtls_ssl_tls_prf(d->prf, d->master, MASTER,
	    "EXTRACTOR-dtls_srtp", d->randoms, sizeof(d->randoms), out,
	    sizeof(out));

	memcpy(k->local_key, p, DTLS_KEY);
	memcpy(k->remote_key, p += DTLS_KEY, DTLS_KEY);
	memcpy(k->local_salt, p += DTLS_KEY, DTLS_SALT);
	memcpy(k->remote_salt, p + DTLS_SALT, DTLS_SALT);
	explicit_bzero(out, sizeof(out));
	explicit_bzero(d->master, sizeof(d->master));
	return err;
}

static bool
equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	volatile uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}

/* The handshake's messages are all exchanged: is it the right peer? */
static void
finish(struct dtls *d)
{
	const mbedtls_x509_crt *cert = mbedtls_ssl_get_peer_cert(&d->ssl);
	mbedtls_dtls_srtp_info srtp;
	struct dtls_srtp_keys keys;
	uint8_t hash[DTLS_FINGERPRINT];

	if (!cert || identity_hash(cert, hash) ||
	    !equal(hash, d->peer, sizeof(hash))) {
		end(d, -EACCES, "certificate does not match the fingerprint");
		return;
	}
	mbedtls_ssl_get_dtls_srtp_negotiation_result(&d->ssl, &srtp);
	if (srtp.chosen_dtls_srtp_profile != profiles[0] ||
	    export_keys(d, &keys)) {
		end(d, -EPROTO, "no common SRTP profile");
		return;
	}
	d->state = UP;
	d->ops->up(d->arg, &keys);
	explicit_bzero(&keys, sizeof(keys));
}

/* Go on with the handshake, then with the data behind it. */
static void
step(struct dtls *d)
{
	uint8_t data[DTLS_MTU + 512];
	char reason[64];
	int n;

	if (d->state == HANDSHAKE) {
		n = mbedtls_ssl_handshake(&d->ssl);
		if (n == 0) {
			finish(d);
		} else if (n != MBEDTLS_ERR_SSL_WANT_READ &&
		    n != MBEDTLS_ERR_SSL_WANT_WRITE) {
			snprintf(reason, sizeof(reason),
			    "DTLS handshake failed (mbedTLS -0x%04x)",
			    (unsigned int)-n);
			end(d, -EPROTO, reason);
		}
	}
	while (d->state == UP &&
	    (n = mbedtls_ssl_read(&d->ssl, data, sizeof(data))) !=
		MBEDTLS_ERR_SSL_WANT_READ) {
		if (n > 0)
			d->ops->data(d->arg, data, (size_t)n);
		else
			end(d,
			    n == 0 || n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY
				? 0
				: -EPROTO,
			    "the peer closed the connection");
	}
}

void
dtls_start(struct dtls *d, int64_t now_us, const uint8_t peer[DTLS_FINGERPRINT])
{
	if (d->state != IDLE)
		return;
	memcpy(d->peer, peer, DTLS_FINGERPRINT);
	d->state = HANDSHAKE;
	d->now_us = now_us;
	step(d);
}

/*
 * How much of a datagram is whole records, RFC 6347 section 4.1.1: over a rest
 * that is none mbedTLS would give up the association.
 */
static size_t
whole_records(const uint8_t *p, size_t len)
{
	struct rbuf r = rbuf_of(p, len);
	size_t whole = 0;

	while (rbuf_left(&r)) {
		rbuf_take(&r, 11); /* type, version, epoch, sequence */
		rbuf_take(&r, rbuf_u16(&r));
		if (r.bad)
			break;
		whole = len - rbuf_left(&r);
	}
	return whole;
}

void
dtls_input(struct dtls *d, int64_t now_us, const void *p, size_t len)
{
	if (d->state != HANDSHAKE && d->state != UP)
		return;
	d->now_us = now_us;
	d->in = p;
	d->in_len = whole_records(p, len);
	step(d);
	d->in_len = 0;
}

int64_t
dtls_deadline(const struct dtls *d)
{
	return d->final_us ? d->final_us : INT64_MAX;
}

void
dtls_tick(struct dtls *d, int64_t now_us)
{
	d->now_us = now_us;
	if (d->final_us && now_us >= d->final_us)
		step(d);
}

int
dtls_write(struct dtls *d, const void *p, size_t len)
{
	if (d->state != UP)
		return -ENOTCONN;
	if (len > DTLS_DATA_MAX)
		return -EMSGSIZE;
	return mbedtls_ssl_write(&d->ssl, p, len) < 0 ? -EIO : 0;
}
