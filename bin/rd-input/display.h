/*
 * display.h - the connection to an X server, and injecting into it
 *
 * Requests are buffered until display_flush(), or until something asks the
 * server a question.
 */
#ifndef RD_INPUT_DISPLAY_H
#define RD_INPUT_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

struct display {
	const char *name; /* for messages */
	xcb_connection_t *conn;
	xcb_window_t root;
	xcb_window_t window; /* ours, never mapped: owns and asks selections */
	uint8_t xfixes_event;
	uint8_t xkb_event;
	int32_t keyboard; /* XKB's id of the core keyboard */
};

/* Connect to the display called name, NULL for $DISPLAY; or die. */
void display_open(struct display *d, const char *name);
void display_close(struct display *d);

/* Wait until the server has done all that was asked; or die. */
void display_sync(struct display *d);
void display_flush(struct display *d);

/* The connection is gone: die. */
_Noreturn void display_lost(const struct display *d);

xcb_atom_t display_atom(struct display *d, const char *name);

/* Press or release what the numbers name, as a device would. */
void display_key(struct display *d, uint8_t keycode, bool down);
void display_button(struct display *d, uint8_t button, bool down);
/* Move the pointer to x, y on the root window. */
void display_motion(struct display *d, int x, int y);

/* Move it by dx, dy, as a mouse does. */
void display_move(struct display *d, int dx, int dy);

/* Release every key and button that is down, whoever pressed it. */
void display_release_all(struct display *d);

#endif
