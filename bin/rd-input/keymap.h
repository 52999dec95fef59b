/*
 * keymap.h - which key, with which modifiers, gives a keysym
 *
 * The server's keyboard map as a table of what each key gives while each
 * combination of the modifiers that choose a level (Shift, AltGr, ...) is
 * held, under the locks and the group of the moment.
 */
#ifndef RD_INPUT_KEYMAP_H
#define RD_INPUT_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <xkbcommon/xkbcommon.h>

#include "display.h"
#include "spare.h"

enum {
	LEVEL_MODS = 3,           /* Shift, Level3 (AltGr), Level5 */
	COMBOS = 1 << LEVEL_MODS, /* a set of them, bit by bit */
};

struct keymap {
	struct display *display;
	struct xkb_context *context;
	struct xkb_keymap *map; /* NULL: to be fetched */
	xkb_mod_mask_t locked;  /* the table's: modifiers locked or latched */
	uint32_t group;
	xkb_keysym_t syms[COMBOS][KEYCODES];
	uint8_t mods[KEYCODES];        /* X modifiers each key holds */
	uint8_t combos[KEYCODES];      /* level modifiers among them */
	uint8_t level_key[LEVEL_MODS]; /* 0: the map has no such key */
	uint8_t num_lock;              /* X modifier; 0: none */
	struct spares spares;
};

/* Fetch the map, and undo what a predecessor that was killed left. */
void keymap_open(struct keymap *m, struct display *d);
void keymap_close(struct keymap *m);

/* Ask the server for locks and group; first in each batch of presses. */
void keymap_refresh(struct keymap *m);

/* An event of the XKB extension. */
void keymap_event(struct keymap *m, const xcb_generic_event_t *event);

/*
 * The keycode that gives sym, and in *combo the level modifiers it needs:
 * as near to those held as possible.  0 when no key gives it.
 */
uint8_t keymap_find(const struct keymap *m, xkb_keysym_t sym, unsigned int held,
    unsigned int *combo);

/* True when Caps Lock makes another character of sym. */
bool keymap_lock_spoils(const struct keymap *m, xkb_keysym_t sym);
/* Of the X modifiers in mods lock those in on, without pressing a key. */
void keymap_lock(struct keymap *m, uint8_t mods, uint8_t on);

/* The one of two keysyms that are the same character which maps have. */
xkb_keysym_t keymap_canonical(xkb_keysym_t sym);

#endif
