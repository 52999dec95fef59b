#include "clipboard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "base/die.h"
#include "base/log.h"
#include "events/events.h"
#include "events/utf8.h"

static void
ask(struct clipboard *c, xcb_atom_t target)
{
	c->state = FETCH_ASKED;
	c->asked = c->newest;
	c->target = target;
	c->in_len = 0;
	c->in_over = false;
	xcb_delete_property(
	    c->display->conn, c->display->window, c->atoms.property);
	xcb_convert_selection(c->display->conn, c->display->window,
	    c->atoms.clipboard, target, c->atoms.property, c->asked);
	loop_timer_set(c->loop, &c->timer, clock_us() + CLIPBOARD_STALL_US);
}

static void
stop(struct clipboard *c)
{
	c->state = FETCH_IDLE;
	loop_timer_stop(c->loop, &c->timer);
	if (c->again) {
		c->again = false;
		ask(c, c->atoms.utf8);
	}
}

/* What is being fetched is out of date. */
static void
cancel(struct clipboard *c)
{
	c->again = false;
	stop(c);
}

static void
stalled(struct loop_timer *timer)
{
	struct clipboard *c = timer->arg;

	log_info("the clipboard's owner does not answer");
	stop(c);
	display_flush(c->display);
}

static void
warn_once(struct clipboard *c, const char *why)
{
	if (!c->warned)
		log_warn("a clipboard was not passed on: %s", why);
	c->warned = true;
}

static bool
came_from_source(const struct clipboard *c)
{
	return c->text && c->text->len == c->in_len &&
	    memcmp(c->text->bytes, c->in, c->in_len) == 0;
}

static void
pass_on(struct clipboard *c)
{
	offer_forget(c);
	c->changed(c, c->in, c->in_len);
}

/* All is there.  A clipboard manager may give us our own text back. */
static void
finish(struct clipboard *c)
{
	if (c->in_over)
		warn_once(c, "it is larger than 1 MiB");
	else if (!utf8_valid(c->in, c->in_len))
		warn_once(c, "it is not UTF-8");
	else if (!c->again && !came_from_source(c))
		pass_on(c);
	stop(c);
}

static void
append(struct clipboard *c, const uint8_t *p, size_t len)
{
	if (len > EVENT_CLIPBOARD_MAX - c->in_len) {
		c->in_over = true;
		return;
	}
	memcpy(c->in + c->in_len, p, len);
	c->in_len += len;
}

static void
append_latin1(struct clipboard *c, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const uint8_t utf8[2] = { (uint8_t)(0xc0 | p[i] >> 6),
			(uint8_t)(0x80 | (p[i] & 0x3f)) };

		if (p[i] < 0x80)
			append(c, &p[i], 1);
		else
			append(c, utf8, 2);
	}
}

/* Take and delete our property; the number of its bytes, -1 for INCR. */
static int
take_property(struct clipboard *c)
{
	xcb_connection_t *conn = c->display->conn;
	xcb_get_property_reply_t *r = xcb_get_property_reply(conn,
	    xcb_get_property(conn, 1, c->display->window, c->atoms.property,
		XCB_ATOM_ANY, 0, EVENT_CLIPBOARD_MAX / 4),
	    NULL);
	int len;

	if (!r)
		display_lost(c->display);
	len = xcb_get_property_value_length(r);
	if (r->type == c->atoms.incr)
		len = -1;
	else if (c->target == XCB_ATOM_STRING)
		append_latin1(c, xcb_get_property_value(r), (size_t)len);
	else
		append(c, xcb_get_property_value(r), (size_t)len);
	if (r->bytes_after) {
		c->in_over = true;
		xcb_delete_property(
		    conn, c->display->window, c->atoms.property);
	}
	free(r);
	return len;
}

static void
answered(struct clipboard *c, const xcb_selection_notify_event_t *e)
{
	if (c->state != FETCH_ASKED || e->target != c->target ||
	    e->time != c->asked)
		return;
	if (c->again)
		stop(c);
	else if (!e->property && c->target == c->atoms.utf8)
		ask(c, XCB_ATOM_STRING);
	else if (!e->property)
		stop(c);
	else if (take_property(c) == -1)
		c->state = FETCH_INCR;
	else
		finish(c);
}

static void
piece_came(struct clipboard *c)
{
	int n = take_property(c);

	if (n == 0)
		finish(c);
	else
		loop_timer_set(
		    c->loop, &c->timer, clock_us() + CLIPBOARD_STALL_US);
}

/* While one text is fetched, only the newest of those to come is kept. */
static void
owner_changed(struct clipboard *c, const xcb_xfixes_selection_notify_event_t *e)
{
	c->owned = e->owner == c->display->window;
	if (c->owned) {
		c->since = e->selection_timestamp;
		cancel(c);
		return;
	}
	if (e->owner == XCB_NONE || !c->listeners)
		return;
	c->newest = e->selection_timestamp;
	if (c->state == FETCH_IDLE)
		ask(c, c->atoms.utf8);
	else
		c->again = true;
}

static void
property_changed(struct clipboard *c, const xcb_property_notify_event_t *e)
{
	if (e->state == XCB_PROPERTY_DELETE)
		offer_property_deleted(c, e);
	else if (c->state == FETCH_INCR && e->window == c->display->window &&
	    e->atom == c->atoms.property)
		piece_came(c);
}

void
clipboard_event(struct clipboard *c, const xcb_generic_event_t *event)
{
	uint8_t type = event->response_type & 0x7f;

	if (type == XCB_SELECTION_REQUEST)
		offer_request(c, (const void *)event);
	else if (type == XCB_SELECTION_NOTIFY)
		answered(c, (const void *)event);
	else if (type == XCB_PROPERTY_NOTIFY)
		property_changed(c, (const void *)event);
	else if (type == c->display->xfixes_event + XCB_XFIXES_SELECTION_NOTIFY)
		owner_changed(c, (const void *)event);
}

void
clipboard_set(struct clipboard *c, const char *text, size_t len)
{
	cancel(c);
	offer_set(c, text, len);
}

void
clipboard_open(struct clipboard *c, struct display *d, struct loop *loop)
{
	c->display = d;
	c->loop = loop;
	c->timer = (struct loop_timer){ .expired = stalled, .arg = c };
	c->in = malloc(EVENT_CLIPBOARD_MAX);
	if (!c->in)
		die(EXIT_TEMP, ENOMEM, "cannot watch the clipboard");
	c->atoms = (struct clipboard_atoms){
		.clipboard = display_atom(d, "CLIPBOARD"),
		.utf8 = display_atom(d, "UTF8_STRING"),
		.utf8_mime = display_atom(d, "text/plain;charset=utf-8"),
		.text_mime = display_atom(d, "text/plain"),
		.targets = display_atom(d, "TARGETS"),
		.timestamp = display_atom(d, "TIMESTAMP"),
		.multiple = display_atom(d, "MULTIPLE"),
		.pair = display_atom(d, "ATOM_PAIR"),
		.incr = display_atom(d, "INCR"),
		.property = display_atom(d, "_RD_CLIPBOARD"),
	};
	xcb_xfixes_select_selection_input(d->conn, d->window,
	    c->atoms.clipboard,
	    XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER);
}

void
clipboard_close(struct clipboard *c)
{
	loop_timer_stop(c->loop, &c->timer);
	offer_close(c);
	free(c->in);
}
