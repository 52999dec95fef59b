/* lib/dtls against mbedTLS as server, over a pipe in memory that may lose. */
#include <errno.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ssl.h>

#include "../tap.h"
#include "base/buf.h"
#include "dtls/dtls.h"
#include "dtls/identity.h"

enum { QUEUE = 64, MS = 1000 };

struct pipe {
	uint8_t data[QUEUE][2048];
	size_t len[QUEUE];
	unsigned int head, tail, loss; /* in percent */
};

struct server {
	struct identity id;
	mbedtls_ssl_config conf;
	mbedtls_ssl_context ssl;
	int64_t intermediate, final;
	uint8_t master[48], randoms[64];
	mbedtls_tls_prf_types prf;
	bool done;
	int failed;
};

static struct pipe to_server, to_client;
static struct server server;
static int64_t now = MS;

static struct {
	unsigned int ups, downs;
	int err;
	struct dtls_srtp_keys keys;
	uint8_t data[256];
	size_t len;
} seen;

static void
put(struct pipe *p, const void *data, size_t len)
{
	static uint32_t random = 1;

	random = random * 1664525 + 1013904223;
	if ((random >> 16) % 100 < p->loss)
		return;
	memcpy(p->data[p->head % QUEUE], data, len);
	p->len[p->head++ % QUEUE] = len;
}

static void
client_send(void *arg, const void *p, size_t len)
{
	(void)arg;
	if (len > DTLS_MTU)
		ok(false, "no datagram over the MTU");
	put(&to_server, p, len);
}

static void
client_up(void *arg, const struct dtls_srtp_keys *keys)
{
	(void)arg;
	seen.ups++;
	seen.keys = *keys;
}

static void
client_data(void *arg, const uint8_t *p, size_t len)
{
	(void)arg;
	seen.len = len < sizeof(seen.data) ? len : sizeof(seen.data);
	memcpy(seen.data, p, seen.len);
}

static void
client_down(void *arg, int err, const char *reason)
{
	(void)arg;
	seen.downs++;
	seen.err = err;
	printf("# down: %s\n", reason);
}

static const struct dtls_ops client_ops = {
	.send = client_send,
	.up = client_up,
	.data = client_data,
	.down = client_down,
};

static int
server_send(void *arg, const unsigned char *p, size_t len)
{
	(void)arg;
	put(&to_client, p, len);
	return (int)len;
}

static int
server_recv(void *arg, unsigned char *p, size_t size)
{
	struct pipe *q = &to_server;
	size_t len;

	(void)arg;
	if (q->tail == q->head)
		return MBEDTLS_ERR_SSL_WANT_READ;
	len = q->len[q->tail % QUEUE];
	memcpy(p, q->data[q->tail++ % QUEUE], len < size ? len : size);
	return (int)len;
}

static void
server_set_timer(void *arg, uint32_t intermediate, uint32_t final)
{
	(void)arg;
	server.intermediate = now + (int64_t)intermediate * MS;
	server.final = final ? now + (int64_t) final * MS : 0;
}

static int
server_get_timer(void *arg)
{
	(void)arg;
	if (!server.final)
		return -1;
	return now >= server.final ? 2 : now >= server.intermediate;
}

static int
server_export(void *arg, const unsigned char *master,
    const unsigned char *block, size_t mac, size_t key, size_t iv,
    const unsigned char client[32], const unsigned char srv[32],
    mbedtls_tls_prf_types prf)
{
	(void)arg, (void)block, (void)mac, (void)key, (void)iv;
	memcpy(server.master, master, 48);
	memcpy(server.randoms, client, 32);
	memcpy(server.randoms + 32, srv, 32);
	server.prf = prf;
	return 0;
}

static void
server_open(bool srtp)
{
	static const mbedtls_ssl_srtp_profile profiles[] = {
		MBEDTLS_TLS_SRTP_AES128_CM_HMAC_SHA1_80,
		MBEDTLS_TLS_SRTP_UNSET,
	};

	memset(&server, 0, sizeof(server));
	identity_make(&server.id);
	mbedtls_ssl_config_init(&server.conf);
	mbedtls_ssl_init(&server.ssl);
	mbedtls_ssl_config_defaults(&server.conf, MBEDTLS_SSL_IS_SERVER,
	    MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);
	mbedtls_ssl_conf_rng(
	    &server.conf, mbedtls_ctr_drbg_random, &server.id.drbg);
	mbedtls_ssl_conf_authmode(&server.conf, MBEDTLS_SSL_VERIFY_OPTIONAL);
	mbedtls_ssl_conf_dtls_cookies(&server.conf, NULL, NULL, NULL);
	mbedtls_ssl_conf_handshake_timeout(&server.conf, 100, 10000);
	mbedtls_ssl_conf_own_cert(
	    &server.conf, &server.id.cert, &server.id.key);
	if (srtp)
		mbedtls_ssl_conf_dtls_srtp_protection_profiles(
		    &server.conf, profiles);
	mbedtls_ssl_conf_export_keys_ext_cb(&server.conf, server_export, NULL);
	mbedtls_ssl_setup(&server.ssl, &server.conf);
	mbedtls_ssl_set_mtu(&server.ssl, 700);
	mbedtls_ssl_set_bio(&server.ssl, NULL, server_send, server_recv, NULL);
	mbedtls_ssl_set_timer_cb(
	    &server.ssl, NULL, server_set_timer, server_get_timer);
}

static void
server_close(void)
{
	mbedtls_ssl_free(&server.ssl);
	mbedtls_ssl_config_free(&server.conf);
	identity_clear(&server.id);
}

/* Let both sides act until nothing moves for the given time. */
static void
run(struct dtls *d, int ms)
{
	for (int64_t end = now + (int64_t)ms * MS; now < end; now += MS) {
		int n;

		if (!server.done) {
			n = mbedtls_ssl_handshake(&server.ssl);
			server.done = n == 0;
			if (n && n != MBEDTLS_ERR_SSL_WANT_READ)
				server.failed = n;
		}
		while (to_client.tail != to_client.head) {
			unsigned int k = to_client.tail++ % QUEUE;

			dtls_input(d, now, to_client.data[k], to_client.len[k]);
		}
		if (dtls_deadline(d) <= now)
			dtls_tick(d, now);
	}
}

static struct dtls *
client_open(void)
{
	struct dtls *d;

	memset(&seen, 0, sizeof(seen));
	memset(&to_server, 0, sizeof(to_server));
	memset(&to_client, 0, sizeof(to_client));
	is_int(dtls_open(&d, &client_ops, NULL), 0, "an association opens");
	return d;
}

static void
test_handshake(unsigned int loss)
{
	struct dtls *d = client_open();
	static const uint8_t forged[13 + 4 + 13] = { 22, 0xfe, 0xfd, 0, 0, 0, 0,
		0, 0, 0, 9, 0, 4 };
	uint8_t want[60], buf[64];
	int n;

	server_open(true);
	to_server.loss = to_client.loss = loss;
	is_int(
	    dtls_write(d, "x", 1), -ENOTCONN, "no data before the handshake");
	dtls_start(d, now, server.id.fingerprint);
	run(d, 20000);
	to_server.loss = to_client.loss = 0;
	is_int(seen.ups, 1, "up once at %u %% loss", loss);
	ok(server.done, "the server is done too");
	mbedtls_ssl_tls_prf(server.prf, server.master, 48,
	    "EXTRACTOR-dtls_srtp", server.randoms, 64, want, sizeof(want));
	is_mem(seen.keys.local_key, want, 16, "client's key");
	is_mem(seen.keys.remote_key, want + 16, 16, "server's key");
	is_mem(seen.keys.local_salt, want + 32, 14, "client's salt");
	is_mem(seen.keys.remote_salt, want + 46, 14, "server's salt");
	is_int(dtls_write(d, "hello", 5), 0, "data goes out");
	n = mbedtls_ssl_read(&server.ssl, buf, sizeof(buf));
	ok(n == 5 && memcmp(buf, "hello", 5) == 0, "and arrives");
	mbedtls_ssl_write(&server.ssl, (const uint8_t *)"back", 4);
	run(d, 5);
	ok(seen.len == 4 && memcmp(seen.data, "back", 4) == 0, "and back");
	is_int(dtls_write(d, want, DTLS_DATA_MAX + 1), -EMSGSIZE, "too long");
	for (size_t len = 0; len <= sizeof(buf); len++)
		dtls_input(d, now, buf, len);
	is_int(seen.downs, 0, "garbage changes nothing");
	for (size_t len = 0; len <= sizeof(forged); len++) {
		dtls_input(d, now, forged, len);
		dtls_input(d, now, "x", 1);
	}
	is_int(seen.downs, 0, "nor do a forged record and what is behind it");
	mbedtls_ssl_close_notify(&server.ssl);
	run(d, 5);
	ok(seen.downs == 1 && seen.err == 0, "the server's goodbye is the end");
	is_int(dtls_write(d, "x", 1), -ENOTCONN, "no data after it");
	dtls_close(d);
	server_close();
}

static void
test_wrong_peer(void)
{
	struct dtls *d = client_open();
	uint8_t other[DTLS_FINGERPRINT];

	server_open(true);
	memcpy(other, server.id.fingerprint, sizeof(other));
	other[31] ^= 1;
	dtls_start(d, now, other);
	run(d, 2000);
	ok(seen.ups == 0 && seen.downs == 1 && seen.err == -EACCES,
	    "a certificate with another fingerprint is refused");
	mbedtls_ssl_write(&server.ssl, (const uint8_t *)"secret", 6);
	run(d, 5);
	is_int(seen.len, 0, "and no data of it is given");
	dtls_close(d);
	server_close();
}

static void
test_no_srtp(void)
{
	struct dtls *d = client_open();

	server_open(false);
	dtls_start(d, now, server.id.fingerprint);
	run(d, 2000);
	ok(seen.ups == 0 && seen.err == -EPROTO, "no SRTP profile, no media");
	dtls_close(d);
	server_close();
}

static void
test_silent_peer(void)
{
	struct dtls *d = client_open();

	server_open(true);
	to_server.loss = 100;
	dtls_start(d, now, server.id.fingerprint);
	run(d, 30000);
	ok(seen.downs == 1 && seen.err == -EPROTO, "a silent peer is given up");
	ok(dtls_deadline(d) == INT64_MAX, "and no timer is left");
	dtls_close(d);
	server_close();
}

/* RFC 8422 section 5.1.1: what the peer chooses from, ours first. */
static void
test_curves(void)
{
	static const uint8_t groups[] = { 0, 10, 0, 6, 0, 4, 0, 23, 0, 24 };
	struct dtls *d = client_open();

	dtls_start(d, now, (const uint8_t[DTLS_FINGERPRINT]){ 0 });
	ok(memmem(to_server.data[0], to_server.len[0], groups, sizeof(groups)),
	    "P-256 is offered first, then P-384");
	dtls_close(d);
}

int
main(void)
{
	test_curves();
	test_handshake(0);
	test_handshake(20);
	test_handshake(50);
	test_wrong_peer();
	test_no_srtp();
	test_silent_peer();
	return done_testing();
}
