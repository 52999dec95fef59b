/*
 * loss.h - how much may be sent for what gets lost
 *
 * draft-ietf-rmcat-gcc-02 section 6: below 2 % more, above less.  But when
 * there is no queue a rate at which so much has to be borne is kept, as TCP
 * would; and more, when to send less was seen not to help.
 *
 * Pure; caller's memory, no allocation.
 */
#ifndef BWE_LOSS_H
#define BWE_LOSS_H

#include <stdbool.h>
#include <stdint.h>

struct loss {
	int64_t limit, most; /* bit/s */
	double fraction;     /* of the packets of the last second or so */
	double own;          /* so much of them as the way loses by itself */
	int64_t was_rate;    /* before it was reduced, or 0 */
	double was;          /* fraction, then */
	unsigned int packets, lost; /* since since_us */
	int64_t since_us, less_us;
};

/* most: what the limit never exceeds. */
void loss_init(struct loss *l, int64_t most);

/* So much is lost that it would be rash to try much more. */
bool loss_matters(const struct loss *l);

/*
 * Feedback told of so many packets, lost ones among them (negative: that were
 * only late), of a stream sent at rate bit/s with this round trip time; queued:
 * a queue stands, so that the loss may well be its doing.
 */
void loss_update(struct loss *l, int64_t now_us, unsigned int packets, int lost,
    int64_t rate, int64_t rtt_us, bool queued);

#endif
