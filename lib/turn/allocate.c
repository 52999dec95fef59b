#include <errno.h>

#include "turn/hash.h"
#include "turn_priv.h"

enum {
	TCP = 6,
	UDP = 17,
	BINDS_MAX = 16, /* ports that others have before we give up */
};

/* What an Allocate request asks for. */
struct wish {
	bool family[2];  /* IPv4, IPv6 */
	bool additional; /* IPv6 too, if it can be had */
	enum ports_want port;
	const uint8_t *token;
	int64_t lifetime_s;
	bool tcp;
};

static bool
read_family(struct rbuf *value, unsigned int *family)
{
	*family = rbuf_u8(value);
	return rbuf_left(value) == 3;
}

static int64_t
read_lifetime(const struct stun *m)
{
	struct rbuf value;
	int64_t s;

	if (!stun_find(m, STUN_A_LIFETIME, &value) || rbuf_left(&value) != 4)
		return TURN_LIFETIME_S;
	s = rbuf_u32(&value);
	return s > TURN_LIFETIME_MAX_S ? TURN_LIFETIME_MAX_S : s;
}

static unsigned int
read_families(const struct request *r, struct wish *w)
{
	struct rbuf value;
	unsigned int family = ADDRESS_V4;
	bool asked = stun_find(&r->m, STUN_A_REQUESTED_FAMILY, &value);

	if (asked && !read_family(&value, &family))
		return E_BAD;
	if (stun_find(&r->m, STUN_A_ADDITIONAL_FAMILY, &value)) {
		unsigned int more;

		/* RFC 8656 section 7.2: not with the other, and IPv6 only. */
		if (asked || !read_family(&value, &more) || more != ADDRESS_V6)
			return E_BAD;
		w->additional = true;
	}
	if (family != ADDRESS_V4 && family != ADDRESS_V6)
		return E_FAMILY;
	w->family[family == ADDRESS_V6] = true;
	return 0;
}

static unsigned int
read_ports(const struct request *r, struct wish *w)
{
	struct rbuf value, other;

	if (stun_find(&r->m, STUN_A_EVEN_PORT, &value)) {
		if (rbuf_left(&value) != 1)
			return E_BAD;
		w->port = rbuf_u8(&value) & 0x80 ? PORTS_PAIR : PORTS_EVEN;
	}
	if (stun_find(&r->m, STUN_A_RESERVATION_TOKEN, &value)) {
		if (rbuf_left(&value) != PORTS_TOKEN || w->port != PORTS_ANY ||
		    w->additional ||
		    stun_find(&r->m, STUN_A_REQUESTED_FAMILY, &other))
			return E_BAD;
		w->token = value.p;
	}
	return w->port == PORTS_PAIR && w->additional ? E_BAD : 0;
}

/* RFC 6062 section 5.1: over a stream, and without what is for datagrams. */
static bool
may_tcp(const struct request *r)
{
	struct rbuf value;

	return r->client->stream &&
	    !stun_find(&r->m, STUN_A_EVEN_PORT, &value) &&
	    !stun_find(&r->m, STUN_A_RESERVATION_TOKEN, &value) &&
	    !stun_find(&r->m, STUN_A_DONT_FRAGMENT, &value);
}

static unsigned int
read_wish(const struct request *r, struct wish *w)
{
	struct rbuf value;
	unsigned int error, transport;

	*w = (struct wish){ .lifetime_s = read_lifetime(&r->m) };
	if (w->lifetime_s < TURN_LIFETIME_S)
		w->lifetime_s = TURN_LIFETIME_S;
	if (!stun_find(&r->m, STUN_A_REQUESTED_TRANSPORT, &value) ||
	    rbuf_left(&value) != 4)
		return E_BAD;
	transport = rbuf_u8(&value);
	w->tcp = transport == TCP && r->t->config.max_connections;
	if (transport != UDP && !w->tcp)
		return E_TRANSPORT;
	if (w->tcp && !may_tcp(r))
		return E_BAD;
	if ((error = read_families(r, w)))
		return error;
	return read_ports(r, w);
}

/* Bind one of our ports; the address's port is 0 when any will do. */
static unsigned int
open_relay(struct turn *t, struct turn_relay *relay, struct address *a,
    enum ports_want want)
{
	uint32_t random;

	for (int i = 0; i < BINDS_MAX; i++) {
		bool given = a->port != 0;
		int err;

		if (!given && random_bytes(&random, sizeof(random)))
			a->port = ports_take(
			    &t->shared->ports, a->family, want, random);
		if (!a->port)
			return E_CAPACITY;
		relay->address = *a;
		if (!(err = t->config.open(t->config.arg, relay)))
			return 0;
		ports_give(&t->shared->ports, a);
		relay->address = (struct address){ 0 };
		a->port = 0;
		if (given || err != -EADDRINUSE)
			return E_CAPACITY;
	}
	return E_CAPACITY;
}

static unsigned int
open_relays(struct request *r, const struct wish *w)
{
	struct turn *t = r->t;
	struct turn_relay *relay = r->alloc->relay;
	struct address a;
	unsigned int error;

	if (w->token) {
		if (!ports_claim(&t->shared->ports, &a, w->token, r->now_us))
			return E_CAPACITY;
		return open_relay(
		    t, &relay[a.family == ADDRESS_V6], &a, PORTS_ANY);
	}
	for (int i = 0; i < 2; i++) {
		if (!w->family[i])
			continue;
		a = t->config.relay[i];
		if (!a.family)
			return E_FAMILY;
		if ((error = open_relay(t, &relay[i], &a, w->port)))
			return error;
	}
	a = t->config.relay[1];
	if (w->additional && a.family)
		open_relay(t, &relay[1], &a, w->port);
	return 0;
}

static void
keep_next(struct request *r)
{
	struct turn *t = r->t;
	uint8_t token[PORTS_TOKEN];

	for (int i = 0; i < 2; i++) {
		const struct address *a = &r->alloc->relay[i].address;

		if (a->family && random_bytes(token, sizeof(token)) &&
		    ports_keep(&t->shared->ports, a, token, r->now_us))
			stun_put(&r->w, STUN_A_RESERVATION_TOKEN, token,
			    sizeof(token));
	}
}

static void
put_allocation(struct request *r)
{
	const struct turn_alloc *a = r->alloc;

	for (int i = 0; i < 2; i++) {
		struct address told = a->relay[i].address;

		if (!told.family)
			continue;
		if (r->t->config.public[i].family)
			memcpy(told.ip, r->t->config.public[i].ip,
			    sizeof(told.ip));
		stun_put_address(&r->w, STUN_A_RELAYED_ADDRESS, &told);
	}
	stun_put_u32(
	    &r->w, STUN_A_LIFETIME, (uint32_t)((a->until_us - r->now_us) / US));
	stun_put_address(&r->w, STUN_A_MAPPED_ADDRESS, &r->client->address);
}

/* RFC 8656 section 7.3: why there is no additional address. */
static void
put_missing(struct request *r)
{
	stun_put_u32(&r->w, STUN_A_ADDRESS_ERROR,
	    (uint32_t)ADDRESS_V6 << 24 | E_FAMILY / 100 << 8 | E_FAMILY % 100);
}

/* Counted for its user and its source, or not at all. */
static bool
take_quotas(struct request *r, uint64_t user, uint64_t source)
{
	const struct turn_config *c = &r->t->config;

	if (!quota_take(&r->t->shared->quota, user, c->max_user))
		return false;
	if (quota_take(&r->t->shared->quota, source, c->max_source))
		return true;
	quota_give(&r->t->shared->quota, user);
	return false;
}

const struct address *
other_server(const struct request *r)
{
	bool v6 = r->client->address.family == ADDRESS_V6;

	return &r->t->config.other[v6];
}

static unsigned int
add(struct request *r, const struct wish *w)
{
	struct turn *t = r->t;
	uint64_t user = name_hash(t, credentials_id(r->name), HASH_USER);
	uint64_t source = hash_source(
	    &r->client->address, hash_mix(t->shared->seed, HASH_SOURCE));
	unsigned int error;

	if (t->draining || t->shared->allocations >= t->config.max)
		return E_CAPACITY;
	if (!take_quotas(r, user, source))
		return E_QUOTA;
	t->shared->allocations++;
	r->alloc = table_add(t, r->client, r->now_us + w->lifetime_s * US);
	r->alloc->tcp = w->tcp;
	r->alloc->user = name_hash(t, r->name, HASH_NAME);
	r->alloc->user_quota = user;
	r->alloc->source_quota = source;
	memcpy(r->alloc->id, r->m.id, STUN_ID);
	memcpy(r->alloc->key, r->key, sizeof(r->key));
	error = open_relays(r, w);
	if (error) {
		alloc_end(t, r->alloc);
		r->alloc = NULL;
	}
	return error;
}

unsigned int
request_allocate(struct request *r)
{
	struct wish w;
	unsigned int error;

	if (r->alloc) {
		/* The answer was lost: it is given again. */
		if (memcmp(r->alloc->id, r->m.id, STUN_ID))
			return E_MISMATCH;
		put_allocation(r);
		return 0;
	}
	if ((error = read_wish(r, &w)))
		return error;
	ports_expire(&r->t->shared->ports, r->now_us);
	if ((error = add(r, &w)))
		return error == E_CAPACITY && !w.token &&
			other_server(r)->family
		    ? E_TRY_ALTERNATE
		    : error;
	r->t->stats.allocated++;
	put_allocation(r);
	if (w.port == PORTS_PAIR)
		keep_next(r);
	if (w.additional && !r->alloc->relay[1].address.family)
		put_missing(r);
	return 0;
}

unsigned int
request_refresh(struct request *r)
{
	int64_t s = read_lifetime(&r->m);
	struct rbuf value;
	unsigned int family;

	if (stun_find(&r->m, STUN_A_REQUESTED_FAMILY, &value) &&
	    (!read_family(&value, &family) ||
		(family != ADDRESS_V4 && family != ADDRESS_V6) ||
		!r->alloc->relay[family == ADDRESS_V6].address.family))
		return E_PEER_FAMILY;
	if (s && s < TURN_LIFETIME_S)
		s = TURN_LIFETIME_S;
	if (s)
		table_move(r->t, r->alloc, r->now_us + s * US);
	else
		alloc_end(r->t, r->alloc);
	stun_put_u32(&r->w, STUN_A_LIFETIME, (uint32_t)s);
	return 0;
}
