/*
 * keys.h - keysyms pressed, held and typed, whatever the keyboard map
 *
 * A key counts as down as long as any source holds it.
 */
#ifndef RD_INPUT_KEYS_H
#define RD_INPUT_KEYS_H

#include <stddef.h>

#include "keymap.h"

/* How a keysym is pressed. */
struct keys_press {
	uint8_t keycode;
	unsigned int combo; /* level modifiers to hold meanwhile */
	bool unlock;        /* without Caps Lock */
};

struct keys {
	struct display *display;
	struct keymap map;
	uint8_t down[KEYCODES]; /* sources that hold each key */
	/*
	 * What changed modifiers for the key pressed last; they stay so
	 * until something else happens, for the key may repeat.
	 */
	struct keys_press unsettled;
	bool warned; /* of a keysym that cannot be typed */
};

/* What one source holds: by keycode, the keysym it asked for; or 0. */
struct keys_held {
	xkb_keysym_t syms[KEYCODES];
};

void keys_open(struct keys *k, struct display *d);
void keys_close(struct keys *k);

/* Put the modifiers back; before anything else is done to the display. */
void keys_settle(struct keys *k);

/* Press sym; again while it is held is a repeat. */
void keys_down(struct keys *k, struct keys_held *h, xkb_keysym_t sym);
/* Release it; what is not held is ignored. */
void keys_up(struct keys *k, struct keys_held *h, xkb_keysym_t sym);
/* Press and release it. */
void keys_tap(struct keys *k, xkb_keysym_t sym);

/* Type valid UTF-8 without control characters. */
void keys_text(struct keys *k, const char *text, size_t len);

/* Have Caps and Num Lock on or off as leds says, a set of enum event_led. */
void keys_lock(struct keys *k, unsigned int leds);

/* Release all that h holds. */
void keys_release(struct keys *k, struct keys_held *h);

#endif
