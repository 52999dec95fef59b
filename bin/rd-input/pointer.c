#include "pointer.h"

enum {
	NOTCH = 120,
	WHEEL_UP = 4,
	WHEEL_DOWN = 5,
	WHEEL_LEFT = 6,
	WHEEL_RIGHT = 7,
};

void
pointer_button(
    struct pointer *p, struct pointer_held *h, unsigned int button, bool down)
{
	if (h->buttons[button] == down)
		return;
	h->buttons[button] = down;
	if (down ? p->down[button]++ == 0 : --p->down[button] == 0)
		display_button(p->display, (uint8_t)button, down);
}

/* Add delta to what is left of the last notch, which a turn back forgets. */
static void
turn(struct pointer *p, int *rest, int delta, uint8_t less, uint8_t more)
{
	uint8_t button = delta < 0 ? less : more;
	int notches;

	if ((*rest < 0) != (delta < 0))
		*rest = 0;
	*rest += delta;
	notches = *rest / NOTCH;
	*rest %= NOTCH;
	for (; notches; notches += notches < 0 ? 1 : -1) {
		display_button(p->display, button, true);
		display_button(p->display, button, false);
	}
}

void
pointer_scroll(struct pointer *p, struct pointer_held *h, int dx, int dy)
{
	if (dx)
		turn(p, &h->dx, dx, WHEEL_LEFT, WHEEL_RIGHT);
	if (dy)
		turn(p, &h->dy, dy, WHEEL_UP, WHEEL_DOWN);
}

void
pointer_release(struct pointer *p, struct pointer_held *h)
{
	for (unsigned int i = 1; i <= EVENT_BUTTON_MAX; i++)
		pointer_button(p, h, i, false);
	h->dx = h->dy = 0;
}
