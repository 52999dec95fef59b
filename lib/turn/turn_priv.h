/* turn_priv.h - what the parts of the server share */
#ifndef TURN_TURN_PRIV_H
#define TURN_TURN_PRIV_H

#include "turn/turn.h"

enum {
	US = 1000000,
	NOBODY = UINT32_MAX, /* no allocation */
	UNKNOWN_MAX = 8,     /* attributes that a reply lists */
};

enum hash_kind {
	HASH_NAME,
	HASH_USER, /* the part that quotas count */
	HASH_SOURCE,
};

enum turn_error { /* RFC 8489 section 14.8, RFC 8656 section 19 */
	E_TRY_ALTERNATE = 300,
	E_BAD = 400,
	E_UNAUTHORIZED = 401,
	E_FORBIDDEN = 403,
	E_UNKNOWN = 420,
	E_MISMATCH = 437,
	E_STALE = 438,
	E_FAMILY = 440,
	E_WRONG_USER = 441,
	E_TRANSPORT = 442,
	E_PEER_FAMILY = 443,
	E_CONNECTED = 446, /* RFC 6062 section 6.3 */
	E_NOT_CONNECTED = 447,
	E_QUOTA = 486,
	E_CAPACITY = 508,
	E_LATER, /* no error yet, no answer either */
};

/* A request being answered. */
struct request {
	struct turn *t;
	int64_t now_us;
	const struct turn_client *client;
	struct stun m;
	struct turn_alloc *alloc;
	struct turn_connection *pending; /* that is to be bound */
	char name[CREDENTIAL_NAME];
	uint8_t key[CREDENTIAL_KEY];
	bool proved; /* it was signed by key */
	uint16_t unknown[UNKNOWN_MAX];
	size_t nunknown;
	struct wbuf w; /* the reply */
};

/* table.c: allocations by client and by end */
struct turn_alloc *table_find(
    const struct turn *t, const struct turn_client *c);
struct turn_alloc *table_add(
    struct turn *t, const struct turn_client *c, int64_t until_us);
void table_remove(struct turn *t, struct turn_alloc *a);
void table_move(struct turn *t, struct turn_alloc *a, int64_t until_us);

/* request.c: the whole answer */
enum turn_verdict request_answer(
    struct request *r, size_t len, struct turn_result *result);

/* Do we understand it, or need not? */
bool attribute_known(const struct turn *t, uint16_t type);

/* allocate.c, peers.c: success attributes to r->w, or an error code */
unsigned int request_allocate(struct request *r);
unsigned int request_refresh(struct request *r);
unsigned int request_permission(struct request *r);
unsigned int request_channel(struct request *r);
/* RFC 8489 section 14.15: of the client's family. */
const struct address *other_server(const struct request *r);

/* connections.c: the same; E_LATER: the answer comes when it is known. */
unsigned int request_connect(struct request *r);
unsigned int request_connection_bind(struct request *r);
struct turn_connection *connection_by_id(
    const struct turn *t, const struct stun *m);
void connections_open(struct turn *t);
void connections_end(struct turn *t, struct turn_alloc *a);
void connections_expire(struct turn *t, int64_t now_us);

/* A number for a name or an address, of one kind of several. */
uint64_t name_hash(const struct turn *t, const char *name, uint64_t kind);
/* With t->shared locked, as the requests above. */
void alloc_end(struct turn *t, struct turn_alloc *a);
bool random_bytes(void *out, size_t len);

/* data.c: count bytes; returns when its share of bandwidth allows more. */
int64_t use_rate(
    struct turn *t, struct turn_alloc *a, size_t len, int64_t now_us);

/* peers.c */
unsigned int check_peer(const struct request *r, struct rbuf *value,
    struct address *peer, bool any_port);
bool peer_permitted(
    const struct turn_alloc *a, const struct address *peer, int64_t now_us);
const struct turn_channel *channel_of(
    const struct turn_alloc *a, const struct address *peer, int64_t now_us);
const struct turn_channel *channel_by(
    const struct turn_alloc *a, uint16_t number, int64_t now_us);
struct turn_relay *relay_for(struct turn_alloc *a, const struct address *peer);

#endif
