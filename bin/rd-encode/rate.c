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
	STEP = 8,           /* least step of a refinement */
	/* A step this large costs as much as coding it all again. */
	FULL_STEP = 10,
	OVERHEAD = 200, /* bits of a picture without content */

	PROBE = 64, /* one picture in as many is searched the other way */
};

/*
 * Bits for a unit of work, before any was seen: from terminals and web pages
 * to films they came within 30 % of it.
 */
static const double COST = 2.6;

/* Bits at quantisers 14, 20, 26 ... against those at 18, of the same. */
static double
relative(int qp)
{
	static const double curve[] = { 1.16, 0.93, 0.73, 0.56, 0.4, 0.26, 0.16,
		0.1 };
	int i = (qp - RATE_QP_FINE) / 6, rest = (qp - RATE_QP_FINE) % 6;

	return rest ? curve[i] + (curve[i + 1] - curve[i]) * rest / 6
		    : curve[i];
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
rate_init(struct rate *r, int64_t bitrate)
{
	*r = (struct rate){ .level = RATE_QP_COARSE,
		.moved_us = -MOTION_US,
		.new_cost = COST,
		.motion_cost = COST };
	rate_set(r, bitrate);
}

void
rate_set(struct rate *r, int64_t bitrate)
{
	if (bitrate < RATE_MIN)
		bitrate = RATE_MIN;
	r->bitrate = bitrate < RATE_MAX ? bitrate : RATE_MAX;
}

/*
 * Bits of a picture: for what changed, and for what is stale as well when
 * the quantiser goes down, the more the further.
 */
static double
predict(const struct rate *r, int qp, double work, double cost)
{
	double bits = OVERHEAD + work * cost * relative(qp);

	if (qp < r->level && r->stale > work) {
		double step = (double)(r->level - qp) / FULL_STEP;

		bits += (r->stale - work) * r->new_cost * relative(qp) *
		    (step < 1 ? step * step : 1);
	}
	return bits;
}

static bool
is_small(const struct rate *r, double work)
{
	return predict(r, r->level, work, r->new_cost) <
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
	return r->stale > 0 && now_us >= r->refine_us;
}

static double
room(const struct rate *r, int64_t now_us, int64_t us)
{
	double all = bits_in(r, us), left = all - debt_at(r, now_us);

	return left > all / LEAST ? left : all / LEAST;
}

/* The least quantiser from qp up with which work fits in bits. */
static int
fit(const struct rate *r, int qp, double work, double cost, double bits)
{
	while (qp < RATE_QP_WORST && predict(r, qp, work, cost) > bits)
		qp++;
	return qp;
}

/* The same for what is new, from the finest on. */
static int
fit_new(const struct rate *r, double work, double bits)
{
	int qp = fit(r, RATE_QP_FINE, work, r->new_cost, bits);

	return qp < RATE_QP_COARSE ? qp : RATE_QP_COARSE;
}

static int
refine_qp(const struct rate *r, int64_t now_us, double work)
{
	int qp = fit_new(r, work, room(r, now_us, REFINE_US));

	if (qp > r->level - STEP)
		qp = r->level - STEP;
	return qp > RATE_QP_FINE + 1 ? qp : RATE_QP_FINE;
}

int
rate_qp(const struct rate *r, int64_t now_us, bool key, double work)
{
	if (key)
		return fit_new(r, work, room(r, now_us, KEY_US));
	if (is_small(r, work))
		return is_due(r, now_us) ? refine_qp(r, now_us, work)
					 : r->level;
	/* In motion half of the room is kept for the next picture. */
	if (is_moving(r, now_us))
		return fit(r, RATE_QP_MOTION, work, r->motion_cost,
		    room(r, now_us, FRAME_US) / 2);
	return fit_new(r, work, room(r, now_us, FRAME_US));
}

static bool
is_probe(const struct rate *r)
{
	return r->moving % PROBE == PROBE - 1;
}

static void
learn(struct rate *r, bool key, bool moving, double cost)
{
	double *old = key ? &r->new_cost : &r->motion_cost;

	/* A blank picture, which costs bits for no work, teaches nothing. */
	if (cost > 2 * COST)
		return;
	if (moving && is_probe(r)) {
		/* Far is worth its time when near takes a quarter more. */
		r->near = r->near ? cost * 5 / 4 >= *old : cost <= *old * 5 / 4;
		return;
	}
	*old = key || moving ? (*old + cost) / 2 : cost;
}

/* A large picture was sent: is it motion, and how does that go? */
static void
moved(struct rate *r, int64_t now_us)
{
	if (is_moving(r, now_us)) {
		r->moving++;
	} else {
		r->moving = 0;
		r->near = false;
	}
	r->moved_us = now_us;
}

/* What changed again was stale before, unless it is more than ever. */
static double
stale_with(const struct rate *r, double work)
{
	double sum = r->stale + work, most = r->whole;

	if (most < work)
		most = work;
	if (most < r->stale)
		most = r->stale;
	return sum < most ? sum : most;
}

void
rate_sent(
    struct rate *r, int64_t now_us, bool key, double work, int qp, size_t bytes)
{
	double bits = (double)bytes * 8;
	bool large = key || !is_small(r, work);

	r->debt = debt_at(r, now_us) + bits;
	r->debt_us = now_us;
	if (large && (key || qp >= r->level))
		learn(r, key, !key && is_moving(r, now_us),
		    bits / (work + 1) / relative(qp));
	if (large && !key)
		moved(r, now_us);
	if (key)
		r->whole = work;
	if (qp > RATE_QP_FINE)
		r->stale = key ? work : stale_with(r, work);
	else if (key || qp < r->level)
		r->stale = 0;
	if (large || qp < r->level) {
		int64_t quiet_us = now_us + QUIET_US, paid = paid_us(r);

		r->refine_us = paid > quiet_us ? paid : quiet_us;
	}
	r->level = qp;
}

int64_t
rate_next(const struct rate *r)
{
	int64_t paid = paid_us(r);

	/*
	 * Pictures that follow one another closely cost less each, so one
	 * longer pause is better than many short ones.
	 */
	return paid - (paid - r->debt_us > KEY_US ? FRAME_US / 2 : KEY_US);
}

bool
rate_far(const struct rate *r)
{
	return r->near == is_probe(r);
}

int64_t
rate_due(const struct rate *r)
{
	return r->stale > 0 ? r->refine_us : -1;
}
