#include "keymap.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon-x11.h>

#include "base/die.h"
#include "base/log.h"
#include "base/loop.h"

static const xkb_keysym_t level_syms[LEVEL_MODS] = { XKB_KEY_Shift_L,
	XKB_KEY_ISO_Level3_Shift, XKB_KEY_ISO_Level5_Shift };

xkb_keysym_t
keymap_canonical(xkb_keysym_t sym)
{
	if (sym >> 24 == 0x01)
		return xkb_utf32_to_keysym(sym & 0xffffff);
	return sym;
}

static struct xkb_state *
new_state(const struct keymap *m)
{
	struct xkb_state *s = xkb_state_new(m->map);

	if (!s)
		die(EXIT_TEMP, ENOMEM, "cannot use the keyboard map");
	xkb_state_update_mask(s, 0, 0, m->locked, 0, 0, m->group);
	return s;
}

/* What each key gives while combo is held. */
static void
fill_combo(struct keymap *m, unsigned int combo)
{
	struct xkb_state *s = new_state(m);

	for (unsigned int i = 0; i < LEVEL_MODS; i++)
		if (combo & 1u << i)
			xkb_state_update_key(s, m->level_key[i], XKB_KEY_DOWN);
	for (xkb_keycode_t k = 0; k < KEYCODES; k++)
		m->syms[combo][k] =
		    keymap_canonical(xkb_state_key_get_one_sym(s, k));
	xkb_state_unref(s);
}

static void
fill_table(struct keymap *m)
{
	memset(m->syms, 0, sizeof(m->syms));
	for (unsigned int c = 0; c < COMBOS; c++) {
		bool possible = true;

		for (unsigned int i = 0; i < LEVEL_MODS; i++)
			possible &= !(c & 1u << i) || m->level_key[i];
		if (possible)
			fill_combo(m, c);
	}
	for (unsigned int i = 0; i < m->nspares; i++)
		for (unsigned int c = 0; c < COMBOS; c++)
			m->syms[c][m->spares[i].keycode] = XKB_KEY_NoSymbol;
}

/* The modifiers that key k, alone, holds while it is down. */
static uint8_t
modifiers_of(struct keymap *m, xkb_keycode_t k, xkb_keysym_t *sym)
{
	struct xkb_state *s = xkb_state_new(m->map);
	xkb_mod_mask_t mods;

	if (!s)
		die(EXIT_TEMP, ENOMEM, "cannot use the keyboard map");
	*sym = xkb_state_key_get_one_sym(s, k);
	xkb_state_update_key(s, k, XKB_KEY_DOWN);
	mods = xkb_state_serialize_mods(s, XKB_STATE_MODS_DEPRESSED);
	xkb_state_unref(s);
	return (uint8_t)mods; /* X has eight; the rest are XKB's names */
}

static void
find_modifiers(struct keymap *m)
{
	memset(m->level_key, 0, sizeof(m->level_key));
	for (unsigned int k = 0; k < KEYCODES; k++) {
		xkb_keysym_t sym;

		m->mods[k] = modifiers_of(m, k, &sym);
		for (unsigned int i = 0; i < LEVEL_MODS; i++)
			if (sym == level_syms[i] && m->mods[k] &&
			    !m->level_key[i])
				m->level_key[i] = (uint8_t)k;
	}
	for (unsigned int k = 0; k < KEYCODES; k++) {
		m->combos[k] = 0;
		for (unsigned int i = 0; i < LEVEL_MODS; i++)
			if (m->mods[k] & m->mods[m->level_key[i]])
				m->combos[k] |= (uint8_t)(1u << i);
	}
}

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

/* The keycodes nobody uses, and those that are still bound by us. */
static void
find_spares(struct keymap *m)
{
	struct spare old[KEYCODES] = { 0 };
	xkb_keycode_t max = xkb_keymap_max_keycode(m->map);

	for (unsigned int i = 0; i < m->nspares; i++)
		old[m->spares[i].keycode] = m->spares[i];
	m->nspares = 0;
	for (xkb_keycode_t k = xkb_keymap_min_keycode(m->map);
	     k <= max && k < KEYCODES && m->nspares < SPARES; k++) {
		bool bound = is_bound(m->map, k, old[k].sym);

		if (!bound && !is_unused(m->map, k))
			continue;
		m->spares[m->nspares++] = (struct spare){ .keycode = (uint8_t)k,
			.sym = bound ? old[k].sym : XKB_KEY_NoSymbol,
			.used_us = old[k].used_us };
	}
}

static void
fetch(struct keymap *m)
{
	m->map = xkb_x11_keymap_new_from_device(m->context, m->display->conn,
	    m->display->keyboard, XKB_KEYMAP_COMPILE_NO_FLAGS);
	if (!m->map && xcb_connection_has_error(m->display->conn))
		display_lost(m->display);
	if (!m->map)
		die(EXIT_TEMP, 0,
		    "cannot understand the keyboard map of display '%s': load "
		    "another one with setxkbmap",
		    m->display->name);
	find_modifiers(m);
	find_spares(m);
}

void
keymap_refresh(struct keymap *m)
{
	xcb_xkb_get_state_reply_t *r;
	xkb_mod_mask_t locked;
	bool same;

	r = xcb_xkb_get_state_reply(m->display->conn,
	    xcb_xkb_get_state(
		m->display->conn, (xcb_xkb_device_spec_t)m->display->keyboard),
	    NULL);
	if (!r)
		display_lost(m->display);
	locked = r->lockedMods | r->latchedMods;
	same = m->map && locked == m->locked && r->group == m->group;
	m->locked = locked;
	m->group = r->group;
	free(r);
	if (same)
		return;
	if (!m->map)
		fetch(m);
	fill_table(m);
}

uint8_t
keymap_find(const struct keymap *m, xkb_keysym_t sym, unsigned int held,
    unsigned int *combo)
{
	unsigned int best = LEVEL_MODS + 1;
	uint8_t keycode = 0;

	for (unsigned int c = 0; c < COMBOS; c++) {
		unsigned int cost = (unsigned int)__builtin_popcount(c ^ held);

		for (unsigned int k = 0; k < KEYCODES && cost < best; k++)
			if (m->syms[c][k] == sym) {
				best = cost;
				keycode = (uint8_t)k;
				*combo = c;
			}
	}
	return keycode;
}

/*
 * A predecessor that was killed leaves its bindings, so they are listed on
 * the root window: pairs of keycode and keysym.
 */
static void
list_spares(struct keymap *m)
{
	uint32_t list[2 * SPARES];
	uint32_t n = 0;

	if (!m->first)
		return;
	for (unsigned int i = 0; i < m->nspares; i++)
		if (m->spares[i].sym) {
			list[n++] = m->spares[i].keycode;
			list[n++] = m->spares[i].sym;
		}
	xcb_change_property(m->display->conn, XCB_PROP_MODE_REPLACE,
	    m->display->root, m->spare_list, XCB_ATOM_CARDINAL, 32, n, list);
}

/* Twice the same, so that the server does not make a pair of cases of it. */
static uint16_t
change_mapping(struct keymap *m, uint8_t keycode, xkb_keysym_t sym)
{
	const xcb_keysym_t syms[2] = { sym, sym };

	return (uint16_t)xcb_change_keyboard_mapping(
	    m->display->conn, 1, keycode, 2, syms)
	    .sequence;
}

static struct spare *
find_bound(struct keymap *m, xkb_keysym_t sym)
{
	for (unsigned int i = 0; i < m->nspares; i++)
		if (m->spares[i].sym == sym)
			return &m->spares[i];
	return NULL;
}

static struct spare *
find_oldest(struct keymap *m, const uint8_t busy[KEYCODES])
{
	struct spare *oldest = NULL;

	for (unsigned int i = 0; i < m->nspares; i++)
		if (!busy[m->spares[i].keycode] &&
		    (!oldest || m->spares[i].used_us < oldest->used_us))
			oldest = &m->spares[i];
	return oldest;
}

/* Until what was pressed at used_us has been looked up. */
static void
wait_for_clients(struct keymap *m, int64_t used_us)
{
	int64_t left = used_us + SPARE_KEEP_US - clock_us();

	if (!used_us || left <= 0)
		return;
	display_flush(m->display);
	poll(NULL, 0, (int)(left / 1000 + 1));
}

uint8_t
keymap_spare(struct keymap *m, xkb_keysym_t sym)
{
	struct spare *s = find_bound(m, sym);

	if (!s)
		return 0;
	s->used_us = clock_us();
	return s->keycode;
}

unsigned int
keymap_spares(const struct keymap *m, const uint8_t busy[KEYCODES])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->nspares; i++)
		n += !busy[m->spares[i].keycode];
	return n;
}

void
keymap_bind(struct keymap *m, const xkb_keysym_t *syms, unsigned int n,
    const uint8_t busy[KEYCODES])
{
	struct spare *changed[SPARES];
	unsigned int nchanged = 0;
	int64_t used_us = 0, now = clock_us();

	for (unsigned int i = 0; i < n; i++)
		keymap_spare(m, syms[i]);
	for (unsigned int i = 0; i < n; i++) {
		struct spare *s = find_oldest(m, busy);

		if (!s || find_bound(m, syms[i]))
			continue;
		used_us = s->used_us;
		*s = (struct spare){ s->keycode, syms[i], now };
		changed[nchanged++] = s;
	}
	if (!nchanged)
		return;
	wait_for_clients(m, used_us);
	list_spares(m);
	for (unsigned int i = 0; i < nchanged; i++) {
		m->bind_last =
		    change_mapping(m, changed[i]->keycode, changed[i]->sym);
		if (i == 0)
			m->bind_first = m->bind_last;
	}
	display_sync(m->display);
}

bool
keymap_lock_spoils(const struct keymap *m, xkb_keysym_t sym)
{
	return m->locked & XCB_MOD_MASK_LOCK && xkb_keysym_to_upper(sym) != sym;
}

void
keymap_lock(struct keymap *m, bool on)
{
	xcb_xkb_latch_lock_state(m->display->conn,
	    (xcb_xkb_device_spec_t)m->display->keyboard, XCB_MOD_MASK_LOCK,
	    on ? XCB_MOD_MASK_LOCK : 0, 0, 0, 0, 0, 0);
}

static bool
is_spare(const struct keymap *m, uint8_t keycode)
{
	for (unsigned int i = 0; i < m->nspares; i++)
		if (m->spares[i].keycode == keycode)
			return true;
	return false;
}

/* The server's answer to keymap_bind() tells nothing new. */
static bool
is_own_change(const struct keymap *m, const xcb_xkb_map_notify_event_t *e)
{
	uint16_t since = (uint16_t)(e->sequence - m->bind_first);

	return since <= (uint16_t)(m->bind_last - m->bind_first) &&
	    e->nKeySyms == 1 && is_spare(m, e->firstKeySym);
}

void
keymap_event(struct keymap *m, const xcb_generic_event_t *event)
{
	const xcb_xkb_map_notify_event_t *e = (const void *)event;

	if (e->xkbType != XCB_XKB_NEW_KEYBOARD_NOTIFY &&
	    (e->xkbType != XCB_XKB_MAP_NOTIFY || is_own_change(m, e)))
		return;
	xkb_keymap_unref(m->map);
	m->map = NULL;
}

static void
select_events(struct display *d)
{
	const uint16_t events = XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY |
	    XCB_XKB_EVENT_TYPE_MAP_NOTIFY |
	    XCB_XKB_EVENT_TYPE_INDICATOR_STATE_NOTIFY;
	const uint16_t parts = XCB_XKB_MAP_PART_KEY_TYPES |
	    XCB_XKB_MAP_PART_KEY_SYMS | XCB_XKB_MAP_PART_MODIFIER_MAP |
	    XCB_XKB_MAP_PART_KEY_ACTIONS | XCB_XKB_MAP_PART_VIRTUAL_MODS |
	    XCB_XKB_MAP_PART_VIRTUAL_MOD_MAP;

	xcb_xkb_select_events(d->conn, (xcb_xkb_device_spec_t)d->keyboard,
	    events, 0, events, parts, parts, NULL);
}

/* Unbind what the list on the root window still says truly. */
static void
repair(struct keymap *m)
{
	xcb_get_property_reply_t *r = xcb_get_property_reply(m->display->conn,
	    xcb_get_property(m->display->conn, 1, m->display->root,
		m->spare_list, XCB_ATOM_CARDINAL, 0, 2 * SPARES),
	    NULL);
	const uint32_t *list;
	int n;

	if (!r)
		display_lost(m->display);
	list = xcb_get_property_value(r);
	n = xcb_get_property_value_length(r) / (int)sizeof(*list);
	for (int i = 0; i + 1 < n; i += 2)
		if (list[i] < KEYCODES &&
		    is_bound(m->map, list[i], list[i + 1]))
			change_mapping(m, (uint8_t)list[i], XKB_KEY_NoSymbol);
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
keymap_open(struct keymap *m, struct display *d)
{
	*m = (struct keymap){ .display = d };
	m->context = xkb_context_new(
	    XKB_CONTEXT_NO_DEFAULT_INCLUDES | XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	if (!m->context)
		die(EXIT_TEMP, ENOMEM, "cannot use keyboard maps");
	m->spare_list = display_atom(d, "_RD_INPUT_KEYS");
	m->first = be_first(d);
	select_events(d);
	keymap_refresh(m);
	if (m->first) {
		display_release_all(d);
		repair(m);
		display_sync(d);
	}
}

void
keymap_close(struct keymap *m)
{
	int64_t used_us = 0;

	for (unsigned int i = 0; i < m->nspares; i++)
		if (m->spares[i].used_us > used_us)
			used_us = m->spares[i].used_us;
	wait_for_clients(m, used_us);
	for (unsigned int i = 0; i < m->nspares; i++)
		if (m->spares[i].sym)
			change_mapping(
			    m, m->spares[i].keycode, XKB_KEY_NoSymbol);
	if (m->first)
		xcb_delete_property(
		    m->display->conn, m->display->root, m->spare_list);
	display_sync(m->display);
	xkb_keymap_unref(m->map);
	xkb_context_unref(m->context);
}
