#include "bwe/loss.h"

#include <math.h>

enum {
	LOOK_US = 500000, /* a fraction is of so long, and of so many */
	LOOK_PACKETS = 20,
	LONG_US = 1500000, /* or of that long */
	LESS_US = 300000,  /* and a round trip between two reductions */
};

static const double FEW = 0.02, MUCH = 0.25;
static const double RISE = 1.03, LESS = 0.92; /* with each look */
/* Bit/s that may be kept at a loss of FEW, and how they fall with more. */
static const double BORNE = 2750000, FALL = 0.73;
/* The same, whatever is lost, when it is the way's own doing. */
static const double OWN = 2200000;
static const double CUT = 0.75, KEPT = 0.7; /* of the rate; of the loss */

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

/* What is lost as before with much less traffic is not lost to congestion. */
static void
compare(struct loss *l, int64_t rate)
{
	if (l->fraction < FEW) {
		l->was_rate = 0;
		l->own = 0;
		return;
	}
	if (l->was_rate && (double)rate > (double)l->was_rate * CUT)
		return;
	if (l->was_rate)
		l->own = l->fraction > l->was * KEPT && l->fraction < MUCH
		    ? l->fraction
		    : 0;
	l->was_rate = rate;
	l->was = l->fraction;
}

/* What may be kept. */
static double
borne(const struct loss *l, bool queued)
{
	if (l->fraction < FEW)
		return (double)l->most;
	if (queued)
		return 0;
	if (l->fraction < l->own + fmax(l->own / 2, FEW))
		return OWN;
	return BORNE * pow(l->fraction / FEW, -FALL);
}

static void
react(struct loss *l, int64_t now_us, int64_t rate, int64_t rtt_us, bool queued)
{
	double least = borne(l, queued), limit = (double)l->limit, less;

	if ((double)rate < least) {
		l->limit = (int64_t)fmax(limit, fmin(limit * RISE, least));
		return;
	}
	if (rate < l->limit)
		l->limit = rate;
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
	compare(l, rate);
	react(l, now_us, rate, rtt_us, queued);
}
