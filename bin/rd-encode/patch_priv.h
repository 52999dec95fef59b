/*
 * patch_priv.h - what patch.c and header.c share
 */
#ifndef ENCODE_PATCH_PRIV_H
#define ENCODE_PATCH_PRIV_H

#include "bits.h"
#include "macroblock.h"
#include "patch.h"

struct patch {
	/* header.c's, from x264's parameter sets */
	unsigned int num_bits; /* of frame_num; 0: nothing was learnt yet */
	unsigned int pps_id;
	size_t gaps_at; /* in the SPS, a bit */
	uint8_t gaps_bit;
	int pps_qp; /* from which a slice's is told */
	int reach;  /* rows that a vector may be long */

	int next;
	struct slice slice;
	struct macroblock mb;
	struct undo {
		int x, y;
		uint8_t pixels[MB_PIXELS];
	} * undo; /* what was before, if not in slice.before */
};

/* All of the access unit before s's first macroblock. */
void patch_put_header(
    const struct patch *p, const struct patch_source *s, struct bits *b);

#endif
