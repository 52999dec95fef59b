#include "rate.h"

enum {
	/* Debt allowed, microseconds at the bitrate. */
	FRAME_US = 50000,
	KEY_US = 100000,
	REFINE_US = 100000,
	/* A picture gets at least this part of it, whatever the debt. */
	LEAST = 16,
	/* One that takes less than this part of FRAME_US is small. */
	SMALL = 8,

	QUIET_US = 70000,   /* without motion before refining */
	MOTION_US = 250000, /* two large changes this close are motion */
	STEP = 2,           /* least step of a refinement */
	/* Steps this large cost as much as coding it all again. */
	FULL_STEP = 20,
	OVERHEAD = 200, /* bits of a picture without content */
};

/* A desktop of average density, until there was one. */
static const double COST = 60;

/* Bits at each quantiser, of dense text, against those at the first, 14. */
static double
relative(int qp)
{
	static const struct {
		int qp;
		double size;
	} curve[] = {
		{ 14, 1.15 },
		{ 18, 1 },
		{ 25, 0.78 },
		{ 32, 0.563 },
		{ 36, 0.453 },
		{ 40, 0.34 },
		{ 45, 0.2 },
	};
	int i = 1;

	while (qp > curve[i].qp)
		i++;
	return curve[i - 1].size +
	    (curve[i].size - curve[i - 1].size) * (qp - curve[i - 1].qp) /
	    (curve[i].qp - curve[i - 1].qp);
}

static double
bits_in(const struct rate *r, int64_t us)
{
	return (double)r->bitrate * (double)us / 1e6;
}

static double
debt_at(const struct rate *r, int64_t now_us)
{
	double left = r->debt - bits_in(r, now_us - r->debt_us);

	return left > 0 ? left : 0;
}

/* When all that was sent has passed. */
static int64_t
paid_us(const struct rate *r)
{
	return r->debt_us + (int64_t)(r->debt * 1e6 / (double)r->bitrate);
}

void
rate_init(struct rate *r, int64_t bitrate, int mbs)
{
	*r = (struct rate){ .mbs = mbs,
		.level = RATE_QP_COARSE,
		.moved_us = -MOTION_US,
		.key_cost = COST,
		.cost = COST };
	rate_set(r, bitrate);
}

void
rate_set(struct rate *r, int64_t bitrate)
{
	if (bitrate < RATE_MIN)
		bitrate = RATE_MIN;
	r->bitrate = bitrate < RATE_MAX ? bitrate : RATE_MAX;
}

/* What changed is coded; what is stale only when the quantiser goes down. */
static double
predict(const struct rate *r, int qp, int changed, double cost)
{
	double mbs = changed;

	if (qp < r->level && r->stale > changed) {
		double step = (double)(r->level - qp) / FULL_STEP;

		mbs += (r->stale - changed) * (step < 1 ? step : 1);
	}
	return OVERHEAD + mbs * cost * relative(qp);
}

static bool
is_small(const struct rate *r, int changed)
{
	return predict(r, r->level, changed, r->cost) <
	    bits_in(r, FRAME_US) / SMALL;
}

static bool
is_moving(const struct rate *r, int64_t now_us)
{
	return now_us - r->moved_us < MOTION_US;
}

static bool
is_due(const struct rate *r, int64_t now_us)
{
	return r->stale && now_us >= r->refine_us;
}

/* The least quantiser from qp up with which it fits in room bits. */
static int
fit(const struct rate *r, int qp, int changed, double cost, double room)
{
	while (qp < RATE_QP_COARSE && predict(r, qp, changed, cost) > room)
		qp++;
	return qp;
}

static double
room(const struct rate *r, int64_t now_us, int64_t us)
{
	double all = bits_in(r, us), left = all - debt_at(r, now_us);

	return left > all / LEAST ? left : all / LEAST;
}

static int
refine_qp(const struct rate *r, int64_t now_us, int changed)
{
	int qp = fit(
	    r, RATE_QP_FINE, changed, r->key_cost, room(r, now_us, REFINE_US));

	if (qp > r->level - STEP)
		qp = r->level - STEP;
	return qp > RATE_QP_FINE ? qp : RATE_QP_FINE;
}

int
rate_qp(struct rate *r, int64_t now_us, bool key, int changed)
{
	if (key)
		return fit(r, RATE_QP_FINE, r->mbs, r->key_cost,
		    room(r, now_us, KEY_US));
	if (is_small(r, changed))
		return is_due(r, now_us) ? refine_qp(r, now_us, changed)
					 : r->level;
	/* In motion half of the room is kept for the next picture. */
	if (is_moving(r, now_us))
		return fit(r, RATE_QP_MOTION, changed, r->cost,
		    room(r, now_us, FRAME_US) / 2);
	return fit(
	    r, RATE_QP_FINE, changed, r->key_cost, room(r, now_us, FRAME_US));
}

bool
rate_retry(struct rate *r, int64_t now_us, int qp, size_t bytes)
{
	double bits = (double)bytes * 8;

	r->key_cost = bits / r->mbs / relative(qp);
	return bits > room(r, now_us, KEY_US) * 3 / 2 &&
	    rate_qp(r, now_us, true, 0) > qp + STEP;
}

/* Follow what large pictures of a motion cost. */
static void
learn(struct rate *r, int64_t now_us, int changed, int qp, double bits)
{
	double sample = bits / changed / relative(qp);

	if (is_moving(r, now_us))
		r->cost = (r->cost + sample) / 2;
	else
		r->cost = sample;
	r->moved_us = now_us;
}

void
rate_sent(
    struct rate *r, int64_t now_us, bool key, int changed, int qp, size_t bytes)
{
	double bits = (double)bytes * 8;
	bool large = !key && !is_small(r, changed);

	r->debt = debt_at(r, now_us) + bits;
	r->debt_us = now_us;
	if (large && qp >= r->level)
		learn(r, now_us, changed, qp, bits);
	else if (large)
		r->moved_us = now_us;
	if (qp <= RATE_QP_FINE)
		r->stale = qp < r->level || key ? 0 : r->stale;
	else
		r->stale = key ? r->mbs : r->stale + changed;
	if (r->stale > r->mbs)
		r->stale = r->mbs;
	if (key || large || qp < r->level) {
		int64_t quiet_us = now_us + QUIET_US, paid = paid_us(r);

		r->refine_us = paid > quiet_us ? paid : quiet_us;
	}
	r->level = qp;
}

int64_t
rate_next(const struct rate *r)
{
	return paid_us(r) - KEY_US;
}

int64_t
rate_due(const struct rate *r)
{
	return r->stale ? r->refine_us : -1;
}
