/*
 * convert.h - a picture in YUV that follows damage
 *
 * BT.601, limited range, as libyuv converts, or wide.  The size is rounded up
 * to even: the extra column or row repeats the last one.  No I/O.
 */
#ifndef ENCODE_CONVERT_H
#define ENCODE_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "frames/region.h"

enum { PICTURE_MB = 16 }; /* pixels, either way, of a macroblock */

struct picture_format {
	int scale;        /* 1, or 2: half the size, either way */
	bool full_chroma; /* I444 instead of I420 */
	bool wide;        /* BT.709 in full range; not with full chroma */
};

struct picture {
	struct picture_format format;
	int width, height; /* pixels, after scaling */
	int stride[3];     /* bytes: Y, U, V */
	uint8_t *plane[3];

	int mb_width, mb_height;
	uint8_t *constant; /* by macroblock: 0 if it may have changed, else 1 */
	unsigned int changed; /* macroblocks */

	/*
	 * What changed is for the most part what was so many rows of luma
	 * further down; 0 if not, or not known.
	 */
	int scroll;

	struct scroll *finder; /* of that */
	uint8_t *scaled;       /* pixels on their way in */
};

/*
 * Black, for sources of width x height pixels, all changed.  -ENOMEM;
 * then p is closed.
 */
int picture_open(struct picture *p, int width, int height,
    const struct picture_format *format);
/* Also when it was never opened, if all zero. */
void picture_close(struct picture *p);

/*
 * Convert the damaged parts of pixels, BGRX with stride bytes from row to
 * row, so that all of p is as if all of pixels had been converted.
 */
void picture_update(struct picture *p, const uint8_t *pixels, uint32_t stride,
    const struct region *damage);
/* From now on nothing has changed. */
void picture_coded(struct picture *p);

/* How much there is to code, and of what kind. */
struct look {
	/* Sum of the steps between neighbouring pixels, cut off at text's. */
	double work;
	/*
	 * Part of those that are small but there, from 0 to 1: films have
	 * them everywhere, text next to nowhere.
	 */
	double texture;
};

/* In the macroblocks that may have changed, or in all. */
struct look picture_look(const struct picture *p, bool all);

#endif
