/*
 * tile.h - the tiles that TRLE and ZRLE are made of
 *
 * RFC 6143 sections 7.7.5 and 7.7.6: of the ways to write a tile the shortest
 * is chosen.  Pure.
 */
#ifndef RFB_TILE_H
#define RFB_TILE_H

#include "base/buf.h"
#include "frames/region.h"
#include "rfb/encoder.h"
#include "rfb/palette.h"

enum {
	TILE_SIDE_MAX = 64,
	TILE_PIXELS = TILE_SIDE_MAX * TILE_SIDE_MAX,
	TILE_COLOURS = 127,
	TILE_BYTES = 1 + 4 * TILE_PIXELS, /* written at most */
};

struct tile {
	unsigned int w, h;
	uint32_t words[TILE_PIXELS]; /* CPIXELs, from their lowest byte on */
	struct palette colours;      /* at most TILE_COLOURS */
	unsigned int runs;           /* of pixels alike, */
	unsigned int alone;          /* those of one among them, */
	unsigned int more; /* and bytes their lengths take beyond one each */
};

/*
 * The tile of a rectangle, row by row, that comes after t, the first one after
 * one of no width; false when there is none.  None is larger than side.
 */
bool tile_next(struct rect all, uint16_t side, struct rect *t);

/* Read r, of at most TILE_SIDE_MAX either way. */
void tile_read(struct tile *t, const struct rfb_picture *p, struct rect r,
    const struct rfb_format *f);

/* Write it, each CPIXEL in small bytes. */
void tile_write(const struct tile *t, unsigned int small, struct wbuf *out);

#endif
