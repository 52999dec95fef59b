/*
 * trend.h - whether a queue is growing on the way: from when packets left and
 * when they arrived
 *
 * draft-ietf-rmcat-gcc-02 sections 5.1 to 5.4, with a line fitted through the
 * last delays instead of the Kalman filter.  The two clocks need not agree,
 * only run equally fast.  Pure; caller's memory, no allocation.
 */
#ifndef BWE_TREND_H
#define BWE_TREND_H

#include <stdbool.h>
#include <stdint.h>

enum { TREND_WINDOW = 20 }; /* groups the line is fitted through */

enum trend_usage {
	TREND_NORMAL,
	TREND_OVER,  /* the queue grows */
	TREND_UNDER, /* it gets shorter */
};

/* Packets that left together, and are looked at as one. */
struct trend_group {
	int64_t first_sent_us, sent_us, first_arrived_us, arrived_us;
	unsigned int packets;
};

struct trend {
	enum trend_usage usage;
	struct trend_group last, now;
	double x[TREND_WINDOW], y[TREND_WINDOW]; /* ms */
	unsigned int count;
	int64_t origin_us;
	double delay, smooth; /* ms, accumulated */
	double slope;         /* as last compared with the threshold */
	double threshold;
	int64_t threshold_us;
	double over_ms; /* the slope has been too steep for so long */
	unsigned int over;
};

void trend_init(struct trend *t);

/* A packet arrived; in the order they were sent, those that got lost apart. */
void trend_packet(struct trend *t, int64_t sent_us, int64_t arrived_us);

#endif
