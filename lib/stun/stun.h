/*
 * stun.h - STUN messages (RFC 8489), with the attributes of TURN (RFC 8656)
 *
 * Works in the caller's memory: no allocation of ours, no I/O, no clock.
 */
#ifndef STUN_STUN_H
#define STUN_STUN_H

#include "base/buf.h"
#include "stun/address.h"

enum {
	STUN_HEADER = 20,
	STUN_ID = 12,           /* bytes of a transaction's identifier */
	STUN_SIGNED_MAX = 2048, /* of a message that can be verified */
};

enum stun_class {
	STUN_REQUEST = 0x000,
	STUN_INDICATION = 0x010,
	STUN_SUCCESS = 0x100,
	STUN_ERROR = 0x110,
	STUN_CLASS = 0x110, /* these bits of a type */
};

enum stun_method {
	STUN_BINDING = 0x001,
	STUN_ALLOCATE = 0x003,
	STUN_REFRESH = 0x004,
	STUN_SEND = 0x006,
	STUN_DATA = 0x007,
	STUN_CREATE_PERMISSION = 0x008,
	STUN_CHANNEL_BIND = 0x009,
	STUN_CONNECT = 0x00a, /* RFC 6062 */
	STUN_CONNECTION_BIND = 0x00b,
	STUN_CONNECTION_ATTEMPT = 0x00c,
};

enum stun_attribute {
	STUN_A_USERNAME = 0x0006,
	STUN_A_INTEGRITY = 0x0008,
	STUN_A_ERROR_CODE = 0x0009,
	STUN_A_UNKNOWN = 0x000a,
	STUN_A_CHANNEL_NUMBER = 0x000c,
	STUN_A_LIFETIME = 0x000d,
	STUN_A_PEER_ADDRESS = 0x0012,
	STUN_A_DATA = 0x0013,
	STUN_A_REALM = 0x0014,
	STUN_A_NONCE = 0x0015,
	STUN_A_RELAYED_ADDRESS = 0x0016,
	STUN_A_REQUESTED_FAMILY = 0x0017,
	STUN_A_EVEN_PORT = 0x0018,
	STUN_A_REQUESTED_TRANSPORT = 0x0019,
	STUN_A_DONT_FRAGMENT = 0x001a,
	STUN_A_INTEGRITY_SHA256 = 0x001c,
	STUN_A_MAPPED_ADDRESS = 0x0020, /* XOR-MAPPED-ADDRESS */
	STUN_A_RESERVATION_TOKEN = 0x0022,
	STUN_A_CONNECTION_ID = 0x002a,
	STUN_A_ADDITIONAL_FAMILY = 0x8000,
	STUN_A_ADDRESS_ERROR = 0x8001,
	STUN_A_ALTERNATE_SERVER = 0x8023,
	STUN_A_FINGERPRINT = 0x8028,
};

/* A message that was read: it points into the caller's bytes. */
struct stun {
	const uint8_t *data, *id;
	uint16_t type;
	size_t end;               /* where the attributes that count end */
	size_t integrity, sha256; /* where these attributes are; 0: nowhere */
	bool fingerprint;         /* there was one */
};

struct stun_reader {
	struct rbuf rest;
};

/*
 * Check that data is one whole message, attributes, lengths and fingerprint
 * included, and point *m at it.  0, or -EBADMSG.
 */
int stun_decode(struct stun *m, const void *data, size_t len);

/* The length of the message that data begins with; 0 when it is no STUN. */
size_t stun_length(const uint8_t header[static 4]);

/* Go through the attributes, those after the integrity left out. */
struct stun_reader stun_read(const struct stun *m);
bool stun_next(struct stun_reader *r, uint16_t *type, struct rbuf *value);

/* The first attribute of a type. */
bool stun_find(const struct stun *m, uint16_t type, struct rbuf *value);

/* An XORed address out of an attribute's value. */
bool stun_address(
    const struct stun *m, struct rbuf *value, struct address *address);

/*
 * True when the message was signed with key: by MESSAGE-INTEGRITY-SHA256 if it
 * has that, else by MESSAGE-INTEGRITY.
 */
bool stun_verify(const struct stun *m, const void *key, size_t len);

/*
 * Write a message: begin, attributes, at most one signature, then the
 * fingerprint if any.  What does not fit makes w bad.
 */
void stun_begin(
    struct wbuf *w, uint16_t type, const uint8_t id[static STUN_ID]);
void stun_put(struct wbuf *w, uint16_t type, const void *value, size_t len);
void stun_put_u32(struct wbuf *w, uint16_t type, uint32_t value);
void stun_put_address(
    struct wbuf *w, uint16_t type, const struct address *address);
/* The same as it is: ALTERNATE-SERVER is not XORed. */
void stun_put_plain_address(
    struct wbuf *w, uint16_t type, const struct address *address);
void stun_put_error(struct wbuf *w, unsigned int code);
/* type: STUN_A_INTEGRITY or STUN_A_INTEGRITY_SHA256. */
void stun_sign(struct wbuf *w, uint16_t type, const void *key, size_t len);
void stun_put_fingerprint(struct wbuf *w);

#endif
