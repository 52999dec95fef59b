#include "keys.h"

#include <xkbcommon/xkbcommon-keysyms.h>

#include "base/log.h"
#include "events/events.h"
#include "events/utf8.h"

void
keys_open(struct keys *k, struct display *d)
{
	k->display = d;
	keymap_open(&k->map, d);
}

void
keys_close(struct keys *k)
{
	keymap_close(&k->map);
}

static unsigned int
held_combo(const struct keys *k)
{
	unsigned int combo = 0;

	for (unsigned int i = 0; i < KEYCODES; i++)
		if (k->down[i])
			combo |= k->map.combos[i];
	return combo;
}

static bool
is_shortcut_key(xkb_keysym_t sym)
{
	return sym == XKB_KEY_Control_L || sym == XKB_KEY_Control_R ||
	    (sym >= XKB_KEY_Meta_L && sym <= XKB_KEY_Hyper_R);
}

static bool
in_shortcut(const struct keys *k)
{
	for (unsigned int i = 0; i < KEYCODES; i++)
		if (k->down[i] && is_shortcut_key(k->map.syms[0][i]))
			return true;
	return false;
}

static bool
is_printable(xkb_keysym_t sym)
{
	uint32_t c = xkb_keysym_to_utf32(sym);

	return c >= ' ' && c != 0x7f;
}

/*
 * Only characters say which level they mean.  Shift+Tab is Tab with Shift
 * held, and to type Meta_L when Alt_L is meant would be worse; and a
 * shortcut's letter is the key, in whatever case it comes.
 */
static bool
keeps_modifiers(
    const struct keys *k, const struct keys_press *p, xkb_keysym_t sym)
{
	xkb_keysym_t base = k->map.syms[0][p->keycode];

	if (k->map.mods[p->keycode])
		return true;
	if (base == sym && !is_printable(sym))
		return true;
	return xkb_keysym_to_lower(base) == xkb_keysym_to_lower(sym) &&
	    in_shortcut(k);
}

/* The keycode is 0 when sym can not be typed. */
static struct keys_press
plan(struct keys *k, xkb_keysym_t sym)
{
	unsigned int held = held_combo(k);
	struct keys_press p = { .combo = held };

	p.keycode = keymap_find(&k->map, sym, held, &p.combo);
	if (!p.keycode) {
		p.keycode = spares_use(&k->map.spares, sym);
		p.unlock = keymap_lock_spoils(&k->map, sym);
	} else if (keeps_modifiers(k, &p, sym)) {
		p.combo = held;
	}
	if (!p.keycode && !k->warned) {
		log_warn("cannot type keysym 0x%x: the keyboard map has no "
			 "unused keycode",
		    sym);
		k->warned = true;
	}
	return p;
}

static bool
is_on_map(const struct keys *k, xkb_keysym_t sym)
{
	unsigned int combo;

	return keymap_find(&k->map, sym, 0, &combo) != 0;
}

/* Refresh the map and see that it has sym. */
static void
prepare(struct keys *k, xkb_keysym_t sym)
{
	keymap_refresh(&k->map);
	if (!is_on_map(k, sym))
		spares_bind(&k->map.spares, &sym, 1, k->down);
}

/* Press or release what makes the level modifiers differ from those held. */
static void
shift(struct keys *k, unsigned int combo, bool restore)
{
	unsigned int held = held_combo(k);
	unsigned int add = combo & ~held, drop = held & ~combo;

	for (unsigned int i = 0; i < LEVEL_MODS; i++)
		if (add & 1u << i)
			display_key(k->display, k->map.level_key[i], !restore);
	for (unsigned int i = 0; i < KEYCODES && drop; i++)
		if (k->down[i] && k->map.combos[i] & drop)
			display_key(k->display, (uint8_t)i, restore);
}

void
keys_settle(struct keys *k)
{
	const struct keys_press p = k->unsettled;

	if (!p.keycode)
		return;
	shift(k, p.combo, true);
	if (p.unlock)
		keymap_lock(&k->map, XCB_MOD_MASK_LOCK, XCB_MOD_MASK_LOCK);
	k->unsettled.keycode = 0;
}

static void
press(struct keys *k, const struct keys_press *p)
{
	if (p->unlock)
		keymap_lock(&k->map, XCB_MOD_MASK_LOCK, 0);
	shift(k, p->combo, false);
	if (k->down[p->keycode] && !k->map.mods[p->keycode])
		display_key(k->display, p->keycode, false); /* repeat */
	display_key(k->display, p->keycode, true);
	if (p->unlock || p->combo != held_combo(k))
		k->unsettled = *p;
}

/* The key by which h holds sym, or the same key's other case; or 0. */
static uint8_t
find_held(const struct keys *k, const struct keys_held *h, xkb_keysym_t sym)
{
	for (unsigned int i = 0; i < KEYCODES; i++)
		if (h->syms[i] == sym)
			return (uint8_t)i;
	/* Shift went up between: 'A' went down, 'a' comes up. */
	for (unsigned int c = 0; c < COMBOS; c++)
		for (unsigned int i = 0; i < KEYCODES; i++)
			if (h->syms[i] && k->map.syms[c][i] == sym)
				return (uint8_t)i;
	return 0;
}

void
keys_down(struct keys *k, struct keys_held *h, xkb_keysym_t sym)
{
	struct keys_press p;

	keys_settle(k);
	sym = keymap_canonical(sym);
	prepare(k, sym);
	p = plan(k, sym);
	if (!p.keycode)
		return;
	press(k, &p);
	if (!h->syms[p.keycode])
		k->down[p.keycode]++;
	h->syms[p.keycode] = sym;
}

static void
let_go(struct keys *k, struct keys_held *h, uint8_t keycode)
{
	spares_use(&k->map.spares, h->syms[keycode]); /* it is looked up */
	h->syms[keycode] = XKB_KEY_NoSymbol;
	if (--k->down[keycode] == 0)
		display_key(k->display, keycode, false);
}

void
keys_up(struct keys *k, struct keys_held *h, xkb_keysym_t sym)
{
	uint8_t keycode = find_held(k, h, keymap_canonical(sym));

	keys_settle(k);
	if (keycode)
		let_go(k, h, keycode);
}

static void
tap(struct keys *k, xkb_keysym_t sym)
{
	struct keys_press p = plan(k, sym);

	if (!p.keycode)
		return;
	press(k, &p);
	keys_settle(k);
	if (!k->down[p.keycode])
		display_key(k->display, p.keycode, false);
}

void
keys_tap(struct keys *k, xkb_keysym_t sym)
{
	keys_settle(k);
	sym = keymap_canonical(sym);
	prepare(k, sym);
	tap(k, sym);
}

/* Unicode's noncharacters have no keysym. */
static xkb_keysym_t
next_sym(const char **text, const char *end)
{
	const xkb_keysym_t replacement = 0x100fffd;
	xkb_keysym_t sym = xkb_utf32_to_keysym((uint32_t)utf8_next(text, end));

	return sym ? sym : replacement;
}

static bool
contains(const xkb_keysym_t *syms, unsigned int n, xkb_keysym_t sym)
{
	while (n)
		if (syms[--n] == sym)
			return true;
	return false;
}

/*
 * Bind what the map lacks of the text's characters, as many as there are
 * spares for; returns where the first one is for which there is none.
 */
static const char *
prepare_text(struct keys *k, const char *text, const char *end)
{
	unsigned int most = spares_room(&k->map.spares, k->down), n = 0;
	xkb_keysym_t missing[SPARES];
	const char *run = text;

	while (text < end) {
		xkb_keysym_t sym = next_sym(&text, end);

		bool lacks = !is_on_map(k, sym) && !contains(missing, n, sym);

		if (lacks && n == most && most)
			break;
		if (lacks && n < most)
			missing[n++] = sym;
		run = text;
	}
	spares_bind(&k->map.spares, missing, n, k->down);
	return run;
}

void
keys_text(struct keys *k, const char *text, size_t len)
{
	const char *end = text + len;

	keys_settle(k);
	keymap_refresh(&k->map);
	while (text < end) {
		const char *run = prepare_text(k, text, end);

		while (text < run)
			tap(k, next_sym(&text, run));
	}
}

void
keys_lock(struct keys *k, unsigned int leds)
{
	uint8_t on = 0;

	keys_settle(k);
	keymap_refresh(&k->map);
	if (leds & EVENT_LED_CAPS)
		on |= XCB_MOD_MASK_LOCK;
	if (leds & EVENT_LED_NUM)
		on |= k->map.num_lock;
	keymap_lock(&k->map, XCB_MOD_MASK_LOCK | k->map.num_lock, on);
}

void
keys_release(struct keys *k, struct keys_held *h)
{
	keys_settle(k);
	for (unsigned int i = 0; i < KEYCODES; i++)
		if (h->syms[i])
			let_go(k, h, (uint8_t)i);
}
