/*
 * limit.h - how often a source that proved nothing is answered
 *
 * A table of fixed size by the source's IP address; those that share a place
 * share its allowance: LIMIT_BURST at once, then LIMIT_PER_S.  Who proves
 * that it receives our answers begins anew.  Pure.
 */
#ifndef TURN_LIMIT_H
#define TURN_LIMIT_H

#include "stun/address.h"

enum {
	LIMIT_SLOTS = 1 << 15,
	LIMIT_BURST = 32,
	LIMIT_PER_S = 10,
};

struct limit {
	uint64_t seed; /* random, so that places cannot be chosen */
	int64_t full_us[LIMIT_SLOTS]; /* when the allowance is whole again */
};

/* May it be answered at now_us?  If so that is counted. */
bool limit_take(struct limit *l, const struct address *source, int64_t now_us);
void limit_proved(struct limit *l, const struct address *source);

#endif
