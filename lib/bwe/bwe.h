/*
 * bwe.h - how much the way to a viewer carries
 *
 * From when packets left and what transport-wide feedback
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01) says about them.  The
 * estimate is the least of what the delay (aimd.h), the loss (loss.h) and
 * the viewer (REMB) say; it stays as it is while there is little to send, and
 * is raised by short clusters (probe.h) when there is more to send than it
 * allows.  While feedback is missing the rate is halved again and again.
 *
 * Pure: no I/O and no clock but now_us, any monotonic time in microseconds.
 * Caller's memory, no allocation.
 */
#ifndef BWE_BWE_H
#define BWE_BWE_H

#include <stdbool.h>
#include <stdint.h>

#include "bwe/aimd.h"
#include "bwe/busy.h"
#include "bwe/loss.h"
#include "bwe/probe.h"
#include "bwe/trend.h"

enum {
	BWE_PACKETS = 8192, /* remembered until feedback comes */
	BWE_OVERHEAD = 28,  /* bytes of UDP and IP that a packet takes too */
	BWE_MIN = 30000,    /* bit/s */
	BWE_MAX = 200000000,
};

struct bwe_packet {
	int64_t sent_us;
	uint16_t seq, bytes;
	uint8_t cluster;
	uint8_t state; /* bwe.c's */
	bool waited;
};

struct bwe {
	int64_t rate;   /* bit/s that may be sent, headers and all */
	int64_t rtt_us; /* least of late, by feedback; 0: not known */
	bool limited;   /* there is not more to send */
	bool over;      /* a queue is growing, or was a moment ago */

	struct trend trend;
	struct busy busy;
	struct aimd aimd;
	struct loss loss;
	struct probe probe;
	int64_t start; /* bit/s */
	int64_t remb;  /* bit/s; 0: none */

	struct bwe_packet packets[BWE_PACKETS];
	uint16_t next_seq, told_seq; /* told: all before have been told of */
	int64_t flight;              /* bytes not told of */
	int64_t sent_us, told_us;
	int64_t unheard_us;   /* when the oldest in flight left */
	int64_t silent_us;    /* when to halve; 0: nothing in flight */
	unsigned int silence; /* times halved */
	int64_t probe_us, probe_gap_us; /* when to probe, and after that */
	bool starting;
	int64_t rtts[2], rtts_us; /* least of now and of before */
	int64_t ways[2];          /* likewise one way, by two clocks */
	uint64_t used[2];         /* bytes sent, likewise */
	int64_t used_us;
	int64_t over_us;
	unsigned int groups; /* that the trend knew when it was last asked */

	/* Of the feedback that is being read. */
	int64_t raw_us, arrived_us; /* the viewer's clock, and made monotone */
	int64_t least_us;           /* of its ways: feedback itself waits */
	unsigned int heard, reported;
	int lost;
};

/* start: bit/s, until more is known. */
void bwe_init(struct bwe *b, int64_t now_us, int64_t start);

/* The network changed: what was known is worth nothing. */
void bwe_restart(struct bwe *b, int64_t now_us);

/*
 * A packet with transport-wide number seq, one more than the last's, leaves;
 * bytes as UDP's payload.  waited: it was there when the one before left.
 */
void bwe_sent(struct bwe *b, int64_t now_us, uint16_t seq, unsigned int bytes,
    bool waited);

/*
 * Feedback tells of a packet; received at at_us in the viewer's clock, which
 * wraps after 2^24 * 64000.  bwe_told() ends a message.
 */
void bwe_arrival(
    struct bwe *b, int64_t now_us, uint16_t seq, bool received, int64_t at_us);
void bwe_told(struct bwe *b, int64_t now_us);

/* The viewer wants no more than this many bit/s. */
void bwe_remb(struct bwe *b, int64_t rate);

/* Let time pass; to be called at b->silent_us, if that is not 0. */
void bwe_tick(struct bwe *b, int64_t now_us);

/* So much is in flight that more would only wait in a queue. */
bool bwe_is_full(const struct bwe *b);

/* The rate at which packets should leave that wait: bit/s. */
int64_t bwe_pace(const struct bwe *b);

#endif
