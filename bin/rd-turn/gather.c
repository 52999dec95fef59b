#include "gather.h"

static void
end_period(struct gather *g, int64_t now_us)
{
	/* Over a longer time so many are few. */
	bool many = g->received >= GATHER_MANY &&
	    now_us - g->since_us < 2 * GATHER_PERIOD_US;

	if (g->began && g->received < g->before / 4 * 3)
		g->leave_until_us = now_us + GATHER_LEAVE_US;
	many = many && now_us >= g->leave_until_us;
	g->began = many && !g->sleeps;
	g->sleeps = many;
	g->before = g->received;
	g->received = 0;
	g->since_us = now_us;
}

unsigned int
gather_turn(struct gather *g, int64_t now_us, size_t n)
{
	g->received += n;
	if (now_us - g->since_us >= GATHER_PERIOD_US)
		end_period(g, now_us);
	return g->sleeps && n && n < GATHER_ENOUGH ? GATHER_US : 0;
}
