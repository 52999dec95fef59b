/*
 * pictures.h - the pictures that were sent lately: by which numbers they go in
 * the encoder's stream, in RTP and in dependency descriptors
 *
 * Pure: no I/O, no clock, no allocation.  All numbers wrap.
 */
#ifndef RD_RTC_PICTURES_H
#define RD_RTC_PICTURES_H

#include <stdbool.h>
#include <stdint.h>

enum { PICTURES = 256 };

struct picture {
	uint32_t seq;   /* its packet's in rd-packets(5) */
	uint16_t first; /* of its RTP packets */
};

struct pictures {
	struct picture sent[PICTURES]; /* by number */
	uint16_t number;               /* of the next */
	unsigned int count;
};

/* Another picture, whose RTP packets begin at first. */
void pictures_add(struct pictures *p, uint32_t seq, uint16_t first);

/* Forget those that begin at end or later; *seq is the oldest, if true. */
bool pictures_revoke(struct pictures *p, uint16_t end, uint32_t *seq);

/* How many pictures before the next is seq; 0: it is not known. */
uint16_t pictures_back(const struct pictures *p, uint32_t seq);

/* The one so many before the next, borrowed; NULL: that is not known. */
const struct picture *pictures_at(const struct pictures *p, uint16_t back);

#endif
