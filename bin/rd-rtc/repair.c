#include "repair.h"

#include "leave.h"

enum {
	FAR_US = 100000, /* round trips */
	NEAR_US = 20000,
};

#define FAR_LOSS .01
#define NEAR_LOSS .07

/*
 * Whether to send again what gets lost takes longer than who looks on can
 * bear: the way is far, or it is lost twice.
 */
bool
sender_needs_repairs(const struct sender *s)
{
	return s->fec.pt &&
	    ((s->bwe.rtt_us > FAR_US && s->loss > FAR_LOSS) ||
		(s->bwe.rtt_us > NEAR_US && s->loss > NEAR_LOSS));
}

/* The packets from first on that have their repair packets in common. */
static struct flexfec
repair_block(const struct sender *s, uint16_t first)
{
	struct flexfec block = { .count = 0 };
	const uint8_t *packet;
	size_t len;

	for (; first != s->repairs.end; first++) {
		packet = history_find(&s->history, first, &len);
		if (!packet || !flexfec_add(&block, packet, len))
			break;
	}
	return block;
}

void
sender_protect(struct sender *s, uint16_t end)
{
	unsigned int packets = 0;

	s->repairs = (struct repairs){ .first = s->frame_seq, .end = end };
	for (uint16_t first = s->frame_seq; first != end;) {
		struct flexfec block = repair_block(s, first);

		if (!block.count)
			break;
		packets += flexfec_repairs(&block);
		first = (uint16_t)(first + block.count);
	}
	pacer_repair(&s->pacer, packets);
}

void
sender_repair(struct sender *s, int64_t now)
{
	struct flexfec block = repair_block(s, s->repairs.first);
	struct ice_datagram *d = ice_room(s->ice);
	ssize_t n;

	if (!block.count) {
		pacer_repair(&s->pacer, 0);
		return;
	}
	n = flexfec_encode(&block, s->repairs.left++, &s->fec, now, d->data,
	    sizeof(d->data) - SEAL_OVERHEAD);
	if (s->repairs.left == flexfec_repairs(&block)) {
		s->repairs.first = (uint16_t)(s->repairs.first + block.count);
		s->repairs.left = 0;
	}
	d->len = n > 0 ? (size_t)n : 0;
	s->other[0] += d->len;
	sender_leaves(s, d, &s->fec, now);
}

size_t
sender_video_max(const struct sender *s)
{
	return sender_needs_repairs(s) ? SEND_PACKET_MAX - SEND_REPAIR
				       : SEND_PACKET_MAX;
}
