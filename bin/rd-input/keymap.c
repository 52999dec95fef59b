#include "keymap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon-x11.h>

#include "base/die.h"

static const xkb_keysym_t level_syms[LEVEL_MODS] = { XKB_KEY_Shift_L,
	XKB_KEY_ISO_Level3_Shift, XKB_KEY_ISO_Level5_Shift };

xkb_keysym_t
keymap_canonical(xkb_keysym_t sym)
{
	xkb_keysym_t other = sym >> 24 == 0x01
	    ? xkb_utf32_to_keysym(sym & 0xffffff)
	    : XKB_KEY_NoSymbol;

	return other ? other : sym;
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
	for (unsigned int i = 0; i < m->spares.n; i++)
		for (unsigned int c = 0; c < COMBOS; c++)
			m->syms[c][m->spares.all[i].keycode] = XKB_KEY_NoSymbol;
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
	m->num_lock = 0;
	for (unsigned int k = 0; k < KEYCODES; k++) {
		xkb_keysym_t sym;

		m->mods[k] = modifiers_of(m, k, &sym);
		if (sym == XKB_KEY_Num_Lock)
			m->num_lock |= m->mods[k];
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
	spares_update(&m->spares, m->map);
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

bool
keymap_lock_spoils(const struct keymap *m, xkb_keysym_t sym)
{
	return m->locked & XCB_MOD_MASK_LOCK && xkb_keysym_to_upper(sym) != sym;
}

void
keymap_lock(struct keymap *m, uint8_t mods, uint8_t on)
{
	xcb_xkb_latch_lock_state(m->display->conn,
	    (xcb_xkb_device_spec_t)m->display->keyboard, mods, on, 0, 0, 0, 0,
	    0);
}

void
keymap_event(struct keymap *m, const xcb_generic_event_t *event)
{
	const xcb_xkb_map_notify_event_t *e = (const void *)event;

	if (e->xkbType != XCB_XKB_NEW_KEYBOARD_NOTIFY &&
	    (e->xkbType != XCB_XKB_MAP_NOTIFY || spares_made(&m->spares, e)))
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

void
keymap_open(struct keymap *m, struct display *d)
{
	*m = (struct keymap){ .display = d };
	m->context = xkb_context_new(
	    XKB_CONTEXT_NO_DEFAULT_INCLUDES | XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	if (!m->context)
		die(EXIT_TEMP, ENOMEM, "cannot use keyboard maps");
	spares_open(&m->spares, d);
	select_events(d);
	keymap_refresh(m);
	if (m->spares.first) {
		display_release_all(d);
		spares_repair(&m->spares, m->map);
		display_sync(d);
	}
}

void
keymap_close(struct keymap *m)
{
	keymap_refresh(m); /* another map may use what was spare */
	spares_close(&m->spares);
	xkb_keymap_unref(m->map);
	xkb_context_unref(m->context);
}
