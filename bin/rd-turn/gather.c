#include "gather.h"

unsigned int
gather_turn(struct gather *g, int64_t now_us, size_t n)
{
	int64_t took = now_us - g->since_us;

	g->received += n;
	if (took >= GATHER_PERIOD_US) {
		/* Over a longer time so many are few. */
		g->many =
		    g->received >= GATHER_MANY && took < 2 * GATHER_PERIOD_US;
		g->received = 0;
		g->since_us = now_us;
	}
	return g->many && n && n < GATHER_ENOUGH ? GATHER_US : 0;
}
