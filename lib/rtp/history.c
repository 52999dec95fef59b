#include "rtp/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rtp/rtp.h"

struct history_slot {
	uint64_t
	    pos; /* of the stream of bytes, of which the ring has the end */
	int64_t sent_us, resent_us;
	uint16_t seq, len;     /* len 0: never used */
	int32_t transport_seq; /* its last copy left under; -1: none did */
};

int
history_open(struct history *h)
{
	*h = (struct history){ 0 };
	h->slots = calloc(HISTORY_PACKETS, sizeof(*h->slots));
	h->left = calloc(HISTORY_PACKETS, sizeof(*h->left));
	h->bytes = malloc(HISTORY_BYTES);
	if (!h->slots || !h->left || !h->bytes) {
		history_close(h);
		return -ENOMEM;
	}
	return 0;
}

void
history_close(struct history *h)
{
	free(h->slots);
	free(h->left);
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
		.transport_seq = -1,
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
	h->left[transport_seq % HISTORY_PACKETS] = seq;
}

bool
history_lost(const struct history *h, uint16_t transport_seq, uint16_t *seq)
{
	const struct history_slot *s;

	*seq = h->left[transport_seq % HISTORY_PACKETS];
	s = find(h, *seq);
	return s && s->transport_seq == transport_seq;
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
