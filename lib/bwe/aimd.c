#include "bwe/aimd.h"

#include <math.h>

enum {
	STEP_US = 1000000,   /* an update is not counted for more time */
	LESS_MIN_US = 10000, /* between two reductions, and a round trip */
	LESS_MAX_US = 200000,
	SLACK_US = 100000,  /* until a change of rate shows, and a round trip */
	STILL_US = 1000000, /* and until it should have, if it was right */
	FRAME_HZ = 30,
	PACKET_BITS = 1200 * 8,
	SLOWEST = 4000, /* bit/s by which the rate rises in a second */
};

static const double BACK_OFF = 0.85, DEEP = 0.75, RISE = 1.08, AHEAD = 1.5;
/* Of what passed when the queue grew, once that is empty. */
static const double NEARLY = 0.88;

void
aimd_init(struct aimd *a, int64_t rate)
{
	*a = (struct aimd){ .rate = rate };
}

void
aimd_set(struct aimd *a, int64_t now_us, int64_t rate)
{
	a->rate = rate;
	a->now_us = now_us;
	a->hold = false;
}

/* Three times the spread of what passed when there was too much. */
static double
margin(const struct aimd *a)
{
	return 3 * sqrt(a->spread * a->link);
}

static void
learn_link(struct aimd *a, double kbits)
{
	double error;

	if (a->link <= 0) {
		a->link = kbits;
		a->spread = 0.4;
		return;
	}
	a->link += 0.05 * (kbits - a->link);
	error = kbits - a->link;
	a->spread += 0.05 * (error * error / fmax(a->link, 1) - a->spread);
	a->spread = fmin(fmax(a->spread, 0.4), 2.5);
}

/* At most so much passes, as far as it is known, and some of it is left. */
static double
passing(const struct aimd *a, const struct aimd_news *n)
{
	double rate = (double)a->rate, busy = (double)n->busy;

	return n->all && busy > 0 && busy * BACK_OFF < rate ? busy : rate;
}

static bool
may_reduce(const struct aimd *a, int64_t now_us, const struct aimd_news *n)
{
	int64_t passed = now_us - a->less_us, wait = n->rtt_us;
	double passes = passing(a, n);

	if (passes >= (double)a->rate)
		return passed > STILL_US + wait;
	if (passes < (double)a->rate / 2)
		return true;
	if (wait < LESS_MIN_US)
		wait = LESS_MIN_US;
	return passed > (wait < LESS_MAX_US ? wait : LESS_MAX_US);
}

static void
reduce(struct aimd *a, int64_t now_us, const struct aimd_news *n)
{
	double passes = passing(a, n);

	a->hold = true;
	if (!may_reduce(a, now_us, n))
		return;
	a->less_us = now_us;
	a->passed = n->all ? (int64_t)passes : 0;
	if (passes / 1000 < a->link - margin(a))
		a->link = 0;
	learn_link(a, passes / 1000);
	a->rate = (int64_t)(passes * (n->deep ? DEEP : BACK_OFF));
}

/* Bit/s in a second, near what the link was seen to carry: a packet each. */
static double
gentle(const struct aimd *a, int64_t rtt_us)
{
	double frame = (double)a->rate / FRAME_HZ;
	double packet = frame / ceil(frame / PACKET_BITS);
	double rise = packet * 1e6 / (double)(rtt_us + SLACK_US);

	return rise > SLOWEST ? rise : SLOWEST;
}

static void
rise(struct aimd *a, int64_t passed_us, const struct aimd_news *n)
{
	double seconds = (double)passed_us / 1e6, rate = (double)a->rate;
	double most = n->busy ? (double)n->busy * AHEAD + 10000 : rate;
	double step = gentle(a, n->rtt_us) * seconds;

	if ((double)n->busy / 1000 > a->link + margin(a))
		a->link = 0;
	if (a->link <= 0)
		step = fmax(step, rate * (pow(RISE, seconds) - 1));
	rate = fmin(rate + step, most);
	if (rate > (double)a->rate)
		a->rate = (int64_t)rate;
}

/* The queue is gone, for which less was sent than passes. */
static void
return_to_passed(struct aimd *a)
{
	double rate = (double)a->passed * NEARLY;

	if (rate > (double)a->rate)
		a->rate = (int64_t)rate;
	a->passed = 0;
}

void
aimd_update(struct aimd *a, int64_t now_us, const struct aimd_news *n)
{
	int64_t passed = now_us - a->now_us;

	a->now_us = now_us;
	if (passed > STEP_US)
		passed = STEP_US;
	if (n->usage == TREND_OVER)
		reduce(a, now_us, n);
	else if (n->usage == TREND_UNDER)
		a->hold = true;
	else if (a->hold)
		a->hold = false;
	else if (n->empty && a->passed)
		return_to_passed(a);
	else if (!n->limited)
		rise(a, passed, n);
}
