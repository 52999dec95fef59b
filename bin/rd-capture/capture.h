/*
 * capture.h - when to capture: the X server on one side, readers on the other
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "base/pace.h"
#include "frames/writer.h"
#include "grab.h"
#include "shot.h"
#include "title.h"
#include "x11.h"

struct capture {
	/* Set by the caller before capture_open(), the rest zero. */
	const char *display, *path; /* NULL: $DISPLAY, standard output */
	xcb_window_t window;        /* XCB_NONE: the screen */
	bool paint, png, titled;
	long fps, left; /* frames to go; 0: no end */

	struct loop loop;
	struct x11 x;
	struct loop_watch x_watch;
	struct grab grab;
	struct frames_writer writer; /* this one */
	struct shot shot;            /* or, with png, this one */
	struct title title;
	bool wanted, done, failed;
	bool shaped; /* a shape of the cursor was told */
	struct pace frame_pace, cursor_pace, title_pace;
	struct loop_timer frame_timer, cursor_timer, title_timer;
};

/* Connect both sides.  Says what is wrong and exits when that fails. */
void capture_open(struct capture *c);
void capture_close(struct capture *c);

#endif
