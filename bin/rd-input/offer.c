#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "clipboard.h"
#include "events/utf8.h"

static struct clipboard_data *
new_data(size_t size)
{
	struct clipboard_data *d = malloc(sizeof(*d) + size);

	if (!d)
		die(EXIT_TEMP, ENOMEM, "cannot keep a clipboard");
	d->refs = 1;
	d->len = 0;
	return d;
}

static void
unref(struct clipboard_data *d)
{
	if (d && --d->refs == 0)
		free(d);
}

void
offer_set(struct clipboard *c, const struct event_bytes *forms)
{
	offer_forget(c);
	for (size_t i = 0; i < EVENT_FORMS; i++) {
		if (!forms[i].data)
			continue;
		c->offered[i] = new_data(forms[i].len);
		memcpy(c->offered[i]->bytes, forms[i].data, forms[i].len);
		c->offered[i]->len = forms[i].len;
	}
	xcb_set_selection_owner(c->display->conn, c->display->window,
	    c->atoms.clipboard, XCB_CURRENT_TIME);
}

/* ICCCM section 2.6.2: STRING is Latin-1.  NULL when d is more than that. */
static struct clipboard_data *
to_latin1(const struct clipboard_data *d)
{
	const char *p = d->bytes, *end = p + d->len;
	struct clipboard_data *out = new_data(d->len);

	while (p < end) {
		int32_t ch = utf8_next(&p, end);

		if (ch > 0xff) {
			unref(out);
			return NULL;
		}
		out->bytes[out->len++] = (char)ch;
	}
	return out;
}

static void
put(struct clipboard *c, xcb_window_t window, xcb_atom_t property,
    xcb_atom_t type, const char *bytes, size_t len)
{
	xcb_change_property(c->display->conn, XCB_PROP_MODE_REPLACE, window,
	    property, type, 8, (uint32_t)len, bytes);
}

static void
put32(struct clipboard *c, xcb_window_t window, xcb_atom_t property,
    xcb_atom_t type, const uint32_t *values, uint32_t n)
{
	xcb_change_property(c->display->conn, XCB_PROP_MODE_REPLACE, window,
	    property, type, 32, n, values);
}

static void
watch_window(struct clipboard *c, xcb_window_t window, uint32_t events)
{
	xcb_change_window_attributes(
	    c->display->conn, window, XCB_CW_EVENT_MASK, &events);
}

static struct transfer *
find_transfer(struct clipboard *c, xcb_window_t window, xcb_atom_t property)
{
	for (size_t i = 0; i < CLIPBOARD_TRANSFERS; i++)
		if (c->transfers[i].data && c->transfers[i].window == window &&
		    c->transfers[i].property == property)
			return &c->transfers[i];
	return NULL;
}

static void
transfer_end(struct transfer *t)
{
	struct clipboard *c = t->clipboard;

	loop_timer_stop(c->loop, &t->timer);
	unref(t->data);
	t->data = NULL;
	for (size_t i = 0; i < CLIPBOARD_TRANSFERS; i++)
		if (c->transfers[i].data && c->transfers[i].window == t->window)
			return;
	watch_window(c, t->window, XCB_EVENT_MASK_NO_EVENT);
}

static void
transfer_stalled(struct loop_timer *timer)
{
	struct transfer *t = timer->arg;

	log_info("a client stopped taking the clipboard half way");
	transfer_end(t);
	display_flush(t->clipboard->display);
}

static void
transfer_wait(struct transfer *t)
{
	loop_timer_set(
	    t->clipboard->loop, &t->timer, clock_us() + CLIPBOARD_STALL_US);
}

/* ICCCM section 2.7.2: announce the size; each deletion asks for a piece. */
static bool
transfer_begin(struct clipboard *c, xcb_window_t window, xcb_atom_t property,
    xcb_atom_t type, struct clipboard_data *data)
{
	uint32_t size = (uint32_t)data->len;
	struct transfer *old = find_transfer(c, window, property);

	if (old)
		transfer_end(old);
	for (size_t i = 0; i < CLIPBOARD_TRANSFERS; i++) {
		struct transfer *t = &c->transfers[i];

		if (t->data)
			continue;
		*t = (struct transfer){ .clipboard = c,
			.data = data,
			.window = window,
			.property = property,
			.type = type,
			.timer = { .expired = transfer_stalled, .arg = t } };
		data->refs++;
		watch_window(c, window, XCB_EVENT_MASK_PROPERTY_CHANGE);
		put32(c, window, property, c->atoms.incr, &size, 1);
		transfer_wait(t);
		return true;
	}
	return false;
}

void
offer_property_deleted(
    struct clipboard *c, const xcb_property_notify_event_t *e)
{
	struct transfer *t = find_transfer(c, e->window, e->atom);
	size_t n;

	if (!t)
		return;
	n = t->data->len - t->sent;
	if (n > CLIPBOARD_CHUNK)
		n = CLIPBOARD_CHUNK;
	put(c, t->window, t->property, t->type, t->data->bytes + t->sent, n);
	t->sent += n;
	if (n)
		transfer_wait(t);
	else
		transfer_end(t);
}

static bool
put_data(struct clipboard *c, xcb_window_t window, xcb_atom_t property,
    xcb_atom_t type, struct clipboard_data *data)
{
	if (!data)
		return false;
	if (data->len > CLIPBOARD_CHUNK)
		return transfer_begin(c, window, property, type, data);
	put(c, window, property, type, data->bytes, data->len);
	return true;
}

static bool
put_latin1(struct clipboard *c, xcb_window_t window, xcb_atom_t property)
{
	struct clipboard_data *text =
	    c->offered[EVENT_PLAIN] ? to_latin1(c->offered[EVENT_PLAIN]) : NULL;
	bool done = put_data(c, window, property, XCB_ATOM_STRING, text);

	unref(text);
	return done;
}

static void
put_targets(struct clipboard *c, xcb_window_t window, xcb_atom_t property)
{
	const struct clipboard_atoms *a = &c->atoms;
	xcb_atom_t targets[9] = { a->targets, a->timestamp, a->multiple };
	uint32_t n = 3;

	if (c->offered[EVENT_PLAIN]) {
		targets[n++] = a->utf8;
		targets[n++] = a->utf8_mime;
		targets[n++] = a->text_mime;
		targets[n++] = XCB_ATOM_STRING;
	}
	if (c->offered[EVENT_HTML])
		targets[n++] = a->html;
	if (c->offered[EVENT_PNG])
		targets[n++] = a->png;
	put32(c, window, property, XCB_ATOM_ATOM, targets, n);
}

static bool
convert(struct clipboard *c, xcb_window_t window, xcb_atom_t target,
    xcb_atom_t property)
{
	const struct clipboard_atoms *a = &c->atoms;

	if (target == a->utf8 || target == a->utf8_mime ||
	    target == a->text_mime)
		return put_data(
		    c, window, property, target, c->offered[EVENT_PLAIN]);
	if (target == a->html)
		return put_data(
		    c, window, property, target, c->offered[EVENT_HTML]);
	if (target == a->png)
		return put_data(
		    c, window, property, target, c->offered[EVENT_PNG]);
	if (target == XCB_ATOM_STRING)
		return put_latin1(c, window, property);
	if (target == a->targets)
		put_targets(c, window, property);
	else if (target == a->timestamp)
		put32(c, window, property, XCB_ATOM_INTEGER, &c->since, 1);
	else
		return false;
	return true;
}

/* Pairs of target and property; what cannot be had becomes None. */
static bool
convert_multiple(struct clipboard *c, xcb_window_t window, xcb_atom_t property)
{
	xcb_get_property_reply_t *r = xcb_get_property_reply(c->display->conn,
	    xcb_get_property(
		c->display->conn, 0, window, property, XCB_ATOM_ANY, 0, 64),
	    NULL);
	xcb_atom_t *pairs;
	int n;

	if (!r || r->format != 32) {
		free(r);
		return false;
	}
	pairs = xcb_get_property_value(r);
	n = xcb_get_property_value_length(r) / (int)sizeof(*pairs);
	for (int i = 0; i + 1 < n; i += 2)
		if (!convert(c, window, pairs[i], pairs[i + 1]))
			pairs[i + 1] = XCB_NONE;
	put32(c, window, property, c->atoms.pair, pairs, (uint32_t)n);
	free(r);
	return true;
}

void
offer_request(struct clipboard *c, const xcb_selection_request_event_t *e)
{
	/* ICCCM section 2.2: obsolete clients name no property. */
	xcb_atom_t property = e->property ? e->property : e->target;
	xcb_selection_notify_event_t answer = {
		.response_type = XCB_SELECTION_NOTIFY,
		.time = e->time,
		.requestor = e->requestor,
		.selection = e->selection,
		.target = e->target,
	};
	bool done = false;

	/* Ours could ask when it did not know yet that it owns this. */
	if (c->owned && e->selection == c->atoms.clipboard &&
	    e->requestor != c->display->window)
		done = e->target == c->atoms.multiple
		    ? convert_multiple(c, e->requestor, property)
		    : convert(c, e->requestor, e->target, property);
	answer.property = done ? property : XCB_NONE;
	xcb_send_event(c->display->conn, 0, e->requestor,
	    XCB_EVENT_MASK_NO_EVENT, (const char *)&answer);
}

void
offer_forget(struct clipboard *c)
{
	for (size_t i = 0; i < EVENT_FORMS; i++) {
		unref(c->offered[i]);
		c->offered[i] = NULL;
	}
}

void
offer_close(struct clipboard *c)
{
	for (size_t i = 0; i < CLIPBOARD_TRANSFERS; i++)
		if (c->transfers[i].data)
			transfer_end(&c->transfers[i]);
	offer_forget(c);
}
