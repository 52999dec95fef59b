/*
 * cursor.h - the cursor: as a line of rd-frames(5), or painted
 */
#ifndef CURSOR_H
#define CURSOR_H

#include <stddef.h>
#include <stdint.h>
#include <xcb/xfixes.h>

#include "frames/region.h"
#include "frames/ring.h"

/*
 * Write image as a "cursor ..." line to out, FRAMES_LINE_MAX bytes, scaled
 * down until it fits; NULL or fully transparent is the hidden cursor.
 * Changes the image's pixels.  The line's length.
 */
size_t cursor_line(xcb_xfixes_get_cursor_image_reply_t *image, char *out);

/*
 * Where image with its hot spot at x, y lies in a picture of this size.
 * w is 0 when it is outside.
 */
struct rect cursor_rect(const xcb_xfixes_get_cursor_image_reply_t *image, int x,
    int y, const struct frames_geometry *size);
/* Paint it there, over pixels without it. */
void cursor_paint(const xcb_xfixes_get_cursor_image_reply_t *image, int x,
    int y, const struct frames_geometry *size, uint8_t *pixels);

#endif
