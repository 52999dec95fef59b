/* RFC 6062: connections between relays and peers, each with a client's. */
#include "turn_priv.h"

enum { NUMBER_BITS = 16 }; /* of a CONNECTION-ID say which of ours it is */

_Static_assert(TURN_CONNECTIONS_ALL <= 1 << NUMBER_BITS, "each has a number");

/* In the order of their ends: all have the same time from here on. */
static void
wait_until(struct turn *t, struct turn_connection *c, int64_t until_us)
{
	c->until_us = until_us;
	c->newer = NULL;
	c->older = t->newest;
	*(t->newest ? &t->newest->newer : &t->oldest) = c;
	t->newest = c;
}

static void
wait_no_more(struct turn *t, struct turn_connection *c)
{
	if (!c->until_us)
		return;
	c->until_us = 0;
	*(c->older ? &c->older->newer : &t->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &t->newest) = c->older;
}

static struct turn_connection *
connection_add(struct turn *t, struct turn_alloc *a, const struct address *peer,
    enum turn_connection_state state, int64_t now_us)
{
	struct turn_connection *c = t->free_connections;
	uint16_t random;

	if (!c || a->nconnections == TURN_CONNECTIONS ||
	    !random_bytes(&random, sizeof(random)))
		return NULL;
	t->free_connections = c->next;
	c->alloc = a;
	c->peer = *peer;
	c->state = state;
	c->number =
	    (uint32_t)random << NUMBER_BITS | (uint32_t)(c - t->connections);
	c->fd = -1;
	c->user = NULL;
	c->next = a->connections;
	a->connections = c;
	a->nconnections++;
	t->nconnections++;
	wait_until(t, c, now_us + TURN_CONNECTION_US);
	return c;
}

static void
connection_remove(struct turn *t, struct turn_connection *c)
{
	struct turn_connection **link = &c->alloc->connections;

	wait_no_more(t, c);
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	c->alloc->nconnections--;
	t->nconnections--;
	c->state = TURN_FREE;
	c->next = t->free_connections;
	t->free_connections = c;
}

static void
connection_end(struct turn *t, struct turn_connection *c)
{
	t->config.disconnect(t->config.arg, c);
	connection_remove(t, c);
}

void
connections_open(struct turn *t)
{
	t->oldest = t->newest = t->free_connections = NULL;
	t->nconnections = 0;
	for (uint32_t i = t->config.max_connections; i--;) {
		t->connections[i].state = TURN_FREE;
		t->connections[i].next = t->free_connections;
		t->free_connections = &t->connections[i];
	}
}

void
connections_end(struct turn *t, struct turn_alloc *a)
{
	while (a->connections)
		connection_end(t, a->connections);
}

struct turn_connection *
connection_by_id(const struct turn *t, const struct stun *m)
{
	struct turn_connection *c;
	struct rbuf value;
	uint32_t number, i;

	if (!stun_find(m, STUN_A_CONNECTION_ID, &value) ||
	    rbuf_left(&value) != 4)
		return NULL;
	number = rbuf_u32(&value);
	i = number & ((1 << NUMBER_BITS) - 1);
	if (i >= t->config.max_connections)
		return NULL;
	c = &t->connections[i];
	return c->state == TURN_PENDING && c->number == number ? c : NULL;
}

static struct turn_connection *
connection_to(const struct turn_alloc *a, const struct address *peer)
{
	struct turn_connection *c = a->connections;

	while (c && !address_same(&c->peer, peer))
		c = c->next;
	return c;
}

unsigned int
request_connect(struct request *r)
{
	struct turn *t = r->t;
	struct turn_connection *c;
	struct rbuf value;
	struct address peer;
	unsigned int error;

	if (!r->alloc->tcp)
		return E_MISMATCH;
	if (!stun_find(&r->m, STUN_A_PEER_ADDRESS, &value))
		return E_BAD;
	if ((error = check_peer(r, &value, &peer, false)))
		return error;
	if (connection_to(r->alloc, &peer))
		return E_CONNECTED;
	c = connection_add(t, r->alloc, &peer, TURN_CONNECTING, r->now_us);
	if (!c)
		return E_CAPACITY;
	memcpy(c->request, r->m.id, STUN_ID);
	c->sha256 = r->m.sha256 != 0;
	if (t->config.connect(t->config.arg, c)) {
		connection_remove(t, c);
		return E_NOT_CONNECTED;
	}
	return E_LATER;
}

unsigned int
request_connection_bind(struct request *r)
{
	struct turn_connection *c = r->pending;

	if (!c || !r->client->stream || table_find(r->t, r->client))
		return E_BAD;
	c->state = TURN_BOUND;
	wait_no_more(r->t, c);
	return 0;
}

static void
answer_connect(struct turn *t, struct turn_connection *c, unsigned int error)
{
	struct wbuf w = wbuf_of(t->reply, sizeof(t->reply));
	const struct turn_alloc *a = c->alloc;

	stun_begin(
	    &w, STUN_CONNECT | (error ? STUN_ERROR : STUN_SUCCESS), c->request);
	if (error)
		stun_put_error(&w, error);
	else
		stun_put_u32(&w, STUN_A_CONNECTION_ID, c->number);
	stun_sign(&w, c->sha256 ? STUN_A_INTEGRITY_SHA256 : STUN_A_INTEGRITY,
	    a->key, sizeof(a->key));
	t->config.tell(t->config.arg, &a->client, t->reply, wbuf_len(&w));
}

void
turn_connected(
    struct turn *t, int64_t now_us, struct turn_connection *c, bool success)
{
	answer_connect(t, c, success ? 0 : E_NOT_CONNECTED);
	if (!success) {
		connection_end(t, c);
		return;
	}
	c->state = TURN_PENDING;
	wait_no_more(t, c);
	wait_until(t, c, now_us + TURN_CONNECTION_US);
}

struct turn_connection *
turn_accepted(struct turn *t, int64_t now_us, struct turn_relay *r,
    const struct address *peer)
{
	struct wbuf w = wbuf_of(t->reply, sizeof(t->reply));
	struct turn_alloc *a = r->alloc;
	struct turn_connection *c;
	uint8_t id[STUN_ID];

	if (!peer_permitted(a, peer, now_us) ||
	    !policy_allows(&t->policy, peer)) {
		t->stats.not_permitted++;
		return NULL;
	}
	if (!random_bytes(id, sizeof(id)))
		return NULL;
	c = connection_add(t, a, peer, TURN_PENDING, now_us);
	if (!c)
		return NULL;
	stun_begin(&w, STUN_CONNECTION_ATTEMPT | STUN_INDICATION, id);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, peer);
	stun_put_u32(&w, STUN_A_CONNECTION_ID, c->number);
	t->config.tell(t->config.arg, &a->client, t->reply, wbuf_len(&w));
	return c;
}

int64_t
turn_data(struct turn *t, int64_t now_us, struct turn_connection *c, size_t len,
    bool to_peer)
{
	*(to_peer ? &t->stats.bytes_to_peers : &t->stats.bytes_from_peers) +=
	    len;
	return use_rate(t, c->alloc, len, now_us);
}

void
turn_disconnected(struct turn *t, struct turn_connection *c)
{
	connection_end(t, c);
}

void
connections_expire(struct turn *t, int64_t now_us)
{
	while (t->oldest && t->oldest->until_us <= now_us) {
		if (t->oldest->state == TURN_CONNECTING)
			answer_connect(t, t->oldest, E_NOT_CONNECTED);
		connection_end(t, t->oldest);
	}
}
