#include "input.h"

#include <string.h>

#include "base/loop.h"
#include "events/utf8.h"

enum { NOTCH = 120 };

void
input_key(struct input *in, const struct rfb_message *m)
{
	struct event e = { .type = EVENT_KEY,
		.action = m->key.down ? EVENT_DOWN : EVENT_UP,
		.keysym = m->key.keysym };

	if (m->key.keysym && m->key.keysym <= EVENT_KEYSYM_MAX)
		hands_tell(&in->hands, &e);
}

/* The wheel's buttons: a notch for each press. */
static void
turn_wheel(struct input *in, unsigned int button)
{
	static const struct {
		int x, y;
	} ways[] = { { 0, -NOTCH }, { 0, NOTCH }, { -NOTCH, 0 }, { NOTCH, 0 } };
	struct event e = { .type = EVENT_SCROLL,
		.x = ways[button - 4].x,
		.y = ways[button - 4].y };

	hands_tell(&in->hands, &e);
}

static void
change_button(struct input *in, unsigned int button, bool down)
{
	struct event e = { .type = EVENT_BUTTON,
		.action = down ? EVENT_DOWN : EVENT_UP,
		.button = button,
		.placed = true,
		.x = in->x,
		.y = in->y };

	if (button < 4 || button > 7)
		hands_tell(&in->hands, &e);
	else if (down)
		turn_wheel(in, button);
}

static uint16_t
at_most(uint16_t value)
{
	return value < EVENT_XY_MAX ? value : EVENT_XY_MAX;
}

void
input_pointer(struct input *in, const struct rfb_message *m)
{
	uint16_t x = at_most(m->pointer.x), y = at_most(m->pointer.y);
	uint16_t changed = in->buttons ^ m->pointer.buttons;
	struct event e = { .type = EVENT_MOTION, .x = x, .y = y };

	if (in->x != x || in->y != y) {
		in->x = x;
		in->y = y;
		in->moved_us = clock_us();
		hands_tell(&in->hands, &e);
	}
	in->buttons = m->pointer.buttons;
	for (unsigned int i = 0; i < RFB_BUTTONS; i++)
		if (changed >> i & 1)
			change_button(in, i + 1, in->buttons >> i & 1);
}

void
input_size(struct input *in, uint16_t width, uint16_t height)
{
	struct event e = { .type = EVENT_SIZE,
		.nmonitors = 1,
		.monitors = { { width, height } } };

	hands_tell(&in->hands, &e);
}

void
input_copied(struct input *in, const struct rfb_copy *c)
{
	struct event e = { .type = EVENT_CLIPBOARD };

	if (c->text.len && utf8_valid(c->text.data, c->text.len))
		e.forms[EVENT_PLAIN] = c->text;
	if (c->html.len && utf8_valid(c->html.data, c->html.len))
		e.forms[EVENT_HTML] = c->html;
	if (e.forms[EVENT_PLAIN].data || e.forms[EVENT_HTML].data)
		hands_tell(&in->hands, &e);
}
