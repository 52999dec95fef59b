/*
 * spare.h - keysyms that the keyboard map lacks, on keycodes it does not use
 *
 * A client looks a key up when it gets round to it, so a keycode keeps its
 * meaning for SPARE_KEEP_US after its last use; the oldest goes first.
 */
#ifndef RD_INPUT_SPARE_H
#define RD_INPUT_SPARE_H

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon.h>

#include "display.h"

enum {
	KEYCODES = 256,
	SPARES = 64,
	SPARE_KEEP_US = 500000,
	SPARE_PACE_US = 50000, /* from one change of the map to the next */
};

struct spare {
	uint8_t keycode;
	xkb_keysym_t sym; /* what it is bound to; NoSymbol: nothing */
	int64_t used_us;  /* last pressed or released */
};

struct spares {
	struct display *display;
	struct spare all[SPARES];
	unsigned int n;
	xcb_atom_t list;      /* the property that names those bound */
	bool first;           /* no other rd-input was here: keep the list */
	int64_t bound_us;     /* when keysyms were bound last */
	uint16_t since, last; /* the requests that did it */
};

void spares_open(struct spares *s, struct display *d);
/* Unbind what was bound, when clients had time to look it up. */
void spares_close(struct spares *s);

/* The map is new: see which keycodes are unused, and which still bound. */
void spares_update(struct spares *s, struct xkb_keymap *map);
/* Unbind what a predecessor that was killed left in the map. */
void spares_repair(struct spares *s, struct xkb_keymap *map);

/* The keycode bound to sym, counted as used now; or 0. */
uint8_t spares_use(struct spares *s, xkb_keysym_t sym);

/* How many keysyms can be bound at once; busy tells which keys are down. */
unsigned int spares_room(const struct spares *s, const uint8_t busy[KEYCODES]);

/*
 * Bind n keysyms, at most spares_room(); those that are bound already stay.
 * All at once, since each change makes clients fetch the map, and Xlib can
 * miss one that comes while it does.  May wait SPARE_KEEP_US.
 */
void spares_bind(struct spares *s, const xkb_keysym_t *syms, unsigned int n,
    const uint8_t busy[KEYCODES]);

/* True when spares_bind() made the change that e tells of. */
bool spares_made(const struct spares *s, const xcb_xkb_map_notify_event_t *e);

#endif
