/*
 * handshake.h - from a connection's first byte to ClientInit
 *
 * RFC 6143 section 7.1 to 7.3.1, versions 3.3, 3.7 and 3.8, and VeNCrypt of
 * the RFB protocol's community edition.  Who a client is, the caller decides:
 * what is to be proven is handed to it, and its verdict taken.  Pure: bytes
 * in, bytes out; no allocation, no clock.
 */
#ifndef RFB_HANDSHAKE_H
#define RFB_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

enum rfb_security {
	RFB_NONE = 1,
	RFB_VNCAUTH = 2,
	RFB_VENCRYPT = 19,
	/* Within VeNCrypt: */
	RFB_PLAIN = 256,
	RFB_TLS_NONE = 257,
	RFB_TLS_VNC = 258,
	RFB_TLS_PLAIN = 259,
	RFB_X509_NONE = 260,
	RFB_X509_VNC = 261,
	RFB_X509_PLAIN = 262,
};

enum {
	RFB_CHALLENGE = 16,     /* bytes, and of the response */
	RFB_OFFERS = 8,         /* security types, at most */
	RFB_NAME_MAX = 255,     /* bytes of a user's name, */
	RFB_PASSWORD_MAX = 255, /* and of a password */
	/* The most that one step writes. */
	RFB_HANDSHAKE_OUT = 512,
};

enum rfb_step {
	RFB_STEP_MORE,     /* bytes are needed */
	RFB_STEP_TLS,      /* TLS begins behind what was written */
	RFB_STEP_RESPONSE, /* the response is in h->response: say a verdict */
	RFB_STEP_PLAIN,    /* so are name and password */
	RFB_STEP_FREE,     /* nothing is to be proven: say a verdict */
	RFB_STEP_READY,    /* ClientInit came: h->shared; messages follow */
};

struct rfb_handshake {
	/* Set by the caller: what is offered, in order of preference. */
	uint16_t offers[RFB_OFFERS]; /* enum rfb_security */
	size_t noffers;
	uint8_t challenge[RFB_CHALLENGE];

	enum rfb_state {
		RFB_START,
		RFB_VERSION,
		RFB_TYPE,
		RFB_VENCRYPT_VERSION,
		RFB_SUBTYPE,
		RFB_RESPONSE,
		RFB_CREDENTIALS,
		RFB_VERDICT,
		RFB_INIT,
		RFB_OVER,
	} state;
	uint8_t minor; /* 3, 7 or 8 */
	uint16_t chosen;
	bool shared;
	uint8_t response[RFB_CHALLENGE];
	char name[RFB_NAME_MAX + 1], password[RFB_PASSWORD_MAX + 1];
};

/* Write the version; the first thing to do. */
void rfb_handshake_begin(struct rfb_handshake *h, struct wbuf *out);

/*
 * Go on with what came, p being all that was not taken before; *step is what
 * to do next, in order: a step other than MORE is not the end of p.  Bytes
 * taken; -EBADMSG when they are none of RFB's; -EACCES when the client chose
 * what was not offered; -EPROTONOSUPPORT when it can take none of it.  Then
 * out, which has room for RFB_HANDSHAKE_OUT, is still to be sent.
 */
ssize_t rfb_handshake_input(struct rfb_handshake *h, const void *p, size_t len,
    enum rfb_step *step, struct wbuf *out);

/*
 * After RESPONSE, PLAIN or FREE: NULL when the client may come in, else why
 * not, for people; then the connection is to be closed.
 */
void rfb_handshake_verdict(
    struct rfb_handshake *h, const char *why, struct wbuf *out);

/* After RFB_STEP_TLS, with TLS made. */
void rfb_handshake_secured(struct rfb_handshake *h, struct wbuf *out);

/* A name of chosen, for people. */
const char *rfb_security_name(uint16_t type);

#endif
