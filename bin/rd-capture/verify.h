/*
 * verify.h - what of a coarse damage really changed
 *
 * Compositors and OpenGL programs damage all they have when a cursor blinks.
 * Comparing costs a twentieth of encoding.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include "frames/region.h"
#include "frames/ring.h"

enum {
	VERIFY_TILE = 64,        /* pixels, either way */
	VERIFY_AREA = 384 * 384, /* pixels: less is not coarse */
};

/*
 * Take the tiles out of damage that are the same in both pictures, which have
 * this size; nothing when it covers less than VERIFY_AREA.
 */
void verify_damage(struct region *damage, const struct frames_geometry *size,
    const uint8_t *now, const uint8_t *before);

#endif
