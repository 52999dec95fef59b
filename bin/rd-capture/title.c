#include "title.h"

#include <stdlib.h>
#include <string.h>

#include "events/utf8.h"
#include "frames/lines.h"

enum {
	ICON_BEST = 32, /* pixels: the smallest that has as many */
	ICON_MAX = 128,
	ICON_WORDS = 1 << 18,                        /* of all sizes together */
	NAME_WORDS = (FRAMES_TITLE_MAX + 4) / 4 + 1, /* a cut one is left out */
};

static xcb_atom_t
atom(struct x11 *x, const char *name)
{
	xcb_intern_atom_reply_t *r = x11_reply(
	    x, xcb_intern_atom(x->c, 0, (uint16_t)strlen(name), name).sequence);
	xcb_atom_t a = r ? r->atom : XCB_NONE;

	free(r);
	return a;
}

static xcb_get_property_reply_t *
property(struct x11 *x, xcb_window_t window, xcb_atom_t name, uint32_t words)
{
	return x11_reply(x,
	    xcb_get_property(
		x->c, 0, window, name, XCB_GET_PROPERTY_TYPE_ANY, 0, words)
		.sequence);
}

static void
watch(struct x11 *x, xcb_window_t window, bool on)
{
	/* The structure of the captured one is watched too. */
	const uint32_t mask = (on ? XCB_EVENT_MASK_PROPERTY_CHANGE : 0) |
	    (window == x->window ? XCB_EVENT_MASK_STRUCTURE_NOTIFY : 0);

	xcb_change_window_attributes(x->c, window, XCB_CW_EVENT_MASK, &mask);
}

void
title_open(struct title *t, struct x11 *x)
{
	t->x = x;
	t->active = atom(x, "_NET_ACTIVE_WINDOW");
	t->name = atom(x, "_NET_WM_NAME");
	x->icon = atom(x, "_NET_WM_ICON");
	watch(x, x->root, true);
	x->title_changed = true;
}

/* The window in use; the last one when there is none. */
static void
follow_active(struct title *t)
{
	struct x11 *x = t->x;
	xcb_get_property_reply_t *r = property(x, x->root, t->active, 1);
	xcb_window_t window = XCB_NONE;

	if (r && r->format == 32 && r->value_len == 1)
		memcpy(&window, xcb_get_property_value(r), sizeof(window));
	free(r);
	if (!window || window == t->window)
		return;
	if (t->window)
		watch(x, t->window, false);
	watch(x, window, true);
	t->window = window;
	x->icon_changed = true;
}

/* Controls become spaces, and what is no UTF-8 is taken for Latin-1. */
static size_t
clean(const char *p, size_t len, char *out)
{
	const char *end = p + len;
	size_t n = 0;

	while (p < end) {
		const char *start = p, *c = start;
		const char latin1[] = { (char)(0xc0 | (uint8_t)*p >> 6),
			(char)(0x80 | (*p & 0x3f)) };
		int32_t code = utf8_next(&p, end);
		size_t size = (size_t)(p - start);

		if (code < 0) {
			c = latin1;
			size = sizeof(latin1);
			p = start + 1;
		} else if (code < ' ' || code == 0x7f) {
			c = " ";
		}
		if (n + size > FRAMES_TITLE_MAX)
			break;
		memcpy(out + n, c, size);
		n += size;
	}
	return n;
}

static size_t
read_name(struct title *t, xcb_atom_t name, char *out)
{
	xcb_get_property_reply_t *r =
	    property(t->x, t->window, name, NAME_WORDS);
	size_t len = 0;

	if (r && r->format == 8)
		len = clean(xcb_get_property_value(r), r->value_len, out);
	free(r);
	return len;
}

/* The smallest of at least ICON_BEST, or else the largest; NULL: none. */
static const uint32_t *
choose(const uint32_t *p, const uint32_t *end)
{
	const uint32_t *best = NULL;

	while (end - p > 2 && p[0] && p[1] && p[0] <= ICON_WORDS &&
	    p[1] <= (uint32_t)(end - p - 2) / p[0]) {
		if (p[0] <= ICON_MAX && p[1] <= ICON_MAX &&
		    (!best ||
			(*best < ICON_BEST ? *p > *best
					   : *p >= ICON_BEST && *p < *best)))
			best = p;
		p += 2 + p[0] * p[1];
	}
	return best;
}

static void
read_icon(struct title *t)
{
	xcb_get_property_reply_t *r =
	    property(t->x, t->window, t->x->icon, ICON_WORDS);
	const uint32_t *p = NULL;

	t->x->icon_changed = false;
	if (r && r->format == 32) {
		const uint32_t *all = xcb_get_property_value(r);

		p = choose(all, all + r->value_len);
	}
	t->icon_len = p ? png64(p + 2, p[0], p[1], t->icon) : 0;
	free(r);
}

size_t
title_line(struct title *t, char *out)
{
	char name[FRAMES_TITLE_MAX];
	struct frames_line l = { .kind = FRAMES_WINDOW };
	ssize_t n;

	t->x->title_changed = false;
	follow_active(t);
	if (!t->window)
		return 0;
	if (t->x->icon_changed)
		read_icon(t);
	l.window.icon = t->icon;
	l.window.icon_len = t->icon_len;
	l.window.title = name;
	l.window.title_len = read_name(t, t->name, name);
	if (!l.window.title_len)
		l.window.title_len = read_name(t, XCB_ATOM_WM_NAME, name);
	n = frames_line_encode(&l, out, FRAMES_LINE_MAX);
	return l.window.title_len && n > 0 ? (size_t)n : 0;
}
