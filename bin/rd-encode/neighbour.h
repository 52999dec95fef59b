/*
 * neighbour.h - what macroblocks of a slice let expect of those that follow
 *
 * ITU-T H.264 sections 8.4.1.1 and 8.4.1.3 (motion) and 9.2.1 (levels), for
 * slices of whole pictures whose macroblocks are not divided.  What is not
 * said of a macroblock is that it was skipped and did not move.  No I/O.
 */
#ifndef ENCODE_NEIGHBOUR_H
#define ENCODE_NEIGHBOUR_H

#include <stdint.h>

/* What a macroblock is like, but for what is coded. */
enum motion {
	MOTION_STILL, /* the picture before, at the same place */
	MOTION_MOVED, /* or at the slice's one vector from there */
	MOTION_INTRA, /* its surroundings */
	MOTION_OUTSIDE,
};

/*
 * The last macroblock said in a column: if row says so the left or upper
 * neighbour of a later one.  right and bottom have the numbers of levels that
 * are not zero in its outer blocks: four of luma, two of Cb, two of Cr.
 */
struct column {
	uint64_t row;
	enum motion motion, above; /* its, and of the one above it */
	uint8_t right[8], bottom[8];
};

struct neighbours {
	int mb_width;
	uint64_t
	    row; /* of the picture's first, counted from picture to picture */
	struct column *columns;
};

enum { NO_BLOCK = 255 }; /* among totals: outside the picture */

/* -ENOMEM, then n needs no close. */
int neighbours_open(struct neighbours *n, int mb_width);
void neighbours_close(struct neighbours *n);
/* Another slice; the one before had at most so many rows. */
void neighbours_begin(struct neighbours *n, int mb_height);

/* What motion is expected of the one at x, y when it is coded, ... */
enum motion neighbours_coded(const struct neighbours *n, int x, int y);
/* ... and what it has when it is skipped. */
enum motion neighbours_skipped(const struct neighbours *n, int x, int y);

/*
 * The totals of levels around a plane of size x size blocks, in rows of size +
 * 1; first is the plane's in right and bottom.
 */
void neighbours_totals(const struct neighbours *n, int x, int y,
    uint8_t *totals, unsigned int first, unsigned int size);

/* It was coded, and right and bottom of its column are up to date... */
void neighbours_say(struct neighbours *n, int x, int y, enum motion motion);
/* ... or skipped. */
void neighbours_skip(struct neighbours *n, int x, int y, enum motion motion);

#endif
