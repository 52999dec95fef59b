/*
 * dependency.h - which pictures a picture needs, for who forwards or shows them
 *
 * The dependency descriptor of the AV1 RTP specification, appendix A, which is
 * for any codec: a receiver that knows it goes on behind lost pictures with
 * one that needs none of them.  One layer, one decode target, no chains.
 * No allocation, no I/O.
 */
#ifndef RTP_DEPENDENCY_H
#define RTP_DEPENDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DEPENDENCY_MAX = 8, /* bytes of a descriptor at most */
	DEPENDENCY_BACK_MAX = 4096,
};

struct dependency {
	uint16_t number; /* of the picture; one more with each */
	/* How many before is the one it needs, to BACK_MAX; 0: none, a key. */
	uint16_t back;
};

/* A descriptor of a packet, the first of its picture or not; its length. */
size_t dependency_encode(
    const struct dependency *d, bool first, uint8_t out[DEPENDENCY_MAX]);

/* The packet is the last of its picture. */
void dependency_end(uint8_t *descriptor);

#endif
