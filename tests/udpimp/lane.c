#include "lane.h"

/* Jitter takes so long from one random value to the next. */
enum { WANDER_US = 50000 };

enum draw {
	DRAW_LOSS,
	DRAW_BURST,
	DRAW_DUPLICATE,
	DRAW_REORDER,
	DRAWS,
};

/* Number n of a sequence that seed gives, in 0..1: splitmix64. */
static double
random_share(uint64_t seed, uint64_t n)
{
	uint64_t z = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) / (double)(UINT64_C(1) << 53);
}

static bool
happens(const struct lane *l, enum draw what, double share)
{
	return random_share(l->seed, l->count * DRAWS + (uint64_t)what) < share;
}

static bool
is_lost(struct lane *l)
{
	l->bursting = l->bursting ? !happens(l, DRAW_BURST, l->burst_end)
				  : happens(l, DRAW_BURST, l->burst_begin);
	return l->hole != 0 || l->bursting || happens(l, DRAW_LOSS, l->loss);
}

static double
jitter(const struct lane *l, int64_t now_us)
{
	uint64_t n = (uint64_t)now_us / WANDER_US;
	double part = (double)(now_us % WANDER_US) / WANDER_US;

	return l->jitter_us *
	    ((1 - part) * random_share(~l->seed, n) +
		part * random_share(~l->seed, n + 1));
}

/* When the link has sent it; -1 when its buffer has no room for it. */
static int64_t
transmit(struct lane *l, int64_t now_us, size_t len)
{
	int64_t wait = l->free_us > now_us ? l->free_us - now_us : 0;

	if (l->bytes_per_us == 0)
		return now_us;
	if ((double)wait > l->queue_us)
		return -1;
	if (wait > l->longest_us)
		l->longest_us = wait;
	l->free_us = now_us + wait + (int64_t)((double)len / l->bytes_per_us);
	return l->free_us;
}

size_t
lane_pass(
    struct lane *l, int64_t now_us, size_t len, int64_t at_us[LANE_COPIES])
{
	bool lost = is_lost(l);
	size_t copies = 1 + happens(l, DRAW_DUPLICATE, l->duplicate);
	bool late = happens(l, DRAW_REORDER, l->reorder);
	int64_t sent = lost ? -1 : transmit(l, now_us, len);

	l->count++;
	l->lost += lost;
	l->dropped += !lost && sent < 0;
	if (sent < 0)
		return 0;
	at_us[0] = sent + (int64_t)(l->delay_us + jitter(l, now_us));
	if (at_us[0] < l->last_us)
		at_us[0] = l->last_us;
	l->last_us = at_us[0];
	if (late)
		at_us[0] += (int64_t)l->reorder_us;
	at_us[1] = at_us[0];
	l->packets++;
	l->bytes += len;
	return copies;
}
