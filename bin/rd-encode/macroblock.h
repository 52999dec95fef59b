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
#include "convert.h"
#include "neighbour.h"
#include "target.h"
#include "transform.h"

enum { MB_BLOCKS = MB_PIXELS / 16 }; /* of 4x4, in this order, too */

/* What macroblocks share. */
struct slice {
	int mb_width, mb_height;
	struct quantiser luma, chroma;
	bool may_intra;
	struct neighbours neighbours;
	/* MOTION_MOVED is so many rows further down; 0: nothing is. */
	int scroll;
	struct patch_target before; /* all of scrolled, while target changes */
	struct mb_box scrolled;
};

struct macroblock {
	int x, y; /* in macroblocks */
	enum motion motion;
	unsigned int coded; /* coded_block_pattern */
	uint8_t source[MB_PIXELS];
	/* What it may be like, and which of them it is. */
	uint8_t still[MB_PIXELS], moved[MB_PIXELS], around[MB_PIXELS];
	const uint8_t *like;
	int difference;               /* of luma from it, a sum over pixels */
	uint8_t pixels[MB_PIXELS];    /* as decoders will see them */
	int16_t level[MB_BLOCKS][16]; /* in the order of the zigzag */
	int16_t dc[3][16];            /* of planes where not in level[][0] */
	uint8_t total[MB_BLOCKS];     /* of levels that are not zero */
};

/* -ENOMEM, then s needs no close. */
int slice_open(struct slice *s, int mb_width, int mb_height);
void slice_close(struct slice *s);

/* Another picture.  What it scrolls is the caller's to set then. */
void slice_begin(struct slice *s, int qp);

/*
 * Make what m holds of the one at m->x, m->y: of p where it may differ from t,
 * the picture before, patched up to here.  false when it is to be skipped.
 */
bool macroblock_code(struct macroblock *m, const struct slice *s,
    const struct picture *p, const struct patch_target *t);

/* The one at m->x, m->y as it is, though skipped it would move. */
void macroblock_keep(struct macroblock *m, const struct patch_target *t);

/* Whether it changes the outermost pixels of the picture. */
bool macroblock_moves_edge(const struct macroblock *m, const struct slice *s);

/* Its bits, in the order of the picture. */
void macroblock_put(
    const struct macroblock *m, struct slice *s, struct bits *b);

#endif
