/*
 * pacer.h - what leaves next, and when
 *
 * Sound and events leave at once and are only counted.  Of what waits,
 * packets that got lost go first, then those that repair the picture that
 * left, then video, then padding for a probe.  What waits is told apart by RTP
 * sequence numbers, and repairs are counted; the packets are the caller's.
 *
 * Pictures never wait long: who adds one has to ask pacer_is_late() first.
 *
 * Pure: no I/O and no clock but now_us.  Caller's memory, no allocation.
 */
#ifndef BWE_PACER_H
#define BWE_PACER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PACER_FRAMES = 64,      /* pictures waiting */
	PACER_AGAIN = 256,      /* lost packets waiting */
	PACER_LATE_US = 200000, /* nothing waits longer, but one picture */
	PACER_BURST_US = 4000,  /* what has time to leave may do so at once */
};

enum pacer_what {
	PACER_NOTHING, /* there is nothing to send */
	PACER_WAIT,    /* not yet */
	PACER_RESEND,  /* the lost packet seq */
	PACER_REPAIR,  /* the next repair packet */
	PACER_VIDEO,   /* the video packet seq */
	PACER_PAD,
};

struct pacer_frame {
	uint16_t first, next; /* first of its packets left, and past the last */
	bool begun;
	int64_t since_us;
};

struct pacer {
	struct pacer_frame frames[PACER_FRAMES];
	uint16_t again[PACER_AGAIN];
	unsigned int frame, frames_left; /* the first of them, and how many */
	unsigned int again_at, again_left;
	unsigned int repairs_left;
	double debt; /* bits sent ahead of the rate, at debt_us */
	int64_t debt_us;
	bool more; /* something waited when the last one left */
};

/* Packets first up to next, not included, are a picture that waits. */
void pacer_add(struct pacer *p, int64_t now_us, uint16_t first, uint16_t next);

/* How long the oldest picture has been waiting; 0: none is. */
int64_t pacer_waits_us(const struct pacer *p, int64_t now_us);

/* A picture waits so long that a new one would come too late. */
bool pacer_is_late(const struct pacer *p, int64_t now_us);

/*
 * Forget the pictures of which nothing was sent.  Returns the number of the
 * first packet that will not leave, or next when all do.
 */
uint16_t pacer_drop(struct pacer *p, uint16_t next);

/* A lost packet is to be sent again; one too many is forgotten. */
void pacer_again(struct pacer *p, uint16_t seq);

/*
 * So many repair packets wait instead of those that did, ahead of the next
 * picture.
 */
void pacer_repair(struct pacer *p, unsigned int packets);

/*
 * What leaves now, at rate bit/s; pad: when there is nothing else.  It is
 * not waited for any more: the caller sends it, or it is left out.  After
 * PACER_WAIT ask again at *at_us.
 */
enum pacer_what pacer_next(struct pacer *p, int64_t now_us, int64_t rate,
    bool pad, uint16_t *seq, int64_t *at_us);

/*
 * So many bytes leave at rate bit/s, sound included.  True when something
 * waited since the last that left: busy.h wants to know.
 */
bool pacer_sent(struct pacer *p, int64_t now_us, int64_t rate,
    unsigned int bytes, bool pad);

#endif
