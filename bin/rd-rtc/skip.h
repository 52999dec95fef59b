/*
 * skip.h - pictures that are left out, or are not to be waited for any more,
 * and with which one it goes on
 *
 * A viewer that misses a picture goes on with a key picture or, if it knows
 * dependency descriptors, with one that goes back behind those it misses.
 */
#ifndef RD_RTC_SKIP_H
#define RD_RTC_SKIP_H

#include "send.h"

/* What a picture needs; packets are named as in rd-packets(5). */
struct skip_picture {
	uint32_t seq;
	bool key;       /* nothing */
	bool goes_back; /* the picture of this name, and what that needs; */
	uint32_t needs; /* else the one before */
};

/*
 * True when it may be sent, as the picture of s->video.  The newest number of
 * the video stream may change: packets of pictures that waited too long are
 * revoked.
 */
bool sender_takes(struct sender *s, const struct skip_picture *p);

/*
 * Forget the pictures of which nothing left yet, and what waits to be sent
 * again; go on behind all that is missing.  False, and nothing is done, when
 * that is the picture it goes on with: another would be no smaller.
 */
bool sender_skip(struct sender *s);

/* Nobody needs this packet any more. */
bool sender_skips(const struct sender *s, uint16_t seq);

#endif
