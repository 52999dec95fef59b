#include "display.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>
#include <xcb/xtest.h>
#include <xkbcommon/xkbcommon-x11.h>

#include "base/die.h"

void
display_lost(const struct display *d)
{
	die(EXIT_TEMP, 0,
	    "lost the connection to display '%s': start again when its X "
	    "server runs",
	    d->name);
}

static uint8_t
require(struct display *d, xcb_extension_t *ext, const char *name)
{
	const xcb_query_extension_reply_t *r =
	    xcb_get_extension_data(d->conn, ext);

	if (!r || !r->present)
		die(EXIT_TEMP, 0,
		    "display '%s' lacks the %s extension: use an X server "
		    "that has it",
		    d->name, name);
	return r->first_event;
}

static void
use_extensions(struct display *d)
{
	xcb_generic_error_t *err = NULL;

	xcb_prefetch_extension_data(d->conn, &xcb_test_id);
	xcb_prefetch_extension_data(d->conn, &xcb_xfixes_id);
	require(d, &xcb_test_id, "XTEST");
	d->xfixes_event = require(d, &xcb_xfixes_id, "XFIXES");
	free(xcb_xfixes_query_version_reply(
	    d->conn, xcb_xfixes_query_version(d->conn, 5, 0), &err));
	free(err);
	if (!xkb_x11_setup_xkb_extension(d->conn, XKB_X11_MIN_MAJOR_XKB_VERSION,
		XKB_X11_MIN_MINOR_XKB_VERSION,
		XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS, NULL, NULL, &d->xkb_event,
		NULL) ||
	    (d->keyboard = xkb_x11_get_core_keyboard_device_id(d->conn)) == -1)
		die(EXIT_TEMP, 0,
		    "display '%s' lacks the XKEYBOARD extension or a keyboard: "
		    "use an X server that has them",
		    d->name);
}

static xcb_screen_t *
find_screen(xcb_connection_t *conn, int number)
{
	xcb_screen_iterator_t i = xcb_setup_roots_iterator(xcb_get_setup(conn));

	while (number-- > 0 && i.rem > 1)
		xcb_screen_next(&i);
	return i.data;
}

void
display_open(struct display *d, const char *name)
{
	const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;
	const char *env = getenv("DISPLAY");
	int screen;

	d->name = name ? name : env ? env : "";
	d->conn = xcb_connect(name, &screen);
	if (xcb_connection_has_error(d->conn))
		die(EXIT_TEMP, 0,
		    "cannot open display '%s': start an X server, or name "
		    "another with -d",
		    d->name);
	d->root = find_screen(d->conn, screen)->root;
	use_extensions(d);
	d->window = xcb_generate_id(d->conn);
	xcb_create_window(d->conn, XCB_COPY_FROM_PARENT, d->window, d->root, 0,
	    0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT,
	    XCB_CW_EVENT_MASK, &events);
}

void
display_close(struct display *d)
{
	xcb_disconnect(d->conn);
}

void
display_sync(struct display *d)
{
	xcb_get_input_focus_reply_t *r = xcb_get_input_focus_reply(
	    d->conn, xcb_get_input_focus(d->conn), NULL);

	if (!r)
		display_lost(d);
	free(r);
}

void
display_flush(struct display *d)
{
	if (xcb_flush(d->conn) <= 0)
		display_lost(d);
}

xcb_atom_t
display_atom(struct display *d, const char *name)
{
	xcb_intern_atom_reply_t *r = xcb_intern_atom_reply(d->conn,
	    xcb_intern_atom(d->conn, 0, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t atom;

	if (!r)
		display_lost(d);
	atom = r->atom;
	free(r);
	return atom;
}

static void
fake(struct display *d, uint8_t type, uint8_t detail, int x, int y)
{
	xcb_test_fake_input(d->conn, type, detail, XCB_CURRENT_TIME, d->root,
	    (int16_t)x, (int16_t)y, 0);
}

void
display_key(struct display *d, uint8_t keycode, bool down)
{
	fake(d, down ? XCB_KEY_PRESS : XCB_KEY_RELEASE, keycode, 0, 0);
}

void
display_button(struct display *d, uint8_t button, bool down)
{
	fake(d, down ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, button, 0, 0);
}

void
display_motion(struct display *d, int x, int y)
{
	fake(d, XCB_MOTION_NOTIFY, 0, x, y);
}

void
display_move(struct display *d, int dx, int dy)
{
	const uint8_t relative = 1;

	xcb_test_fake_input(d->conn, XCB_MOTION_NOTIFY, relative,
	    XCB_CURRENT_TIME, XCB_NONE, (int16_t)dx, (int16_t)dy, 0);
}

void
display_release_all(struct display *d)
{
	xcb_query_keymap_reply_t *keys =
	    xcb_query_keymap_reply(d->conn, xcb_query_keymap(d->conn), NULL);
	xcb_query_pointer_reply_t *pointer = xcb_query_pointer_reply(
	    d->conn, xcb_query_pointer(d->conn, d->root), NULL);

	if (!keys || !pointer)
		display_lost(d);
	for (unsigned int i = 0; i < 256; i++)
		if (keys->keys[i / 8] >> i % 8 & 1)
			display_key(d, (uint8_t)i, false);
	for (uint8_t i = 0; i < 5; i++)
		if (pointer->mask & XCB_BUTTON_MASK_1 << i)
			display_button(d, i + 1, false);
	free(keys);
	free(pointer);
}
