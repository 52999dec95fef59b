#include "x11.h"

#include <poll.h>
#include <stdlib.h>
#include <xcb/composite.h>
#include <xcb/xcbext.h>
#include <xcb/xinput.h>

#include "base/die.h"
#include "base/log.h"
#include "frames/ring.h"

enum {
	RAW_EVENTS = XCB_INPUT_XI_EVENT_MASK_RAW_MOTION |
	    XCB_INPUT_XI_EVENT_MASK_RAW_KEY_PRESS |
	    XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_PRESS |
	    XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_RELEASE,
};

static void
take_raw(struct x11 *x, int type)
{
	if (type == XCB_INPUT_RAW_MOTION)
		x->pointer_moved = true;
	else
		x->pressed = true;
}

static void
take_property(struct x11 *x, const xcb_property_notify_event_t *event)
{
	x->title_changed = true;
	x->icon_changed |= event->atom == x->icon;
}

static void
take_event(struct x11 *x, const xcb_generic_event_t *event)
{
	const xcb_ge_generic_event_t *ge = (const void *)event;
	const xcb_generic_error_t *error = (const void *)event;
	int type = event->response_type & 0x7f;

	if (type == 0)
		log_debug("X error %d of request %d.%d", error->error_code,
		    error->major_code, error->minor_code);
	else if (type == XCB_GE_GENERIC && ge->extension == x->input_opcode)
		take_raw(x, ge->event_type);
	else if (type == x->damage_event + XCB_DAMAGE_NOTIFY)
		x->damaged = true;
	else if (type == x->fixes_event + XCB_XFIXES_CURSOR_NOTIFY)
		x->cursor_changed = true;
	else if (type == XCB_CONFIGURE_NOTIFY || type == XCB_MAP_NOTIFY ||
	    type == XCB_UNMAP_NOTIFY)
		x->resized = true;
	else if (type == XCB_PROPERTY_NOTIFY)
		take_property(x, (const void *)event);
	else if (type == XCB_DESTROY_NOTIFY)
		x->gone = true;
}

void
x11_events(struct x11 *x)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(x->c))) {
		take_event(x, event);
		free(event);
	}
}

/* xcb reads from the socket in other calls too, and keeps the events. */
static void
take_queued(struct x11 *x)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_queued_event(x->c))) {
		take_event(x, event);
		free(event);
	}
}

void
x11_flush(struct x11 *x)
{
	xcb_flush(x->c);
	take_queued(x);
}

void *
x11_reply(struct x11 *x, unsigned int sequence)
{
	struct pollfd fds[] = {
		{ .fd = xcb_get_file_descriptor(x->c), .events = POLLIN },
		{ .fd = x->loop->signal_fd, .events = POLLIN },
	};
	xcb_generic_error_t *error = NULL;
	void *reply = NULL;

	xcb_flush(x->c);
	while (!xcb_poll_for_reply(x->c, sequence, &reply, &error)) {
		poll(fds, 2, -1);
		if (fds[1].revents) {
			xcb_discard_reply(x->c, sequence);
			return NULL;
		}
		x11_events(x);
	}
	take_queued(x);
	if (error)
		take_event(x, (xcb_generic_event_t *)(void *)error);
	free(error);
	return reply;
}

bool
x11_check(struct x11 *x, xcb_void_cookie_t request)
{
	xcb_generic_error_t *error;
	bool good;

	free(x11_reply(x, xcb_get_input_focus(x->c).sequence));
	error = xcb_request_check(x->c, request); /* no wait any more */
	good = !error;
	free(error);
	return good && x11_alive(x);
}

bool
x11_alive(const struct x11 *x)
{
	return !xcb_connection_has_error(x->c);
}

/* First event of an extension, or its major opcode; 0: not there. */
static uint8_t
first_event(struct x11 *x, xcb_extension_t *id)
{
	const xcb_query_extension_reply_t *e = xcb_get_extension_data(x->c, id);

	return e && e->present ? e->first_event : 0;
}

static uint8_t
opcode(struct x11 *x, xcb_extension_t *id)
{
	const xcb_query_extension_reply_t *e = xcb_get_extension_data(x->c, id);

	return e && e->present ? e->major_opcode : 0;
}

static void
find_fixes_and_damage(struct x11 *x)
{
	xcb_xfixes_query_version_reply_t *fixes = NULL;
	xcb_damage_query_version_reply_t *damage = NULL;

	x->fixes_event = first_event(x, &xcb_xfixes_id);
	x->damage_event = first_event(x, &xcb_damage_id);
	if (x->fixes_event)
		fixes =
		    x11_reply(x, xcb_xfixes_query_version(x->c, 2, 0).sequence);
	if (x->damage_event && fixes && fixes->major_version >= 2)
		damage =
		    x11_reply(x, xcb_damage_query_version(x->c, 1, 1).sequence);
	x->has_damage = damage;
	free(fixes);
	free(damage);
}

/* Raw motion comes in spite of grabs since XInput 2.1. */
static void
find_input(struct x11 *x)
{
	xcb_input_xi_query_version_reply_t *version;

	x->input_opcode = opcode(x, &xcb_input_id);
	if (!x->input_opcode)
		return;
	version = x11_reply(x, xcb_input_xi_query_version(x->c, 2, 2).sequence);
	x->has_input = version;
	free(version);
}

static const xcb_screen_t *
screen_at(xcb_connection_t *c, int number)
{
	xcb_screen_iterator_t it = xcb_setup_roots_iterator(xcb_get_setup(c));

	while (number-- > 0)
		xcb_screen_next(&it);
	return it.data;
}

/* Pixels must be BGRX in memory, as rd-frames(5) has them. */
static void
check_format(struct x11 *x, const xcb_screen_t *screen, const char *display)
{
	const xcb_setup_t *setup = xcb_get_setup(x->c);
	xcb_format_iterator_t it = xcb_setup_pixmap_formats_iterator(setup);

	while (it.rem && it.data->depth != screen->root_depth)
		xcb_format_next(&it);
	if (!it.rem || it.data->bits_per_pixel != 32 ||
	    screen->root_depth < 24 ||
	    setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
		die(EXIT_PERM, 0,
		    "display '%s' has depth %d: start its X server with 24",
		    display, screen->root_depth);
}

static void
check_size(const xcb_screen_t *screen, const char *display)
{
	int width = screen->width_in_pixels, height = screen->height_in_pixels;

	if (width > FRAMES_SIZE_MAX || height > FRAMES_SIZE_MAX)
		die(EXIT_PERM, 0,
		    "display '%s' has %dx%d pixels: more than %d either way "
		    "cannot be captured, choose a smaller mode or a window "
		    "(-w)",
		    display, width, height, FRAMES_SIZE_MAX);
}

static void
open_window(struct x11 *x, xcb_window_t window, const char *display)
{
	xcb_get_window_attributes_reply_t *attributes =
	    x11_reply(x, xcb_get_window_attributes(x->c, window).sequence);

	if (!attributes || attributes->_class == XCB_WINDOW_CLASS_INPUT_ONLY)
		die(EXIT_PERM, 0,
		    "no window 0x%x on display '%s': xwininfo tells ids",
		    window, display);
	free(attributes);
	x->window = window;
	x->has_composite = opcode(x, &xcb_composite_id);
	if (!x->has_composite)
		log_warn("no COMPOSITE on display '%s': what covers window "
			 "0x%x is captured too",
		    display, window);
	else
		xcb_composite_redirect_window(
		    x->c, window, XCB_COMPOSITE_REDIRECT_AUTOMATIC);
}

static void
start_damage(struct x11 *x)
{
	x->damage = xcb_generate_id(x->c);
	x->region = xcb_generate_id(x->c);
	xcb_xfixes_create_region(x->c, x->region, 0, NULL);
	if (!x11_check(x,
		xcb_damage_create_checked(x->c, x->damage, x->window,
		    XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY)))
		x->has_damage = false;
}

static _Noreturn void
no_display(int why, const char *display)
{
	if (why == XCB_CONN_CLOSED_PARSE_ERR)
		die(EXIT_PERM, 0,
		    "'%s' is not a display: give -d or set "
		    "$DISPLAY to one such as :0",
		    display);
	if (why == XCB_CONN_CLOSED_INVALID_SCREEN)
		die(EXIT_PERM, 0, "display '%s' has no such screen", display);
	die(EXIT_TEMP, 0,
	    "cannot connect to display '%s': does its X server run, and is "
	    "$XAUTHORITY (or ~/.Xauthority) its cookie?",
	    display);
}

void
x11_open(
    struct x11 *x, struct loop *loop, const char *display, xcb_window_t window)
{
	const uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
	const xcb_screen_t *screen;
	int number, err;

	*x = (struct x11){ .loop = loop, .damaged = true, .resized = true };
	x->c = xcb_connect(display, &number);
	err = xcb_connection_has_error(x->c);
	if (err)
		no_display(err, display);
	screen = screen_at(x->c, number);
	check_format(x, screen, display);
	x->root = x->window = screen->root;
	if (window && window != x->root)
		open_window(x, window, display);
	else
		check_size(screen, display);
	xcb_change_window_attributes(x->c, x->window, XCB_CW_EVENT_MASK, &mask);
	find_fixes_and_damage(x);
	find_input(x);
	if (x->has_damage)
		start_damage(x);
	if (!x->has_damage)
		log_warn("no DAMAGE on display '%s': whole frames by the clock",
		    display);
}

void
x11_close(struct x11 *x)
{
	xcb_disconnect(x->c);
}

/* A window's own pixmap is there while it is mapped; each size has its own. */
static bool
name_pixmap(struct x11 *x)
{
	xcb_pixmap_t pixmap = xcb_generate_id(x->c);

	if (x->pixels)
		xcb_free_pixmap(x->c, x->pixels);
	x->pixels = XCB_NONE;
	if (x11_check(x,
		xcb_composite_name_window_pixmap_checked(
		    x->c, x->window, pixmap)))
		x->pixels = pixmap;
	return x->pixels;
}

static xcb_get_geometry_reply_t *
geometry_of(struct x11 *x, xcb_drawable_t d)
{
	return x11_reply(x, xcb_get_geometry(x->c, d).sequence);
}

bool
x11_resize(struct x11 *x)
{
	xcb_get_geometry_reply_t *window, *pixels;
	bool good;

	x->resized = false;
	if (!x->has_composite)
		x->pixels = x->window;
	x->visible = !x->has_composite || name_pixmap(x);
	window = geometry_of(x, x->window);
	pixels = geometry_of(x, x->visible ? x->pixels : x->window);
	good = window && pixels;
	if (good) {
		/* A window's pixmap has its border around it. */
		int border = x->has_composite ? window->border_width : 0;
		int around = x->visible ? 2 * border : 0;

		x->border = (int16_t)border;
		x->depth = pixels->depth;
		x->width = (uint16_t)(pixels->width - around);
		x->height = (uint16_t)(pixels->height - around);
	}
	free(window);
	free(pixels);
	if (x->width > FRAMES_SIZE_MAX || x->height > FRAMES_SIZE_MAX) {
		log_error("%dx%d pixels are more than %d either way", x->width,
		    x->height, FRAMES_SIZE_MAX);
		x->visible = false;
		return false;
	}
	return good;
}

xcb_xfixes_fetch_region_cookie_t
x11_damage_ask(struct x11 *x)
{
	x->damaged = false;
	xcb_damage_subtract(x->c, x->damage, XCB_NONE, x->region);
	return xcb_xfixes_fetch_region(x->c, x->region);
}

static void
add_clipped(struct x11 *x, const xcb_rectangle_t *r, struct region *g)
{
	int left = r->x > 0 ? r->x : 0, top = r->y > 0 ? r->y : 0;
	int right = r->x + r->width, bottom = r->y + r->height;

	if (right > x->width)
		right = x->width;
	if (bottom > x->height)
		bottom = x->height;
	if (left < right && top < bottom)
		region_add(g,
		    (struct rect){ (uint16_t)left, (uint16_t)top,
			(uint16_t)(right - left), (uint16_t)(bottom - top) });
}

bool
x11_damage_take(
    struct x11 *x, xcb_xfixes_fetch_region_cookie_t cookie, struct region *g)
{
	xcb_xfixes_fetch_region_reply_t *reply = x11_reply(x, cookie.sequence);
	const xcb_rectangle_t *rects;
	int n;

	if (!reply)
		return false;
	rects = xcb_xfixes_fetch_region_rectangles(reply);
	n = xcb_xfixes_fetch_region_rectangles_length(reply);
	for (int i = 0; i < n; i++)
		add_clipped(x, &rects[i], g);
	free(reply);
	return true;
}

void
x11_watch_input(struct x11 *x, bool on)
{
	struct {
		xcb_input_event_mask_t head;
		uint32_t bits;
	} mask = {
		.head = { XCB_INPUT_DEVICE_ALL_MASTER, 1 },
		.bits = on ? RAW_EVENTS : 0,
	};

	if (x->fixes_event)
		xcb_xfixes_select_cursor_input(x->c, x->root,
		    on ? XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR : 0);
	if (x->has_input)
		xcb_input_xi_select_events(x->c, x->root, 1, &mask.head);
	x->cursor_changed = x->pointer_moved = on;
	x->pressed = false;
}
