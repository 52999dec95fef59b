#include "rtp/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rtp/rtp.h"

struct history_slot {
	uint64_t
	    pos; /* of the stream of bytes, of which the ring has the end */
	int64_t sent_us, resent_us;
	uint16_t seq, len;      /* len 0: never used */
	uint16_t transport_seq; /* its last copy left under */
	bool left, arrived;
};

struct history_copy {
	uint16_t transport_seq, seq;
};

int
history_open(struct history *h)
{
	*h = (struct history){ 0 };
	h->slots = calloc(HISTORY_PACKETS, sizeof(*h->slots));
	h->copies = calloc(HISTORY_PACKETS, sizeof(*h->copies));
	h->bytes = malloc(HISTORY_BYTES);
	if (!h->slots || !h->copies || !h->bytes) {
		history_close(h);
		return -ENOMEM;
	}
	return 0;
}

void
history_close(struct history *h)
{
	free(h->slots);
	free(h->copies);
	free(h->bytes);
	*h = (struct history){ 0 };
}

void
history_put(struct history *h, const void *pkt, size_t len, int64_t now_us)
{
	struct rtp_header head;
	const uint8_t *payload;
	size_t at = h->head % HISTORY_BYTES;

	if (len > UINT16_MAX || rtp_decode(&head, &payload, pkt, len) < 0)
		return;
	/*
	 * To the front of the ring when len does not fit behind, or when all
	 * in it is too old: a quiet stream then stays in the same few pages.
	 */
	if (at + len > HISTORY_BYTES || now_us - h->put_us > HISTORY_AGE_US) {
		h->head += HISTORY_BYTES - at;
		at = 0;
	}
	memcpy(h->bytes + at, pkt, len);
	h->slots[head.seq % HISTORY_PACKETS] = (struct history_slot){
		.pos = h->head,
		.sent_us = now_us,
		.resent_us = INT64_MIN,
		.seq = head.seq,
		.len = (uint16_t)len,
	};
	h->head += len;
	h->put_us = now_us;
}

static struct history_slot *
find(const struct history *h, uint16_t seq)
{
	struct history_slot *s = &h->slots[seq % HISTORY_PACKETS];

	if (!s->len || s->seq != seq || s->pos + HISTORY_BYTES < h->head)
		return NULL;
	return s;
}

const uint8_t *
history_find(const struct history *h, uint16_t seq, size_t *len)
{
	const struct history_slot *s = find(h, seq);

	*len = s ? s->len : 0;
	return s ? h->bytes + s->pos % HISTORY_BYTES : NULL;
}

void
history_left(struct history *h, uint16_t seq, uint16_t transport_seq)
{
	struct history_slot *s = find(h, seq);

	if (!s)
		return;
	s->transport_seq = transport_seq;
	s->left = true;
	h->copies[transport_seq % HISTORY_PACKETS] =
	    (struct history_copy){ transport_seq, seq };
}

bool
history_told(
    struct history *h, uint16_t transport_seq, bool arrived, uint16_t *seq)
{
	const struct history_copy *c =
	    &h->copies[transport_seq % HISTORY_PACKETS];
	struct history_slot *s = find(h, c->seq);

	if (c->transport_seq != transport_seq || !s || !s->left)
		return false;
	s->arrived |= arrived;
	*seq = c->seq;
	return !s->arrived && s->transport_seq == transport_seq;
}

bool
history_is_lost(const struct history *h, uint16_t seq)
{
	const struct history_slot *s = find(h, seq);

	return s && !s->arrived && s->resent_us != INT64_MIN;
}

const uint8_t *
history_resend(struct history *h, uint16_t seq, int64_t now_us, int64_t rtt_us,
    size_t *len)
{
	struct history_slot *s = find(h, seq);

	*len = 0;
	if (!s || now_us + rtt_us / 2 - s->sent_us > HISTORY_AGE_US)
		return NULL;
	if (s->resent_us != INT64_MIN && now_us - s->resent_us < rtt_us)
		return NULL;
	s->resent_us = now_us;
	return history_find(h, seq, len);
}
