/*
 * macroblock.h - one macroblock of a patch
 *
 * ITU-T H.264 sections 7.3.5 (syntax) and 8.3 to 8.5 (what decoders make of
 * it).  Either like the picture before at the same place (P_L0_16x16, no
 * motion) or like the mean of the pixels around it (Intra16x16, DC), which
 * takes a tenth of the bits where something was erased.  No I/O.
 */
#ifndef ENCODE_MACROBLOCK_H
#define ENCODE_MACROBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "bits.h"
#include "patch.h"
#include "transform.h"

enum {
	MB_SIZE = 16,                          /* pixels, either way */
	MB_PIXELS = MB_SIZE * MB_SIZE * 3 / 2, /* luma, then Cb, then Cr */
	MB_BLOCKS = MB_PIXELS / 16,            /* of 4x4; in this order, too */
};

/*
 * How many levels are not zero in the outer blocks of the last macroblock
 * coded in a column: four of luma, two of Cb, two of Cr.  It is the left or
 * upper neighbour of a later one if row says so.
 */
struct column {
	uint64_t row;
	uint8_t right[8], bottom[8];
};

/* What macroblocks share.  Rows are counted on from picture to picture. */
struct slice {
	int mb_width, mb_height;
	struct quantiser luma, chroma;
	bool may_intra;
	uint64_t row; /* of the picture's first */
	struct column *columns;
};

struct macroblock {
	int x, y; /* in macroblocks */
	bool intra;
	unsigned int coded; /* coded_block_pattern */
	uint8_t source[MB_PIXELS], before[MB_PIXELS], around[MB_PIXELS];
	uint8_t pixels[MB_PIXELS];    /* as decoders will see them */
	int16_t level[MB_BLOCKS][16]; /* in the order of the zigzag */
	int16_t dc[3][16];            /* of planes where not in level[][0] */
	uint8_t total[MB_BLOCKS];     /* of levels that are not zero */
};

/* -ENOMEM, then s needs no close. */
int slice_open(struct slice *s, int mb_width, int mb_height);
void slice_close(struct slice *s);

/* Another picture. */
void slice_begin(struct slice *s, int qp);

/*
 * Make of the one at m->x, m->y in p what m holds, where t is the picture
 * before, patched up to here.  false when it is to be skipped.
 */
bool macroblock_code(struct macroblock *m, const struct slice *s,
    const struct picture *p, const struct patch_target *t);

/* Whether it changes the outermost pixels of the picture. */
bool macroblock_moves_edge(const struct macroblock *m, const struct slice *s);

/* Its bits, in the order of the picture. */
void macroblock_put(
    const struct macroblock *m, struct slice *s, struct bits *b);

void macroblock_store(const uint8_t pixels[MB_PIXELS], int mb_x, int mb_y,
    const struct patch_target *t);
/* Into the margin of t, if it is one of the outermost. */
void macroblock_repeat(
    int mb_x, int mb_y, const struct slice *s, const struct patch_target *t);

#endif
