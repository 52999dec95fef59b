/*
 * title.h - what the window in use is called: a line of rd-frames(5)
 *
 * EWMH: _NET_ACTIVE_WINDOW, _NET_WM_NAME, _NET_WM_ICON.
 */
#ifndef TITLE_H
#define TITLE_H

#include "png64.h"
#include "x11.h"

struct title {
	struct x11 *x;
	xcb_atom_t active, name;
	xcb_window_t window; /* XCB_NONE: none yet */
	char icon[PNG64_MAX];
	size_t icon_len;
};

/* Have x->title_changed set from now on, first at once. */
void title_open(struct title *t, struct x11 *x);

/*
 * Find out, after title_changed, and write the line to out, FRAMES_LINE_MAX
 * bytes.  Its length, 0 when no window has a name.
 */
size_t title_line(struct title *t, char *out);

#endif
