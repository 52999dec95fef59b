/*
 * red.h - sound with the sound before it, for what gets lost: RFC 2198
 *
 * Caller's memory, no allocation, no I/O.
 */
#ifndef RTP_RED_H
#define RTP_RED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	RED_DEPTH = 2,     /* blocks that are repeated at most */
	RED_BLOCK = 1023,  /* bytes: longer ones are not */
	RED_OLD = 1 << 14, /* nor any of so many samples before */
};

struct red_block {
	uint32_t ts;
	size_t len; /* 0: there is none */
	uint8_t data[RED_BLOCK];
};

/* All zero at first. */
struct red {
	struct red_block kept[RED_DEPTH]; /* the newest first */
};

/*
 * Write a block of payload type pt and time ts to out, the last depth ones
 * before it.  Returns the length; blocks for which size is too little are left
 * out, -ENOSPC when this one is.
 */
ssize_t red_encode(const struct red *r, unsigned int depth, uint8_t pt,
    uint32_t ts, const void *data, size_t len, void *out, size_t size);

/* Keep a copy of the block for those to come. */
void red_keep(struct red *r, uint32_t ts, const void *data, size_t len);

#endif
