/*
 * pace.h - something that happens at most so often
 *
 * Once per interval on average: being late does not slow the rate down, and
 * two that did not happen are made up for, no more.  It may be a 64th more
 * often, or what has just this rate of its own, once held back, would be so
 * for ever.  Times are clock_us()'s.  Pure: no clock, no allocation.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdint.h>

enum {
	PACE_SAVED = 2,
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
