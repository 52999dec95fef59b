/*
 * leds.h - Caps, Num and Scroll Lock as the display shows them
 */
#ifndef RD_INPUT_LEDS_H
#define RD_INPUT_LEDS_H

#include "display.h"

enum { LEDS = 3 };

struct leds {
	struct display *display;
	xcb_atom_t names[LEDS];
};

void leds_open(struct leds *l, struct display *d);

/* Ask which are lit: a set of enum event_led. */
unsigned int leds_lit(struct leds *l);

#endif
