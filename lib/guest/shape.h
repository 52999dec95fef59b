/*
 * shape.h - the shape of the pointer, from a line of rd-frames(5)
 */
#ifndef GUEST_SHAPE_H
#define GUEST_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "frames/lines.h"

enum { SHAPE_PIXELS = FRAMES_CURSOR_MAX * FRAMES_CURSOR_MAX };

/*
 * The pixels of the cursor's line l, which is not hidden: from the top left
 * alpha, red, green, blue, not multiplied, row by row without gaps.  False
 * when its picture is none, or of another size than l says.
 */
bool shape_decode(uint32_t argb[SHAPE_PIXELS], const struct frames_line *l);

#endif
