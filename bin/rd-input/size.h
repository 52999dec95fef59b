/*
 * size.h - the display's size, density and monitors, by RandR 1.5
 *
 * Sizes that come fast are taken at most every SIZE_EVERY_US, the last one
 * in any case.
 */
#ifndef RD_INPUT_SIZE_H
#define RD_INPUT_SIZE_H

#include <xcb/randr.h>

#include "base/loop.h"
#include "display.h"
#include "events/events.h"

enum { SIZE_EVERY_US = 100000 };

struct size {
	struct display *display;
	struct loop *loop;
	struct loop_timer timer;
	int64_t next_us;     /* not before then */
	struct event wanted; /* EVENT_NONE: it has been done */
	struct event done;   /* the last one that was */
	int dpi;
	int max_width, max_height; /* 0: cannot be changed */
	xcb_randr_output_t output;
	xcb_randr_crtc_t crtc;
	xcb_atom_t monitors[EVENT_MONITORS]; /* names */
	unsigned int nmonitors;              /* that may be there */
	char limits[96];                     /* what it can be, for a person */
};

void size_open(struct size *s, struct display *d, struct loop *loop);

/* Have what e says, soon.  False when the display cannot be so large. */
bool size_set(struct size *s, const struct event *e);

/* Do what was put off. */
void size_flush(struct size *s);

#endif
