/*
 * lossy.h - what of a client's picture is not exact, and since when
 *
 * A picture is divided into tiles.  One that anything lossy was sent of is
 * young, and grows older by lossy_tick(), unless something lossy comes again,
 * until it is due to be sent exactly.  Memory is allocated with the size only.
 */
#ifndef RFB_LOSSY_H
#define RFB_LOSSY_H

#include "frames/region.h"

enum {
	LOSSY_SIDE = 64, /* pixels of a tile */
	LOSSY_TICKS = 2, /* until it is due */
};

struct lossy {
	uint16_t width, height; /* of the picture */
	unsigned int across, down;
	uint8_t *ages;      /* of each tile; 0: it is exact */
	unsigned int young; /* tiles that are not due yet */
};

/*
 * The picture has this size: if it is another, everything is exact.  -ENOMEM
 * when there is no memory for it, and then nothing is ever lossy.
 */
int lossy_fit(struct lossy *l, uint16_t width, uint16_t height);
void lossy_close(struct lossy *l);

/* What of the picture lies in r was sent so, or exactly. */
void lossy_mark(struct lossy *l, struct rect r);
void lossy_clear(struct lossy *l, struct rect r);
/* What is in r was at x, y before: it is what it was there, and young. */
void lossy_move(struct lossy *l, struct rect r, uint16_t x, uint16_t y);

void lossy_tick(struct lossy *l);

/* A row of tiles that are due, at most max; false when there is none. */
bool lossy_due(const struct lossy *l, unsigned int max, struct rect *r);

#endif
