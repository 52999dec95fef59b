/*
 * x11.h - the X server: what is captured, and what changed there
 *
 * Events only set flags; whoever acts on a flag clears it first.
 */
#ifndef X11_H
#define X11_H

#include <stdbool.h>
#include <stdint.h>
#include <xcb/damage.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "base/loop.h"
#include "frames/region.h"

struct x11 {
	xcb_connection_t *c;
	struct loop *loop;
	xcb_window_t root, window; /* the same unless one window is captured */
	xcb_drawable_t pixels;     /* what is read */
	int16_t border;            /* and where the picture begins in it */
	uint16_t width, height;
	uint8_t depth;
	bool has_damage, has_input, has_composite;
	uint8_t damage_event, fixes_event, input_opcode;
	xcb_atom_t icon; /* the property, once somebody watches windows */
	xcb_damage_damage_t damage;
	xcb_xfixes_region_t region;

	bool damaged;        /* something was painted */
	bool resized;        /* the size may be another, or a window came */
	bool cursor_changed; /* its shape */
	bool pointer_moved;
	bool pressed; /* a key or button, or a button was released */
	bool title_changed, icon_changed;
	bool visible; /* there is a picture */
	bool gone;    /* the window was destroyed */
};

/*
 * Connect to display for one window, or the whole screen if that is
 * XCB_NONE.  Says what is wrong and exits when that fails.
 */
void x11_open(
    struct x11 *x, struct loop *loop, const char *display, xcb_window_t window);
void x11_close(struct x11 *x);

/* False when the connection broke. */
bool x11_alive(const struct x11 *x);
/* Take in the events that arrived. */
void x11_events(struct x11 *x);
/* Send what is buffered, take in the events that xcb has read already. */
void x11_flush(struct x11 *x);

/*
 * Wait for the reply to a request, which is the caller's to free, and take
 * in events meanwhile.  NULL on an X error, when the connection broke and
 * when a signal asks the program to end.
 */
void *x11_reply(struct x11 *x, unsigned int sequence);
/* Wait until everything sent is done; false if request failed. */
bool x11_check(struct x11 *x, xcb_void_cookie_t request);

/* Find out the size; false when that failed. */
bool x11_resize(struct x11 *x);
/* Ask for what was painted since; in two steps so that requests pipeline. */
xcb_xfixes_fetch_region_cookie_t x11_damage_ask(struct x11 *x);
/* Add the answer to g; false when there is none. */
bool x11_damage_take(
    struct x11 *x, xcb_xfixes_fetch_region_cookie_t cookie, struct region *g);
/* Have cursor_changed, pointer_moved and pressed set, or not. */
void x11_watch_input(struct x11 *x, bool on);

#endif
