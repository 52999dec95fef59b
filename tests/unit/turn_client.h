/* turn_client.h - what tests of lib/turn share: a server, a signing client */
#ifndef TURN_CLIENT_H
#define TURN_CLIENT_H

#include <errno.h>
#include <openssl/evp.h>

#include "../tap.h"
#include "turn/turn.h"

enum {
	US = 1000000,
	UNIX = 1000000000,
	EVEN = 0x0018,
	FIRST = 50000,
	LAST = 50023,
};

static struct turn turn;
static int sockets;
static int64_t now = 1000 * (int64_t)US;
static uint8_t reply[TURN_REPLY];
static struct stun answer;
static char nonce[64];
static size_t reply_len, nonce_len;
static uint32_t id_count;
static struct turn_connection *bound;
static const char *user = "alice", *password = "wonder";
static uint16_t signature = STUN_A_INTEGRITY;

static inline int
fake_open(void *arg, struct turn_relay *r)
{
	(void)arg;
	if (r->address.port == FIRST)
		return -EADDRINUSE; /* somebody else's */
	r->fd = r->address.port;
	sockets++;
	return 0;
}

static inline void
fake_close(void *arg, struct turn_relay *r)
{
	(void)arg, (void)r;
	sockets--;
}

static inline struct address
at(const char *ip, uint16_t port)
{
	struct address a;

	if (!address_parse_ip(&a, ip))
		abort();
	a.port = port;
	return a;
}

static inline struct turn_client
client(uint16_t port)
{
	return (struct turn_client){ .address = at("192.0.2.9", port) };
}

static inline void
start(void)
{
	turn = (struct turn){ .unix_s = UNIX };
	turn.config = (struct turn_config){ .realm = "rd",
		.relay = { at("192.0.2.1", 0), at("2001:db8::1", 0) },
		.first_port = FIRST,
		.last_port = LAST,
		.can_dont_fragment = true,
		.max = 8,
		.max_user = 4,
		.max_source = 6,
		.open = fake_open,
		.close = fake_close };
	credentials_user(&turn.credentials, "alice wonder");
	credentials_user(&turn.credentials, "bob builder");
	credentials_secret(&turn.credentials, "new secret");
	credentials_secret(&turn.credentials, "old secret");
	if (turn_open(&turn))
		abort();
	user = "alice";
	password = "wonder";
}

static inline void
end(void)
{
	turn_close(&turn);
	is_int(sockets, 0, "no socket is left");
}

/* Room for a request whose attributes the caller adds. */
static uint8_t request[600];
static struct wbuf w;

static inline void
begin(uint16_t type)
{
	uint8_t id[STUN_ID] = { 0 };

	id_count++;
	memcpy(id, &id_count, sizeof(id_count));
	w = wbuf_of(request, sizeof(request));
	stun_begin(&w, type, id);
}

static inline void
put_auth(void)
{
	char text[512];
	uint8_t key[16];

	stun_put(&w, STUN_A_USERNAME, user, strlen(user));
	stun_put(&w, STUN_A_REALM, "rd", 2);
	stun_put(&w, STUN_A_NONCE, nonce, nonce_len);
	snprintf(text, sizeof(text), "%s:rd:%s", user, password);
	EVP_Q_digest(NULL, "MD5", NULL, text, strlen(text), key, NULL);
	stun_sign(&w, signature, key, sizeof(key));
}

/* 0: success, the error code, or -1 when there is no answer. */
static inline int
give(const struct turn_client *c)
{
	struct turn_result r;
	struct rbuf v;
	uint8_t *copy = exact(request, wbuf_len(&w));
	enum turn_verdict verdict =
	    turn_input(&turn, now, c, copy, wbuf_len(&w), &r);
	unsigned int code;

	free(copy);
	bound = verdict == TURN_BIND ? r.connection : NULL;
	if (verdict != TURN_ANSWER && !bound)
		return -1;
	reply_len = r.len;
	memcpy(reply, r.data, r.len);
	if (stun_decode(&answer, reply, r.len))
		return -2;
	if (stun_find(&answer, STUN_A_NONCE, &v)) {
		nonce_len = rbuf_left(&v);
		memcpy(nonce, v.p, nonce_len);
	}
	if (!stun_find(&answer, STUN_A_ERROR_CODE, &v))
		return 0;
	code = rbuf_u32(&v);
	return (int)((code >> 8) * 100 + (code & 0xff));
}

/* With a fresh nonce. */
static inline void
challenge(const struct turn_client *c)
{
	begin(STUN_ALLOCATE);
	is_int(give(c), 401, "who are you?");
}

static inline int
allocate_plain(const struct turn_client *c)
{
	begin(STUN_ALLOCATE);
	stun_put_u32(&w, STUN_A_REQUESTED_TRANSPORT, 17u << 24);
	put_auth();
	return give(c);
}

static inline int
allocate(const struct turn_client *c)
{
	begin(STUN_ALLOCATE);
	give(c);
	return allocate_plain(c);
}

static inline int
refresh(const struct turn_client *c, uint32_t s)
{
	begin(STUN_REFRESH);
	stun_put_u32(&w, STUN_A_LIFETIME, s);
	put_auth();
	return give(c);
}

static inline int
permit(const struct turn_client *c, const char *ip)
{
	struct address peer = at(ip, 0);

	begin(STUN_CREATE_PERMISSION);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, &peer);
	put_auth();
	return give(c);
}

static inline int
bind_channel(
    const struct turn_client *c, uint16_t number, const char *ip, uint16_t port)
{
	struct address peer = at(ip, port);

	begin(STUN_CHANNEL_BIND);
	stun_put_u32(&w, STUN_A_CHANNEL_NUMBER, (uint32_t)number << 16);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, &peer);
	put_auth();
	return give(c);
}

#endif
