#include "turn_priv.h"

enum {
	CHANNEL_FIRST = 0x4000,
	CHANNEL_LAST = 0x7ffe, /* RFC 5766's; RFC 8656 ends at 0x4fff */
};

struct turn_relay *
relay_for(struct turn_alloc *a, const struct address *peer)
{
	struct turn_relay *r = &a->relay[peer->family == ADDRESS_V6];

	return r->address.family ? r : NULL;
}

static struct turn_permission *
permission_of(struct turn_alloc *a, const struct address *peer)
{
	for (uint32_t i = 0; i < a->npermissions; i++)
		if (a->permissions[i].family == peer->family &&
		    memcmp(a->permissions[i].ip, peer->ip, sizeof(peer->ip)) ==
			0)
			return &a->permissions[i];
	return NULL;
}

bool
peer_permitted(
    const struct turn_alloc *a, const struct address *peer, int64_t now_us)
{
	const struct turn_permission *p =
	    permission_of((struct turn_alloc *)a, peer);

	return p && p->until_us > now_us;
}

const struct turn_channel *
channel_of(
    const struct turn_alloc *a, const struct address *peer, int64_t now_us)
{
	for (uint32_t i = 0; i < a->nchannels; i++)
		if (address_same(&a->channels[i].peer, peer))
			return a->channels[i].until_us > now_us
			    ? &a->channels[i]
			    : NULL;
	return NULL;
}

const struct turn_channel *
channel_by(const struct turn_alloc *a, uint16_t number, int64_t now_us)
{
	for (uint32_t i = 0; i < a->nchannels; i++)
		if (a->channels[i].number == number)
			return a->channels[i].until_us > now_us
			    ? &a->channels[i]
			    : NULL;
	return NULL;
}

static void
forget_expired(struct turn_alloc *a, int64_t now_us)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->npermissions; i++)
		if (a->permissions[i].until_us > now_us)
			a->permissions[n++] = a->permissions[i];
	a->npermissions = n;
	n = 0;
	for (uint32_t i = 0; i < a->nchannels; i++)
		if (a->channels[i].until_us > now_us)
			a->channels[n++] = a->channels[i];
	a->nchannels = n;
}

static bool
permit(struct turn_alloc *a, const struct address *peer, int64_t now_us)
{
	struct turn_permission *p = permission_of(a, peer);

	if (!p) {
		if (a->npermissions == TURN_PERMISSIONS)
			return false;
		p = &a->permissions[a->npermissions++];
		p->family = peer->family;
		memcpy(p->ip, peer->ip, sizeof(p->ip));
	}
	p->until_us = now_us + TURN_PERMISSION_US;
	return true;
}

/* May this allocation have anything to do with the peer? */
unsigned int
check_peer(const struct request *r, struct rbuf *value, struct address *peer,
    bool any_port)
{
	if (!stun_address(&r->m, value, peer))
		return E_BAD;
	if (any_port ? !policy_allows_ip(&r->t->policy, peer)
		     : !policy_allows(&r->t->policy, peer))
		return E_FORBIDDEN;
	return relay_for(r->alloc, peer) ? 0 : E_PEER_FAMILY;
}

unsigned int
request_permission(struct request *r)
{
	struct address peers[TURN_PERMISSIONS];
	struct stun_reader reader = stun_read(&r->m);
	struct rbuf value;
	uint16_t type;
	size_t n = 0;
	unsigned int error;

	/* All of them or none. */
	while (stun_next(&reader, &type, &value)) {
		if (type != STUN_A_PEER_ADDRESS)
			continue;
		if (n == TURN_PERMISSIONS)
			return E_CAPACITY;
		if ((error = check_peer(r, &value, &peers[n++], true)))
			return error;
	}
	if (!n)
		return E_BAD;
	forget_expired(r->alloc, r->now_us);
	for (size_t i = 0; i < n; i++)
		if (!permit(r->alloc, &peers[i], r->now_us))
			return E_CAPACITY;
	return 0;
}

static unsigned int
bind_channel(struct turn_alloc *a, uint16_t number, const struct address *peer,
    int64_t now_us)
{
	const struct turn_channel *of = channel_of(a, peer, now_us);
	const struct turn_channel *by = channel_by(a, number, now_us);

	if (of != by)
		return E_BAD; /* one of the two is bound to another */
	if (!of && a->nchannels == TURN_CHANNELS)
		return E_CAPACITY;
	if (!permit(a, peer, now_us))
		return E_CAPACITY;
	a->channels[of ? of - a->channels : a->nchannels++] =
	    (struct turn_channel){ *peer, number, now_us + TURN_CHANNEL_US };
	return 0;
}

unsigned int
request_channel(struct request *r)
{
	struct rbuf value;
	struct address peer;
	unsigned int number, error;

	if (r->alloc->tcp || !stun_find(&r->m, STUN_A_CHANNEL_NUMBER, &value) ||
	    rbuf_left(&value) != 4)
		return E_BAD;
	number = rbuf_u16(&value);
	if (number < CHANNEL_FIRST || number > CHANNEL_LAST ||
	    !stun_find(&r->m, STUN_A_PEER_ADDRESS, &value))
		return E_BAD;
	if ((error = check_peer(r, &value, &peer, false)))
		return error;
	forget_expired(r->alloc, r->now_us);
	return bind_channel(r->alloc, (uint16_t)number, &peer, r->now_us);
}
