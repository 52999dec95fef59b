#include "rate.h"

#include <math.h>

enum {
	/* Debt allowed, microseconds at the bitrate. */
	FRAME_US = 50000,
	KEY_US = 100000,
	REFINE_US = 100000,
	PART_US = 75000,
	LATE_US = 60000,  /* more than that in motion brings a pause, */
	PAUSE_US = 10000, /* until so much is left */
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

	/* In motion. */
	INTERVAL_US = 16000, /* between pictures, until more is known */
	PROMPT_US = 2000,    /* encoded as soon as the debt allowed it */
	SEEN_US = 1000000,   /* what a quantiser took holds so long, */
	DEAR_US = 10000000,  /* and longer that a finer one took too much */
	/* A finer picture codes again what stands still: seldom, by little. */
	STAY = 8,
	FINER = 1,
	SETTLED = 4,   /* pictures, until they show what a quantiser takes */
	HALF_TEXT = 9, /* steps that halve the bits, at a guess */
	HALF_FILM = 6,
	GAP = 47,
	GAP_END = 52, /* no use: h264.h says why */
};

/*
 * Bits for a unit of work, before any was seen: from terminals and web pages
 * to films they came within 30 % of it.
 */
static const double COST = 2.6;

/* Texture of a film was 0.76, of pages of text at most 0.07. */
static const double FILM = 0.5, TEXT = 0.35;

/* How far the quantiser may give way, and how far the picture rate then. */
struct limits {
	int finest, coarsest, fps;
};

static const struct limits text_limits = { RATE_QP_MOTION, 32, 10 };
static const struct limits film_limits = { RATE_QP_MOTION, 40, 30 };
static const struct limits smooth_limits = { 24, RATE_QP_WORST, 60 };

static const struct limits *
limits_of(const struct rate *r)
{
	if (r->mode == RATE_SMOOTH)
		return &smooth_limits;
	return r->mode == RATE_AUTO && r->film ? &film_limits : &text_limits;
}

/* Bits at quantisers 12, 18, 24 ... against those at 18, of the same. */
static double
relative(int qp)
{
	static const double curve[] = { 1.24, 1, 0.79, 0.62, 0.45, 0.31, 0.2,
		0.12, 0.08 };
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

static void
owe(struct rate *r, int64_t now_us, double bits)
{
	r->debt = debt_at(r, now_us) + bits;
	r->debt_us = now_us;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
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
	*r = (struct rate){ .mode = r->mode,
		.level = RATE_QP_COARSE,
		.moved_us = -MOTION_US,
		.new_cost = COST,
		.key_cost = COST };
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
predict(const struct rate *r, int qp, double work)
{
	double bits = OVERHEAD + work * r->new_cost * relative(qp);

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
	return predict(r, r->level, work) < bits_in(r, FRAME_US) / SMALL;
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

/* The least quantiser with which new work fits in bits. */
static int
fit_new(const struct rate *r, double work, double bits)
{
	int qp = RATE_QP_FINE;

	while (qp < RATE_QP_COARSE && predict(r, qp, work) > bits)
		qp++;
	return qp;
}

static int
refine_qp(const struct rate *r, int64_t now_us, double work)
{
	int qp = fit_new(r, work, room(r, now_us, REFINE_US));

	if (qp > r->level - STEP)
		qp = r->level - STEP;
	return qp > RATE_QP_FINE + 1 ? qp : RATE_QP_FINE;
}

/* Bits for a unit of work in this motion: as seen, or from what was last. */
static double
motion_cost(const struct rate *r, int qp)
{
	const struct rate_seen *at = &r->seen[qp], *last = &r->seen[r->last];
	double half = r->film ? HALF_FILM : HALF_TEXT;

	if (at->us && last->us - at->us < (qp < r->last ? DEAR_US : SEEN_US))
		return at->cost;
	return last->cost * exp2((r->last - qp) / half);
}

/*
 * The finest quantiser from..to at which work fits in bits, or, when there
 * is none, the one that takes least, which need not be the coarsest.
 */
static int
fit_motion(const struct rate *r, int from, int to, double work, double bits)
{
	int cheapest = from;

	for (int qp = from; qp <= to; qp++) {
		if (qp >= GAP && qp < GAP_END)
			continue;
		if (work * motion_cost(r, qp) <= bits)
			return qp;
		if (motion_cost(r, qp) < motion_cost(r, cheapest))
			cheapest = qp;
	}
	return cheapest;
}

/*
 * Known to take what it takes: right after a change of the quantiser it is
 * the change that costs.
 */
static bool
is_settled(const struct rate *r, const struct limits *l)
{
	return r->run >= SETTLED || r->last > l->coarsest;
}

/*
 * Pictures of a motion differ in what they take; a quantiser that followed
 * them would flicker.
 */
static bool
is_right(const struct rate *r, const struct limits *l, double work, double bits)
{
	double expected = work * motion_cost(r, r->last);

	return r->last >= l->finest && r->last <= l->coarsest &&
	    expected <= bits * 1.15 &&
	    (r->run < STAY || expected >= bits * 0.75);
}

/* As fine as fits, but no coarser than the rate can give way for. */
static int
motion_qp(const struct rate *r, int64_t now_us, double work)
{
	const struct limits *l = limits_of(r);
	double all = bits_in(r, r->interval_us);
	double over = debt_at(r, now_us) - all;
	double bits = over > 0 ? all - over / 4 : all;
	int from = r->run < STAY ? r->last : r->last - FINER, qp;

	if (from < l->finest)
		from = l->finest;
	if (from > l->coarsest)
		from = l->coarsest;
	if (bits < all / 4)
		bits = all / 4;
	if (is_right(r, l, work, bits))
		return r->last;
	qp = fit_motion(r, from, l->coarsest, work, bits);
	all = bits_in(r, 1000000 / l->fps);
	if (!is_settled(r, l))
		all *= 2;
	if (work * motion_cost(r, qp) > all)
		qp = fit_motion(r, qp, RATE_QP_WORST, work, all);
	return qp;
}

/* As fine as fits, whatever else there is to see. */
static int
fit_alone(double bits_of_work, double bits)
{
	int qp = RATE_QP_FINE;

	while (qp < RATE_QP_COARSE &&
	    OVERHEAD + bits_of_work * relative(qp) > bits)
		qp++;
	return qp;
}

int
rate_qp(const struct rate *r, int64_t now_us, enum rate_picture kind,
    const struct look *look)
{
	if (kind == RATE_PATCH)
		return fit_alone(
		    look->work * r->new_cost, room(r, now_us, FRAME_US));
	if (kind == RATE_KEY)
		return fit_alone(
		    look->work * r->key_cost, room(r, now_us, KEY_US));
	if (is_small(r, look->work))
		return is_due(r, now_us) ? refine_qp(r, now_us, look->work)
					 : r->level;
	if (r->moving && is_moving(r, now_us))
		return motion_qp(r, now_us, look->work);
	return fit_new(r, look->work, room(r, now_us, FRAME_US));
}

static void
learn_new(struct rate *r, bool key, double cost)
{
	/* A blank picture, which costs bits for no work, teaches nothing. */
	if (cost >= 2 * COST)
		return;
	r->new_cost = key ? (r->new_cost + cost) / 2 : cost;
	if (key)
		r->key_cost = (r->key_cost + cost) / 2;
}

/* How long until the next one, if it is not the debt that delays them. */
static void
learn_interval(struct rate *r, int64_t now_us)
{
	int64_t us = now_us - r->moved_us;

	if (now_us - rate_next(r) < PROMPT_US)
		us = INTERVAL_US;
	if (us > FRAME_US)
		us = FRAME_US;
	r->interval_us += (us - r->interval_us) / 4;
}

/* The mean of the last few pictures. */
static void
learn_cost(struct rate_seen *s, int64_t now_us, double cost)
{
	bool recent = s->us && now_us - s->us < SEEN_US;

	s->cost = recent ? s->cost + (cost - s->cost) / 3 : cost;
	s->us = now_us;
}

/* A large picture is to be sent: is it motion, and of what? */
static void
learn_motion(struct rate *r, int64_t now_us, const struct look *look)
{
	if (is_moving(r, now_us)) {
		learn_interval(r, now_us);
		r->moving = true;
		r->texture += (look->texture - r->texture) / 4;
	} else {
		r->moving = false;
		r->interval_us = INTERVAL_US;
		r->texture = look->texture;
		for (int i = 0; i <= RATE_QP_WORST; i++)
			r->seen[i].us = 0;
	}
	r->film = r->texture > (r->film ? TEXT : FILM);
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
rate_sent(struct rate *r, int64_t now_us, enum rate_picture kind,
    const struct look *look, int qp, size_t bytes)
{
	double work = look->work, bits = (double)bytes * 8;
	bool key = kind == RATE_KEY, patch = kind == RATE_PATCH;
	bool large = key || (!patch && !is_small(r, work));
	double cost = bits / (work + 1);

	if (large && !key) {
		learn_motion(r, now_us, look);
		learn_cost(&r->seen[qp], now_us, cost);
		r->run = qp == r->last ? r->run + 1 : 0;
		r->last = qp;
	}
	if (large && !(r->moving && !key) && (key || qp >= r->level))
		learn_new(r, key, cost / relative(qp));
	owe(r, now_us, bits);
	if (key)
		r->whole = work;
	/* What has no work may have the wrong colour. */
	if (qp > RATE_QP_FINE)
		r->stale = (key ? work : stale_with(r, work)) + 1;
	else if (key || (!patch && qp < r->level))
		r->stale = 0;
	if (large || (patch ? qp > RATE_QP_FINE : qp < r->level))
		r->refine_us = later(now_us + QUIET_US, paid_us(r));
	if (!patch)
		r->level = qp;
}

size_t
rate_part(const struct rate *r, int64_t now_us)
{
	return (size_t)(room(r, now_us, PART_US) / 8);
}

void
rate_refined(struct rate *r, int64_t now_us, size_t bytes, bool all)
{
	owe(r, now_us, (double)bytes * 8);
	if (all) {
		r->stale = 0;
		r->level = RATE_QP_FINE;
	}
	r->refine_us = later(now_us + 1, paid_us(r));
}

int64_t
rate_next(const struct rate *r)
{
	int64_t paid = paid_us(r);

	/* In motion one picture less is less late than all of them later. */
	if (r->moving && paid - r->debt_us > LATE_US)
		return paid - PAUSE_US;
	return paid - FRAME_US;
}

bool
rate_far(const struct rate *r)
{
	return !r->film;
}

int64_t
rate_due(const struct rate *r)
{
	return r->stale > 0 ? r->refine_us : -1;
}
