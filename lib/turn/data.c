#include <errno.h>

#include "turn/hash.h"
#include "turn_priv.h"

enum {
	CHANNEL_HEADER = 4,
	BURST_US = US / 4, /* of bandwidth may come at once */
};

size_t
turn_message_length(const uint8_t header[static 4])
{
	size_t len = (size_t)header[2] << 8 | header[3];

	if (header[0] >> 6 == 1) /* RFC 8656 section 12.5: padded on streams */
		return CHANNEL_HEADER + ((len + 3) & ~(size_t)3);
	return stun_length(header);
}

int64_t
use_rate(struct turn *t, struct turn_alloc *a, size_t len, int64_t now_us)
{
	int64_t from = a->full_us > now_us ? a->full_us : now_us;

	if (!t->config.max_bytes_s)
		return now_us;
	a->full_us = from + (int64_t)len * US / t->config.max_bytes_s;
	from = a->full_us - BURST_US;
	return from > now_us ? from : now_us;
}

/* Does the allocation's share of bandwidth last for len more bytes? */
static bool
within_rate(struct turn *t, struct turn_alloc *a, size_t len, int64_t now_us)
{
	if (t->config.max_bytes_s && a->full_us - now_us > BURST_US) {
		t->stats.over_rate++;
		return false;
	}
	use_rate(t, a, len, now_us);
	return true;
}

static enum turn_verdict
forward(struct turn *t, int64_t now_us, struct turn_alloc *a,
    struct turn_result *result)
{
	if (!within_rate(t, a, result->len, now_us))
		return TURN_DROP;
	result->relay = relay_for(a, &result->peer);
	if (!result->relay)
		return TURN_DROP;
	t->stats.to_peers++;
	t->stats.bytes_to_peers += result->len;
	return TURN_FORWARD;
}

static enum turn_verdict
drop_unpermitted(struct turn *t)
{
	t->stats.not_permitted++;
	return TURN_DROP;
}

static enum turn_verdict
channel_data(struct turn *t, int64_t now_us, const struct turn_client *client,
    const uint8_t *data, size_t len, struct turn_result *result)
{
	struct rbuf r = rbuf_of(data, len);
	const struct turn_channel *channel;
	struct turn_alloc *a = table_find(t, client);
	uint16_t number = rbuf_u16(&r);

	result->dont_fragment = false;
	result->len = rbuf_u16(&r);
	result->data = rbuf_take(&r, result->len);
	if (r.bad || !a)
		return TURN_DROP;
	channel = channel_by(a, number, now_us);
	if (!channel || !policy_allows(&t->policy, &channel->peer))
		return drop_unpermitted(t);
	result->peer = channel->peer;
	return forward(t, now_us, a, result);
}

/* In one go, the first of each; false if anything is missing or unknown. */
static bool
read_send(
    const struct turn *t, const struct stun *m, struct turn_result *result)
{
	struct stun_reader reader = stun_read(m);
	struct rbuf value;
	uint16_t type;
	bool peer = false;

	result->data = NULL;
	result->dont_fragment = false;
	while (stun_next(&reader, &type, &value)) {
		if (!attribute_known(t, type))
			return false;
		if (type == STUN_A_DONT_FRAGMENT)
			result->dont_fragment = true;
		else if (type == STUN_A_PEER_ADDRESS && !peer) {
			if (!stun_address(m, &value, &result->peer))
				return false;
			peer = true;
		} else if (type == STUN_A_DATA && !result->data) {
			result->data = value.p;
			result->len = rbuf_left(&value);
		}
	}
	return peer && result->data;
}

static enum turn_verdict
send_indication(struct turn *t, int64_t now_us,
    const struct turn_client *client, const struct stun *m,
    struct turn_result *result)
{
	struct turn_alloc *a = table_find(t, client);

	if (!a || a->tcp || !read_send(t, m, result))
		return TURN_DROP;
	if (!peer_permitted(a, &result->peer, now_us) ||
	    !policy_allows(&t->policy, &result->peer))
		return drop_unpermitted(t);
	return forward(t, now_us, a, result);
}

enum turn_verdict
turn_input(struct turn *t, int64_t now_us, const struct turn_client *client,
    const uint8_t *data, size_t len, struct turn_result *result)
{
	struct request r = { .t = t, .now_us = now_us, .client = client };

	if (len && data[0] >> 6 == 1)
		return channel_data(t, now_us, client, data, len, result);
	if (stun_decode(&r.m, data, len))
		return TURN_DROP;
	if (r.m.type == (STUN_SEND | STUN_INDICATION))
		return send_indication(t, now_us, client, &r.m, result);
	if ((r.m.type & STUN_CLASS) == STUN_REQUEST)
		return request_answer(&r, len, result);
	return TURN_DROP;
}

static void
write_channel(uint8_t **data, size_t *len, uint16_t number, bool stream)
{
	struct wbuf w = wbuf_of(*data - CHANNEL_HEADER, CHANNEL_HEADER);
	size_t padding = stream ? -*len & 3 : 0;

	wbuf_u16(&w, number);
	wbuf_u16(&w, (uint16_t)*len);
	memset(*data + *len, 0, padding);
	*data -= CHANNEL_HEADER;
	*len += CHANNEL_HEADER + padding;
}

/* A Data indication around the bytes; they stay where they are. */
static void
write_indication(
    struct turn *t, uint8_t **data, size_t *len, const struct address *peer)
{
	size_t padding = -*len & 3;
	size_t before = STUN_HEADER + 4 + 4 + address_ip_len(peer) + 4;
	struct wbuf w = wbuf_of(*data - before, before);
	size_t total = before + *len + padding - STUN_HEADER;
	uint8_t id[STUN_ID] = { 0 };
	uint64_t n = hash_mix(t->shared->seed, t->data_id++);

	memcpy(id, &n, sizeof(n));
	stun_begin(&w, STUN_DATA | STUN_INDICATION, id);
	stun_put_address(&w, STUN_A_PEER_ADDRESS, peer);
	wbuf_u16(&w, STUN_A_DATA);
	wbuf_u16(&w, (uint16_t)*len);
	w.start[2] = (uint8_t)(total >> 8);
	w.start[3] = (uint8_t)total;
	memset(*data + *len, 0, padding);
	*data -= before;
	*len += before + padding;
}

bool
turn_from_peer(struct turn *t, int64_t now_us, struct turn_relay *r,
    const struct address *peer, uint8_t **data, size_t *len)
{
	struct turn_alloc *a = r->alloc;
	const struct turn_channel *channel = channel_of(a, peer, now_us);

	if ((!channel && !peer_permitted(a, peer, now_us)) ||
	    !policy_allows(&t->policy, peer)) {
		t->stats.not_permitted++;
		return false;
	}
	if (*len > UINT16_MAX - 2 * TURN_BEFORE ||
	    !within_rate(t, a, *len, now_us))
		return false;
	t->stats.from_peers++;
	t->stats.bytes_from_peers += *len;
	if (channel)
		write_channel(data, len, channel->number, a->client.stream);
	else
		write_indication(t, data, len, peer);
	return true;
}
