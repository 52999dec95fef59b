#include "bwe/busy.h"

void
busy_packet(struct busy *b, int64_t sent_us, int64_t arrived_us,
    unsigned int bytes, bool waited)
{
	int64_t sent = sent_us - b->sent_us;
	int64_t arrived = arrived_us - b->arrived_us;

	if (b->begun && sent < 0)
		return; /* out of order */
	if (b->begun && waited && sent < BUSY_OLD_US &&
	    arrived > -BUSY_OLD_US && arrived < BUSY_OLD_US)
		b->gaps[b->count++ % BUSY_MAX] =
		    (struct busy_gap){ bytes, (uint32_t)sent,
			    (uint32_t)(arrived > 0 ? arrived : 0), arrived_us };
	b->begun = true;
	b->sent_us = sent_us;
	if (arrived > 0 || arrived < -BUSY_OLD_US)
		b->arrived_us = arrived_us;
}

/* More than so many per cent of the time to send it is longer. */
enum { LONGER = 110 };

int64_t
busy_rate(const struct busy *b, bool *all)
{
	int64_t bytes = 0, sent = 0, arrived = 0;
	unsigned int n = 0;

	while (n < b->count && n < BUSY_MAX) {
		const struct busy_gap *g =
		    &b->gaps[(b->count - 1 - n) % BUSY_MAX];

		if (b->arrived_us - g->at_us > BUSY_OLD_US)
			break;
		n++;
		bytes += g->bytes;
		sent += g->sent_us;
		arrived += g->arrived_us;
		if (n >= BUSY_MIN && arrived >= BUSY_US)
			break;
	}
	*all = arrived * 100 > sent * LONGER;
	if (arrived < sent)
		arrived = sent;
	return n < BUSY_MIN || !arrived ? 0 : bytes * 8 * 1000000 / arrived;
}
