/*
 * region.h - a set of pixels as a bounded list of rectangles
 *
 * Adding merges rectangles when the list is full or when that costs nothing,
 * so a region may cover more than was added, never less.  No allocation.
 */
#ifndef FRAMES_REGION_H
#define FRAMES_REGION_H

#include <stdbool.h>
#include <stdint.h>

enum { REGION_MAX = 32 };

struct rect {
	/* Pixels; w and h are not 0, x + w and y + h at most 65535. */
	uint16_t x, y, w, h;
};

struct region {
	unsigned int n; /* 0: empty */
	struct rect rects[REGION_MAX];
};

void region_clear(struct region *g);
void region_add(struct region *g, struct rect r);
void region_join(struct region *g, const struct region *other);
/*
 * Join rectangles while the one around two is for most of it covered by them:
 * what was one before parts of it were taken out is one again.
 */
void region_coarsen(struct region *g);
/* Cut off what lies beyond width x height. */
void region_clip(struct region *g, uint16_t width, uint16_t height);
/* Move what of g lies within r to out, which is added to. */
void region_cut(struct region *g, struct rect r, struct region *out);
/* Has any pixel of g a place in r? */
bool region_meets(const struct region *g, struct rect r);
/* Pixels covered, those in several rectangles counted once for each. */
uint64_t region_area(const struct region *g);

#endif
