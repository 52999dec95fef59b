#include "resend.h"

#include <string.h>

#include "leave.h"
#include "skip.h"

enum {
	PAD_MIN = 500, /* bytes: less is no use as padding */
	PAD_TRIES = 32,
	LOST_US = 150000, /* what was lost may take so long to send again, */
	LOST_MIN = 40,    /* or so many packets: to go back takes as many */
	PACKET_BITS = 1200 * 8,
	COPIES = 3, /* of a lost packet, at most */
};

/* All of them get lost so often. */
#define COPIES_LOST .005

/* RFC 4588, or as it was for who does not know that; false: it is gone. */
static bool
send_copy(struct sender *s, uint16_t seq, int64_t now)
{
	size_t len;
	const uint8_t *packet = history_find(&s->history, seq, &len);
	struct ice_datagram *d;
	ssize_t n;

	if (!packet)
		return false;
	d = ice_room(s->ice);
	d->len = len;
	history_left(&s->history, seq, s->transport_seq);
	if (!s->rtx.pt) {
		memcpy(d->data, packet, len);
		sender_leaves(s, d, &s->video, now);
	} else {
		n = rtp_rtx(&s->rtx, packet, len, d->data, sizeof(d->data));
		d->len = n > 0 ? (size_t)n : 0;
		sender_leaves(s, d, &s->rtx, now);
	}
	return true;
}

void
sender_lost(struct sender *s, uint16_t seq, int64_t now)
{
	if (!send_copy(s, seq, now))
		return;
	s->resent++;
	s->other[0] += SEND_PACKET_MAX;
}

/*
 * Padding that may be of use: what left lately, once more.  Small packets,
 * which say little about the way, are passed over.
 */
void
sender_pad(struct sender *s, int64_t now)
{
	size_t len = 0;

	for (int i = 0; i < PAD_TRIES && len < PAD_MIN; i++)
		history_find(&s->history, --s->pad_seq, &len);
	if (len < PAD_MIN || !send_copy(s, s->pad_seq, now))
		probe_abandon(&s->bwe.probe);
}

/* What waits would be late. */
static bool
is_too_much(const struct sender *s)
{
	return s->pacer.again_left > LOST_MIN &&
	    (int64_t)s->pacer.again_left * PACKET_BITS * 1000000 >
	    s->bwe.rate * LOST_US;
}

/* RFC 4585 section 6.2.1 */
void
sender_resend(struct sender *s, uint16_t seq, int64_t rtt_us)
{
	size_t len;
	double lost = 1;

	if (sender_skips(s, seq) ||
	    !history_resend(&s->history, seq, clock_us(), rtt_us, &len))
		return;
	if (is_too_much(s) && sender_skip(s))
		return;
	/* Another round trip would take longer than who looks on can bear. */
	for (int copies = 0; copies < COPIES && lost > COPIES_LOST; copies++) {
		pacer_again(&s->pacer, seq);
		lost *= s->loss;
	}
}

void
sender_told(struct sender *s, uint16_t transport_seq, bool arrived)
{
	uint16_t seq;

	if (s->video.pt &&
	    history_told(&s->history, transport_seq, arrived, &seq))
		sender_resend(s, seq, 0);
}
