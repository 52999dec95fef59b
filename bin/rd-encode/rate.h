/*
 * rate.h - which quantiser the next picture gets
 *
 * The link is a leaky bucket: what was sent and has not had the time to pass
 * at the bitrate is debt, and a picture may add to it no more than fits
 * within some tens of milliseconds.  What had to be coarse is refined when
 * the motion is over, in a few pictures, and then there is nothing to do.
 *
 * How much there is to code is told in units of work (picture_work()), of
 * which the bits are a fairly constant multiple whatever is on the screen.
 *
 * Pure: no I/O and no clock but now_us, any monotonic time in microseconds.
 */
#ifndef ENCODE_RATE_H
#define ENCODE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RATE_QP_FINE = 14,   /* as good as it gets; no loss can be seen */
	RATE_QP_MOTION = 20, /* as good as what moves gets */
	RATE_QP_COARSE = 44, /* as bad as it gets at rest */
	RATE_QP_WORST = 51,  /* and in motion */
	RATE_MIN = 100000,   /* bit/s */
	RATE_MAX = 1000000000,
};

struct rate {
	int64_t bitrate; /* bit/s */
	int level;       /* quantiser of the last picture */
	double whole;    /* work of the last key picture */
	double stale;    /* work in what is coarser than RATE_QP_FINE */
	double debt;     /* bits, at debt_us */
	int64_t debt_us;
	int64_t moved_us;  /* when much changed last */
	int64_t refine_us; /* when to refine what is stale */
	/* Bits for a unit of work at the reference quantiser: */
	double new_cost;    /* in what is new */
	double motion_cost; /* in what moves, much of which is predicted */
	int moving;         /* pictures of this motion so far */
	bool near;          /* looking far for it did not pay */
};

/* Also after a change of size. */
void rate_init(struct rate *r, int64_t bitrate);

/* Clamped to RATE_MIN..RATE_MAX. */
void rate_set(struct rate *r, int64_t bitrate);

/*
 * The quantiser for a picture encoded now: work is that of all of it for a
 * key picture, else of what changed; 0 for a picture that only refines.
 */
int rate_qp(const struct rate *r, int64_t now_us, bool key, double work);

/* A picture for which rate_qp() said qp was sent. */
void rate_sent(struct rate *r, int64_t now_us, bool key, double work, int qp,
    size_t bytes);

/* The next picture is not to be encoded before: the link is too far behind. */
int64_t rate_next(const struct rate *r);

/* True when the next picture should look far for motion. */
bool rate_far(const struct rate *r);

/* When a picture that only refines is due; -1: never. */
int64_t rate_due(const struct rate *r);

#endif
