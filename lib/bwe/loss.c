#include "bwe/loss.h"

#include <math.h>

enum {
	LOOK_US = 500000, /* a fraction is of so long, and of so many */
	LOOK_PACKETS = 20,
	LONG_US = 1500000, /* or of that long */
	LESS_US = 300000,  /* and a round trip between two reductions */
};

static const double FEW = 0.02;
static const double RISE = 1.03, LESS = 0.92; /* with each look */
/* Bit/s that may be kept at a loss of FEW, and how they fall with more. */
static const double BORNE = 3600000, FALL = 0.73;

static double
borne(double fraction)
{
	return BORNE * pow(fraction / FEW, -FALL);
}

void
loss_init(struct loss *l, int64_t most)
{
	*l = (struct loss){ .limit = most, .most = most };
}

bool
loss_matters(const struct loss *l)
{
	return l->fraction >= FEW / 2;
}

static void
react(struct loss *l, int64_t now_us, int64_t rate, int64_t rtt_us, bool queued)
{
	double least, less;

	if (l->fraction < FEW) {
		l->limit =
		    (int64_t)fmin((double)l->limit * RISE, (double)l->most);
		return;
	}
	if (rate < l->limit)
		l->limit = rate;
	least = queued ? 0 : borne(l->fraction);
	less = (double)rate * fmin(1 - l->fraction / 2, LESS);
	if (now_us - l->less_us < LESS_US + rtt_us || (double)rate <= least)
		return;
	l->less_us = now_us;
	l->limit = (int64_t)fmax(least, less);
}

void
loss_update(struct loss *l, int64_t now_us, unsigned int packets, int lost,
    int64_t rate, int64_t rtt_us, bool queued)
{
	int64_t passed = now_us - l->since_us;
	double fraction;

	l->packets += packets;
	l->lost = lost < 0 && l->lost < (unsigned int)-lost
	    ? 0
	    : (unsigned int)((int)l->lost + lost);
	if (!l->packets || passed < LOOK_US ||
	    (l->packets < LOOK_PACKETS && passed < LONG_US))
		return;
	fraction = (double)l->lost / l->packets;
	l->fraction += (fmin(fraction, 1) - l->fraction) / 3;
	l->packets = l->lost = 0;
	l->since_us = now_us;
	react(l, now_us, rate, rtt_us, queued);
}
