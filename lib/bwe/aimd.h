/*
 * aimd.h - the rate for what the delay says: more by and by, less at once
 *
 * draft-ietf-rmcat-gcc-02 section 5.5.  Pure; caller's memory, no allocation.
 */
#ifndef BWE_AIMD_H
#define BWE_AIMD_H

#include <stdbool.h>
#include <stdint.h>

#include "bwe/trend.h"

struct aimd {
	int64_t rate;            /* bit/s */
	bool hold;               /* until the queue is as short as it was */
	int64_t now_us, less_us; /* of the last update, and reduction */
	int64_t passed;      /* bit/s, as known at the last reduction; 0: not */
	double link, spread; /* kbit/s at reductions: mean and variance of it */
};

void aimd_init(struct aimd *a, int64_t rate);

struct aimd_news {
	enum trend_usage usage; /* what the queue does */
	int64_t busy;           /* bit/s that arrived; 0: not known */
	bool all;               /* and more cannot */
	bool limited; /* there was not more to send: more proves nothing */
	bool empty;   /* there is no queue */
	bool deep;    /* it is so long that it has to go first */
	int64_t rtt_us;
};

void aimd_update(struct aimd *a, int64_t now_us, const struct aimd_news *n);

/* It is known that rate bit/s pass. */
void aimd_set(struct aimd *a, int64_t now_us, int64_t rate);

#endif
