#include "spare.h"

#include <poll.h>
#include <stdlib.h>
#include <xkbcommon/xkbcommon-keysyms.h>

#include "base/loop.h"

static bool
is_unused(struct xkb_keymap *map, xkb_keycode_t k)
{
	const xkb_keysym_t *syms;

	for (xkb_layout_index_t g = 0;
	     g < xkb_keymap_num_layouts_for_key(map, k); g++)
		for (xkb_level_index_t l = 0;
		     l < xkb_keymap_num_levels_for_key(map, k, g); l++)
			if (xkb_keymap_key_get_syms_by_level(
				map, k, g, l, &syms))
				return false;
	return true;
}

static bool
is_bound(struct xkb_keymap *map, xkb_keycode_t k, xkb_keysym_t sym)
{
	const xkb_keysym_t *syms;

	return sym &&
	    xkb_keymap_key_get_syms_by_level(map, k, 0, 0, &syms) == 1 &&
	    syms[0] == sym;
}

void
spares_update(struct spares *s, struct xkb_keymap *map)
{
	struct spare old[KEYCODES] = { 0 };
	xkb_keycode_t max = xkb_keymap_max_keycode(map);

	for (unsigned int i = 0; i < s->n; i++)
		old[s->all[i].keycode] = s->all[i];
	s->n = 0;
	for (xkb_keycode_t k = xkb_keymap_min_keycode(map);
	     k <= max && k < KEYCODES && s->n < SPARES; k++) {
		bool bound = is_bound(map, k, old[k].sym);

		if (!bound && !is_unused(map, k))
			continue;
		s->all[s->n++] = (struct spare){ .keycode = (uint8_t)k,
			.sym = bound ? old[k].sym : XKB_KEY_NoSymbol,
			.used_us = old[k].used_us };
	}
}

/*
 * A predecessor that was killed leaves its bindings, so they are listed on
 * the root window: pairs of keycode and keysym.
 */
static void
write_list(struct spares *s)
{
	uint32_t list[2 * SPARES];
	uint32_t n = 0;

	if (!s->first)
		return;
	for (unsigned int i = 0; i < s->n; i++)
		if (s->all[i].sym) {
			list[n++] = s->all[i].keycode;
			list[n++] = s->all[i].sym;
		}
	xcb_change_property(s->display->conn, XCB_PROP_MODE_REPLACE,
	    s->display->root, s->list, XCB_ATOM_CARDINAL, 32, n, list);
}

/* Twice the same, so that the server does not make a pair of cases of it. */
static uint16_t
change_mapping(struct spares *s, uint8_t keycode, xkb_keysym_t sym)
{
	const xcb_keysym_t syms[2] = { sym, sym };

	return (uint16_t)xcb_change_keyboard_mapping(
	    s->display->conn, 1, keycode, 2, syms)
	    .sequence;
}

static struct spare *
find_bound(struct spares *s, xkb_keysym_t sym)
{
	for (unsigned int i = 0; i < s->n; i++)
		if (s->all[i].sym == sym)
			return &s->all[i];
	return NULL;
}

static struct spare *
find_oldest(struct spares *s, const uint8_t busy[KEYCODES])
{
	struct spare *oldest = NULL;

	for (unsigned int i = 0; i < s->n; i++)
		if (!busy[s->all[i].keycode] &&
		    (!oldest || s->all[i].used_us < oldest->used_us))
			oldest = &s->all[i];
	return oldest;
}

static void
wait_until(struct spares *s, int64_t at_us)
{
	int64_t left = at_us - clock_us();

	if (left <= 0)
		return;
	display_flush(s->display);
	poll(NULL, 0, (int)(left / 1000 + 1));
}

uint8_t
spares_use(struct spares *s, xkb_keysym_t sym)
{
	struct spare *one = find_bound(s, sym);

	if (!one)
		return 0;
	one->used_us = clock_us();
	return one->keycode;
}

unsigned int
spares_room(const struct spares *s, const uint8_t busy[KEYCODES])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->n; i++)
		n += !busy[s->all[i].keycode];
	return n;
}

void
spares_bind(struct spares *s, const xkb_keysym_t *syms, unsigned int n,
    const uint8_t busy[KEYCODES])
{
	struct spare *changed[SPARES];
	unsigned int nchanged = 0;
	int64_t used_us = 0, now = clock_us();

	for (unsigned int i = 0; i < n; i++)
		spares_use(s, syms[i]);
	for (unsigned int i = 0; i < n; i++) {
		struct spare *oldest = find_oldest(s, busy);

		if (!oldest || find_bound(s, syms[i]))
			continue;
		used_us = oldest->used_us;
		*oldest = (struct spare){ oldest->keycode, syms[i], now };
		changed[nchanged++] = oldest;
	}
	if (!nchanged)
		return;
	wait_until(s, used_us + SPARE_KEEP_US);
	wait_until(s, s->bound_us + SPARE_PACE_US);
	write_list(s);
	for (unsigned int i = 0; i < nchanged; i++) {
		s->last =
		    change_mapping(s, changed[i]->keycode, changed[i]->sym);
		if (i == 0)
			s->since = s->last;
	}
	s->bound_us = clock_us();
}

static bool
is_spare(const struct spares *s, uint8_t keycode)
{
	for (unsigned int i = 0; i < s->n; i++)
		if (s->all[i].keycode == keycode)
			return true;
	return false;
}

bool
spares_made(const struct spares *s, const xcb_xkb_map_notify_event_t *e)
{
	uint16_t number = (uint16_t)(e->sequence - s->since);

	return number <= (uint16_t)(s->last - s->since) && e->nKeySyms == 1 &&
	    is_spare(s, e->firstKeySym);
}

void
spares_repair(struct spares *s, struct xkb_keymap *map)
{
	xcb_get_property_reply_t *r = xcb_get_property_reply(s->display->conn,
	    xcb_get_property(s->display->conn, 1, s->display->root, s->list,
		XCB_ATOM_CARDINAL, 0, 2 * SPARES),
	    NULL);
	const uint32_t *list;
	int n;

	if (!r)
		display_lost(s->display);
	list = xcb_get_property_value(r);
	n = xcb_get_property_value_length(r) / (int)sizeof(*list);
	for (int i = 0; i + 1 < n; i += 2)
		if (list[i] < KEYCODES && is_bound(map, list[i], list[i + 1]))
			change_mapping(s, (uint8_t)list[i], XKB_KEY_NoSymbol);
	free(r);
}

/* Whoever owns a selection of this name keeps the display in repair. */
static bool
be_first(struct display *d)
{
	xcb_atom_t atom = display_atom(d, "_RD_INPUT");
	xcb_get_selection_owner_reply_t *r = xcb_get_selection_owner_reply(
	    d->conn, xcb_get_selection_owner(d->conn, atom), NULL);
	bool first = r && r->owner == XCB_NONE;

	if (first)
		xcb_set_selection_owner(
		    d->conn, d->window, atom, XCB_CURRENT_TIME);
	free(r);
	return first;
}

void
spares_open(struct spares *s, struct display *d)
{
	*s = (struct spares){ .display = d };
	s->list = display_atom(d, "_RD_INPUT_KEYS");
	s->first = be_first(d);
}

void
spares_close(struct spares *s)
{
	int64_t used_us = 0;

	for (unsigned int i = 0; i < s->n; i++)
		if (s->all[i].used_us > used_us)
			used_us = s->all[i].used_us;
	wait_until(s, used_us + SPARE_KEEP_US);
	for (unsigned int i = 0; i < s->n; i++)
		if (s->all[i].sym)
			change_mapping(s, s->all[i].keycode, XKB_KEY_NoSymbol);
	if (s->first)
		xcb_delete_property(
		    s->display->conn, s->display->root, s->list);
	display_sync(s->display);
}
