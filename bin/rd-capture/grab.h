/*
 * grab.h - pixels from the X server into the slots of a ring
 *
 * The server writes into the slots itself: rows as wide as the picture, or,
 * where slots can be pixmaps of its, copied rectangles.  Each slot remembers
 * what changed since it was written last, so that only that is read again.
 */
#ifndef GRAB_H
#define GRAB_H

#include <stdbool.h>
#include <stdint.h>

#include "frames/frames.h"
#include "x11.h"

enum { GRAB_SLOTS = 3 };

/* The cursor as it was painted last. */
struct grab_cursor {
	xcb_xfixes_get_cursor_image_reply_t *image;
	int x, y; /* its hot spot in the picture */
	uint32_t serial;
	struct rect rect; /* w 0: not in the picture */
};

struct grab {
	struct x11 *x;
	bool paint;            /* the cursor, into the picture */
	xcb_shm_seg_t segment; /* XCB_NONE: pixels come through the socket */
	xcb_pixmap_t slots[GRAB_SLOTS]; /* XCB_NONE: there are none */
	xcb_gcontext_t gc;              /* to copy into them */
	bool warned;                    /* that they do */
	struct ring ring;
	uint64_t seq;                    /* of the newest frame */
	struct region stale[GRAB_SLOTS]; /* changed since a slot was written */
	struct region damage;            /* changed since the newest frame */
	struct grab_cursor cursor;
};

/*
 * Make a ring of the display's present size, all damaged, in place of the
 * one before, whose descriptor number it has.  Negative errno on failure:
 * then it is as before.
 */
int grab_resize(struct grab *g);
void grab_close(struct grab *g);

/*
 * Capture what was damaged into the next slot and describe it in f.  1, or 0
 * when nothing was or it looks as before, or negative errno: the size is
 * another by now, or the server is lost.
 */
int grab_frame(struct grab *g, struct frame *f);

#endif
