/*
 * rate.h - which quantiser the next picture gets
 *
 * The link is a leaky bucket: what was sent and has not had the time to pass
 * at the bitrate is debt, and a picture may add to it no more than fits
 * within some tens of milliseconds.  What had to be coarse is refined when
 * the motion is over, in a few pictures, and then there is nothing to do.
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
	RATE_QP_COARSE = 44, /* as bad as it gets */
	RATE_MIN = 100000,   /* bit/s */
	RATE_MAX = 1000000000,
};

struct rate {
	int64_t bitrate; /* bit/s */
	int mbs;         /* macroblocks in a picture */
	int level;       /* quantiser of the last picture */
	int stale;       /* macroblocks coarser than RATE_QP_FINE */
	double debt;     /* bits, at debt_us */
	int64_t debt_us;
	int64_t moved_us;  /* when much changed last */
	int64_t refine_us; /* when to refine what is stale */
	/* Bits per macroblock at the reference quantiser: */
	double key_cost, cost;
};

/* Start with pictures of mbs macroblocks; also after a change of size. */
void rate_init(struct rate *r, int64_t bitrate, int mbs);

/* Clamped to RATE_MIN..RATE_MAX. */
void rate_set(struct rate *r, int64_t bitrate);

/*
 * The quantiser for a picture that is encoded now, a key picture or one in
 * which changed macroblocks did; 0 for one that only refines.
 */
int rate_qp(struct rate *r, int64_t now_us, bool key, int changed);

/*
 * True when a key picture came out far larger than thought: the next
 * rate_qp() knows better, and this one is better not sent.
 */
bool rate_retry(struct rate *r, int64_t now_us, int qp, size_t bytes);

/* A picture for which rate_qp() said qp was sent. */
void rate_sent(struct rate *r, int64_t now_us, bool key, int changed, int qp,
    size_t bytes);

/* The next picture is not to be encoded before: the link is too far behind. */
int64_t rate_next(const struct rate *r);

/* When a picture that only refines is due; -1: never. */
int64_t rate_due(const struct rate *r);

#endif
