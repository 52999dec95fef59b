#include "clipboard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "base/die.h"
#include "base/log.h"

static void
ask(struct clipboard *c, enum fetch_state state, xcb_atom_t target)
{
	c->state = state;
	c->target = target;
	xcb_delete_property(
	    c->display->conn, c->display->window, c->atoms.property);
	xcb_convert_selection(c->display->conn, c->display->window,
	    c->atoms.clipboard, target, c->atoms.property, c->asked);
	loop_timer_set(c->loop, &c->timer, clock_us() + CLIPBOARD_STALL_US);
}

/* A new copy: what forms has it? */
static void
begin(struct clipboard *c)
{
	c->again = false;
	c->asked = c->newest;
	c->in_len = 0;
	memset(c->forms, 0, sizeof(c->forms));
	memset(c->wanted, 0, sizeof(c->wanted));
	ask(c, FETCH_TARGETS, c->atoms.targets);
}

static void
stop(struct clipboard *c)
{
	c->state = FETCH_IDLE;
	loop_timer_stop(c->loop, &c->timer);
	if (c->again)
		begin(c);
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

void
clipboard_warn(struct clipboard *c, const char *why)
{
	if (!c->warned)
		log_warn("a clipboard was not passed on: %s", why);
	c->warned = true;
}

/* A clipboard manager may give us our own copy back, or some forms of it. */
static bool
came_from_source(const struct clipboard *c)
{
	for (size_t i = 0; i < EVENT_FORMS; i++) {
		const struct event_bytes *f = &c->forms[i];
		const struct clipboard_data *ours = c->offered[i];

		if (f->data &&
		    (!ours || ours->len != f->len ||
			memcmp(ours->bytes, f->data, f->len) != 0))
			return false;
	}
	return true;
}

static void
finish(struct clipboard *c)
{
	if (!came_from_source(c)) {
		offer_forget(c);
		c->changed(c, c->forms);
	}
	stop(c);
}

static void
ask_next(struct clipboard *c)
{
	if (c->again) {
		stop(c);
		return;
	}
	for (size_t i = 0; i < EVENT_FORMS; i++) {
		xcb_atom_t target = c->wanted[i];

		if (!target)
			continue;
		c->wanted[i] = XCB_NONE;
		c->form = (enum event_form)i;
		c->form_len = 0;
		c->form_over = false;
		ask(c, FETCH_ASKED, target);
		return;
	}
	finish(c);
}

/* All of a form is there. */
static void
form_came(struct clipboard *c)
{
	const char *bytes = c->in + c->in_len;

	if (c->form_over) {
		clipboard_warn(c, "it is larger than is allowed");
	} else if (!event_is_form(c->form, bytes, c->form_len)) {
		clipboard_warn(c, "it is not UTF-8, or not PNG");
	} else {
		c->forms[c->form].data = bytes;
		c->forms[c->form].len = c->form_len;
		c->in_len += c->form_len;
	}
	ask_next(c);
}

static void
append(struct clipboard *c, const uint8_t *p, size_t len)
{
	if (len > c->rule.max - c->in_len - c->form_len) {
		c->form_over = true;
		return;
	}
	memcpy(c->in + c->in_len + c->form_len, p, len);
	c->form_len += len;
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

/* At most words 32-bit words of our property, which is deleted. */
static xcb_get_property_reply_t *
take_property(struct clipboard *c, uint32_t words)
{
	xcb_connection_t *conn = c->display->conn;
	xcb_get_property_reply_t *r = xcb_get_property_reply(conn,
	    xcb_get_property(conn, 1, c->display->window, c->atoms.property,
		XCB_ATOM_ANY, 0, words),
	    NULL);

	if (!r)
		display_lost(c->display);
	if (r->bytes_after)
		xcb_delete_property(
		    conn, c->display->window, c->atoms.property);
	return r;
}

/* The number of bytes that came, -1 for INCR. */
static int
take_piece(struct clipboard *c)
{
	xcb_get_property_reply_t *r =
	    take_property(c, EVENT_CLIPBOARD_MAX / 4 + 1);
	int len = xcb_get_property_value_length(r);

	if (r->type == c->atoms.incr)
		len = -1;
	else if (c->target == XCB_ATOM_STRING)
		append_latin1(c, xcb_get_property_value(r), (size_t)len);
	else
		append(c, xcb_get_property_value(r), (size_t)len);
	c->form_over |= r->bytes_after > 0;
	free(r);
	return len;
}

/* Of what the owner has, the best that is text comes first in this list. */
static void
choose(struct clipboard *c, const xcb_atom_t *has, size_t n)
{
	const struct clipboard_atoms *a = &c->atoms;
	const struct {
		enum event_form form;
		xcb_atom_t target;
	} known[] = {
		{ EVENT_PLAIN, a->utf8 },
		{ EVENT_PLAIN, a->utf8_mime },
		{ EVENT_PLAIN, XCB_ATOM_STRING },
		{ EVENT_HTML, a->html },
		{ EVENT_PNG, a->png },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		for (size_t j = 0; j < n && !c->wanted[known[i].form]; j++)
			if (has[j] == known[i].target)
				c->wanted[known[i].form] = has[j];
}

/* An owner that cannot say what it has may have text. */
static void
targets_came(struct clipboard *c, bool told)
{
	xcb_get_property_reply_t *r;

	if (!told) {
		c->wanted[EVENT_PLAIN] = c->atoms.utf8;
	} else {
		r = take_property(c, CLIPBOARD_TARGETS);
		if (r->format == 32)
			choose(c, xcb_get_property_value(r),
			    (size_t)xcb_get_property_value_length(r) / 4);
		free(r);
	}
	ask_next(c);
}

static void
answered(struct clipboard *c, const xcb_selection_notify_event_t *e)
{
	if (e->target != c->target || e->time != c->asked)
		return;
	if (c->state == FETCH_TARGETS) {
		targets_came(c, e->property != XCB_NONE);
		return;
	}
	if (c->state != FETCH_ASKED)
		return;
	if (!e->property && c->target == c->atoms.utf8)
		c->wanted[EVENT_PLAIN] = XCB_ATOM_STRING;
	if (!e->property || c->again)
		ask_next(c);
	else if (take_piece(c) == -1)
		c->state = FETCH_INCR;
	else
		form_came(c);
}

static void
piece_came(struct clipboard *c)
{
	if (take_piece(c) == 0)
		form_came(c);
	else
		loop_timer_set(
		    c->loop, &c->timer, clock_us() + CLIPBOARD_STALL_US);
}

/* While one copy is fetched, only the newest of those to come is kept. */
static void
owner_changed(struct clipboard *c, const xcb_xfixes_selection_notify_event_t *e)
{
	c->owned = e->owner == c->display->window;
	if (c->owned) {
		c->since = e->selection_timestamp;
		cancel(c);
		return;
	}
	if (e->owner == XCB_NONE || !c->listeners ||
	    !(c->rule.ways & EVENT_WAY_OUT))
		return;
	c->newest = e->selection_timestamp;
	if (c->state == FETCH_IDLE)
		begin(c);
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
clipboard_set(struct clipboard *c, const struct event_bytes *forms)
{
	size_t len = 0;

	for (size_t i = 0; i < EVENT_FORMS; i++)
		len += forms[i].len;
	if (!(c->rule.ways & EVENT_WAY_IN)) {
		clipboard_warn(c, "sources may not");
		return;
	}
	if (len > c->rule.max) {
		clipboard_warn(c, "it is larger than is allowed");
		return;
	}
	cancel(c);
	offer_set(c, forms);
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
		.html = display_atom(d, "text/html"),
		.png = display_atom(d, "image/png"),
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
