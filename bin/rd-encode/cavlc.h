/*
 * cavlc.h - transform coefficients into bits
 *
 * ITU-T H.264 section 9.2, as Baseline allows.  No I/O, no memory of its own.
 */
#ifndef ENCODE_CAVLC_H
#define ENCODE_CAVLC_H

#include "bits.h"

enum {
	CAVLC_LEVEL_MAX = 2063, /* level_prefix 15 carries no more always */
	CAVLC_CHROMA_DC = -1,   /* as nc: four levels of chroma's DC */
};

/*
 * A block of n levels (4, 15, 16; 0 when all are zero), none beyond
 * CAVLC_LEVEL_MAX, in the order of the zigzag; nc is what its neighbours let
 * expect, section 9.2.1.
 */
void cavlc_put(struct bits *b, const int16_t *level, unsigned int n, int nc);

#endif
