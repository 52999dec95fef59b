/*
 * dtls.h - one DTLS 1.2 client association that gives SRTP its keys
 *
 * RFC 6347, RFC 5764 (use_srtp, exporter), RFC 8827 section 6.5 (the peer is
 * who its signalled fingerprint says).  Always the client: mbedTLS 2.28 as
 * server cannot read the fragmented ClientHello that browsers send.
 *
 * Datagrams and time in, datagrams out through ops: no sockets, no clock.
 * Nothing is given to the owner before the fingerprint was checked.
 */
#ifndef DTLS_DTLS_H
#define DTLS_DTLS_H

#include <stddef.h>
#include <stdint.h>

enum {
	DTLS_FINGERPRINT = 32, /* SHA-256 of a certificate */
	DTLS_MTU = 1200,       /* bytes of the largest datagram sent */
	DTLS_DATA_MAX = 1150,  /* bytes of application data in one of them */
	DTLS_KEY = 16,
	DTLS_SALT = 14,
};

/* For SRTP_AES128_CM_HMAC_SHA1_80, the one profile offered. */
struct dtls_srtp_keys {
	uint8_t local_key[DTLS_KEY], local_salt[DTLS_SALT];
	uint8_t remote_key[DTLS_KEY], remote_salt[DTLS_SALT];
};

struct dtls_ops {
	/* Send a datagram.  Nothing is said when it is lost. */
	void (*send)(void *arg, const void *p, size_t len);
	/* The handshake is done and the peer is the right one. */
	void (*up)(void *arg, const struct dtls_srtp_keys *keys);
	/* Application data, borrowed. */
	void (*data)(void *arg, const uint8_t *p, size_t len);
	/*
	 * Over: 0 when the peer said so, -EACCES when its certificate is not
	 * the signalled one, -EPROTO when the handshake failed.  reason is
	 * text for people.  Nothing is called after this.
	 */
	void (*down)(void *arg, int err, const char *reason);
};

struct dtls;

/* Make a key and a self-signed certificate.  Negative errno on failure. */
int dtls_open(struct dtls **out, const struct dtls_ops *ops, void *arg);
/* Says goodbye to the peer if the association is up. */
void dtls_close(struct dtls *d);

/* SHA-256 of our certificate. */
const uint8_t *dtls_fingerprint(const struct dtls *d);

/* Begin the handshake with the peer whose certificate has this SHA-256. */
void dtls_start(
    struct dtls *d, int64_t now_us, const uint8_t peer[DTLS_FINGERPRINT]);

/* A datagram of the peer arrived. */
void dtls_input(struct dtls *d, int64_t now_us, const void *p, size_t len);

/* When dtls_tick() is due, in the same clock; INT64_MAX: never. */
int64_t dtls_deadline(const struct dtls *d);
void dtls_tick(struct dtls *d, int64_t now_us);

/*
 * Send application data.  -ENOTCONN before up() and after down(), -EMSGSIZE
 * over DTLS_DATA_MAX.
 */
int dtls_write(struct dtls *d, const void *p, size_t len);

#endif
