/*
 * pace.h - something that happens at most so often
 *
 * Once per interval on average: being late does not slow the rate down, and
 * one that did not happen is made up for, no more.  Times are clock_us()'s.
 * Pure: no clock, no allocation.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdint.h>

enum {
	/* After pace_hurry() as many may come at once, this long. */
	PACE_EXTRA = 2,
	PACE_HURRY_US = 100000,
};

struct pace { /* all zero: at once */
	int64_t next_us, hurry_us;
	unsigned int extra;
};

/* From when on the next one is allowed; at once if that is not after now_us. */
int64_t pace_next(const struct pace *p, int64_t now_us);
/* One happened at now_us. */
void pace_took(struct pace *p, int64_t now_us, int64_t interval_us);
/* Somebody waits for what comes next: PACE_EXTRA more are allowed. */
void pace_hurry(struct pace *p, int64_t now_us);

#endif
