/*
 * cursor.h - the shape of the pointer, in each way that clients take it
 *
 * RFC 6143 section 7.8.1, XCursor, the cursor with alpha and VMware's of the
 * RFB protocol's community edition.  Pure.
 */
#ifndef RFB_CURSOR_H
#define RFB_CURSOR_H

#include "rfb/wants.h"

enum {
	RFB_CURSOR_SIDE = 256, /* pixels, either way */
	/* Bytes that a cursor is written in at most. */
	RFB_CURSOR_OUT = 64 + RFB_CURSOR_SIDE * RFB_CURSOR_SIDE * 4 +
	    RFB_CURSOR_SIDE * RFB_CURSOR_SIDE / 8,
};

struct rfb_cursor {
	uint16_t w, h, xhot, yhot; /* w 0: there is none */
	/* From the top left: alpha, red, green, blue, not multiplied. */
	uint32_t argb[RFB_CURSOR_SIDE * RFB_CURSOR_SIDE];
};

/*
 * Write the rectangle that features, a set of enum rfb_want, takes best; the
 * number of them, 0 when it takes none.
 */
unsigned int rfb_put_cursor(struct wbuf *w, const struct rfb_cursor *c,
    unsigned int features, const struct rfb_format *f);

#endif
