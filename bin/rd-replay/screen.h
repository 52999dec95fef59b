/*
 * screen.h - the picture as played so far, and the slots of a ring
 *
 * Each slot remembers what changed since it was written last, so that only
 * that is copied into it.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include "frames/frames.h"

enum { SCREEN_SLOTS = 3 };

struct screen {
	struct ring ring; /* fd -1 before the first screen_resize() */
	uint8_t *picture;
	uint64_t seq; /* of the newest frame */
	struct region
	    stale[SCREEN_SLOTS]; /* changed since a slot was written */
	struct region damage;    /* changed since the newest frame */
};

/*
 * Start again black with this size, in a ring that has the descriptor number
 * of the one before.  Negative errno on failure: then it is as before.
 */
int screen_resize(struct screen *s, uint32_t width, uint32_t height);
void screen_close(struct screen *s);

/* Change these rectangles to pixels, their rows one after the other. */
void screen_paint(
    struct screen *s, const struct region *g, const uint8_t *pixels);
/* Write what was painted into the next slot and describe it in f. */
void screen_frame(struct screen *s, struct frame *f);

#endif
