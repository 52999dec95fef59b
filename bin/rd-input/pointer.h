/*
 * pointer.h - motion, buttons and the wheel
 *
 * A button counts as down as long as any source holds it.
 */
#ifndef RD_INPUT_POINTER_H
#define RD_INPUT_POINTER_H

#include "display.h"
#include "events/events.h"

struct pointer {
	struct display *display;
	uint8_t down[EVENT_BUTTON_MAX + 1]; /* sources that hold each button */
};

/* What one source holds, and what it scrolled of the next notch. */
struct pointer_held {
	bool buttons[EVENT_BUTTON_MAX + 1];
	int dx, dy; /* 1/120 of a notch */
};

void pointer_button(
    struct pointer *p, struct pointer_held *h, unsigned int button, bool down);

/* Click the wheel's buttons once for each whole notch. */
void pointer_scroll(struct pointer *p, struct pointer_held *h, int dx, int dy);

/* Release all that h holds. */
void pointer_release(struct pointer *p, struct pointer_held *h);

#endif
