/*
 * rate.h - which quantiser the next picture gets
 *
 * The link is a leaky bucket: what was sent and has not had the time to pass
 * at the bitrate is debt, and a picture may add to it no more than fits
 * within some tens of milliseconds.  What had to be coarse is refined when
 * the motion is over, in a few pictures, and then there is nothing to do.
 *
 * In motion a picture gets what passes until the next one.  Where that is
 * too little either the quantiser gives way or the picture rate: the mode
 * says which.
 *
 * How much there is to code is told in units of work (picture_look()), of
 * which the bits are a fairly constant multiple whatever is on the screen.
 *
 * Pure: no I/O and no clock but now_us, any monotonic time in microseconds.
 */
#ifndef RATE_H
#define RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "convert.h"

enum {
	RATE_QP_FINE = 12,   /* as good as it gets; no loss can be seen */
	RATE_QP_GOOD = 22,   /* text has 45 dB */
	RATE_QP_MOTION = 20, /* as good as what moves gets */
	RATE_QP_COARSE = 44, /* as bad as it gets at rest */
	RATE_QP_WORST = 58,  /* and in motion */
	RATE_MIN = 100000,   /* bit/s */
	RATE_MAX = 1000000000,
};

enum rate_mode {
	RATE_AUTO,   /* sharp for text; films first get half the rate */
	RATE_SHARP,  /* text stays readable, the picture rate gives way */
	RATE_SMOOTH, /* the picture rate stays, quality gives way */
	RATE_MODES,
};

enum rate_picture {
	RATE_KEY,
	RATE_CHANGE,
	RATE_PATCH, /* a small change, whose quantiser is its own */
};

/* What a picture of a motion took, for a unit of work. */
struct rate_seen {
	double cost;
	int64_t us; /* when; 0: not in this motion */
};

struct rate {
	enum rate_mode mode; /* the caller's to set */
	int64_t bitrate;     /* bit/s */
	int level;           /* quantiser of the last one that was no patch */
	double whole;        /* work of the last key picture */
	double stale;        /* work in what is coarser than RATE_QP_FINE */
	double debt;         /* bits, at debt_us */
	int64_t debt_us;
	int64_t moved_us;  /* when much changed last */
	int64_t refine_us; /* when to refine what is stale */
	double new_cost;   /* bits for new work, at the reference quantiser */
	double key_cost;   /* the same of key pictures, which have no other */

	/* Of the motion that goes on. */
	bool moving;
	int last;            /* quantiser of its last picture */
	int run;             /* pictures more that had it */
	bool film;           /* it is none of text */
	double texture;      /* average of struct look's */
	int64_t interval_us; /* from one picture to the next */
	struct rate_seen seen[RATE_QP_WORST + 1];
};

/* Also after a change of size.  mode is kept. */
void rate_init(struct rate *r, int64_t bitrate);

/* Clamped to RATE_MIN..RATE_MAX. */
void rate_set(struct rate *r, int64_t bitrate);

/*
 * The quantiser for a picture encoded now: look is at all of it for a key
 * picture, else at what changed; no work for one that only refines.
 */
int rate_qp(const struct rate *r, int64_t now_us, enum rate_picture kind,
    const struct look *look);

/* A picture for which rate_qp() said qp was sent. */
void rate_sent(struct rate *r, int64_t now_us, enum rate_picture kind,
    const struct look *look, int qp, size_t bytes);

/* How many bytes a picture may take that refines a part of what is stale. */
size_t rate_part(const struct rate *r, int64_t now_us);

/* It was sent; all: nothing is stale any more. */
void rate_refined(struct rate *r, int64_t now_us, size_t bytes, bool all);

/* The next picture is not to be encoded before: the link is too far behind. */
int64_t rate_next(const struct rate *r);

/* True when the next picture should look far for motion, as text scrolls. */
bool rate_far(const struct rate *r);

/* When a picture that only refines is due; -1: never. */
int64_t rate_due(const struct rate *r);

#endif
