/*
 * convert.h - a picture in I420 that follows damage
 *
 * BT.601, limited range, as libyuv converts.  The size is rounded up to even:
 * the extra column or row repeats the last one.  No I/O.
 */
#ifndef ENCODE_CONVERT_H
#define ENCODE_CONVERT_H

#include <stdint.h>

#include "frames/region.h"

struct picture {
	int width, height; /* pixels of the source */
	int stride[3];     /* bytes: Y, U, V */
	uint8_t *plane[3];
};

/* Black, of width x height pixels.  -ENOMEM; then p is closed. */
int picture_open(struct picture *p, int width, int height);
/* Also when it was never opened, if all zero. */
void picture_close(struct picture *p);

/*
 * Convert the damaged parts of pixels, BGRX with stride bytes from row to
 * row, so that all of p is as if all of pixels had been converted.
 */
void picture_update(struct picture *p, const uint8_t *pixels, uint32_t stride,
    const struct region *damage);

/* How much there is to code in a part of a picture, and of what kind. */
struct look {
	/* Sum of the steps between neighbouring pixels, cut off at text's. */
	double work;
	/*
	 * Part of those that are small but there, from 0 to 1: films have
	 * them everywhere, text next to nowhere.
	 */
	double texture;
};

struct look picture_look(const struct picture *p, const struct region *where);

#endif
