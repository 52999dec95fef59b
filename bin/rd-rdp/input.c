#include "input.h"

#include <string.h>

#include <freerdp/input.h>

/*
 * What it does is in the keys that follow.  Windows has Control pressed before
 * it, which nobody did.
 */
static void
take_third_level(struct input *in, bool down)
{
	struct event e = { .type = EVENT_KEY,
		.action = EVENT_UP,
		.keysym = XKB_KEY_Control_L };

	if (down && keys_are_down(&in->keys, XKB_KEY_Control_L))
		hands_tell(&in->hands, &e);
}

void
input_scancode(struct input *in, uint16_t flags, uint8_t code)
{
	bool down = !(flags & KBD_FLAGS_RELEASE);
	struct event e = { .type = EVENT_KEY,
		.action = down ? EVENT_DOWN : EVENT_UP };

	e.keysym =
	    keys_change(&in->keys, code, flags & KBD_FLAGS_EXTENDED, down);
	if (e.keysym == XKB_KEY_ISO_Level3_Shift)
		take_third_level(in, down);
	else if (e.keysym)
		hands_tell(&in->hands, &e);
}

void
input_unicode(struct input *in, uint16_t flags, uint16_t unit)
{
	struct event e = { .type = EVENT_KEY, .action = EVENT_TAP };
	uint32_t c = unit;

	if (flags & KBD_FLAGS_RELEASE)
		return;
	if (unit >> 10 == 0xd800 >> 10) {
		in->first = unit;
		return;
	}
	if (unit >> 10 == 0xdc00 >> 10)
		c = 0x10000U + ((in->first & 0x3ffU) << 10) + (unit & 0x3ffU);
	e.keysym = xkb_utf32_to_keysym(c);
	if (e.keysym)
		hands_tell(&in->hands, &e);
}

static void
move(struct input *in, uint16_t x, uint16_t y)
{
	struct event e = { .type = EVENT_MOTION };

	if (x > EVENT_XY_MAX || y > EVENT_XY_MAX || (x == in->x && y == in->y))
		return;
	e.x = in->x = x;
	e.y = in->y = y;
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

	hands_tell(&in->hands, &e);
}

/* Nine bits, the uppermost of which counts negative; up is positive. */
static void
turn_wheel(struct input *in, uint16_t flags)
{
	int turn = flags & 0xff;
	struct event e = { .type = EVENT_SCROLL };

	if (flags & PTR_FLAGS_WHEEL_NEGATIVE)
		turn -= 0x100;
	if (flags & PTR_FLAGS_HWHEEL)
		e.x = turn;
	else
		e.y = -turn;
	hands_tell(&in->hands, &e);
}

/* Where the pointer is when a wheel turns, some clients do not say. */
void
input_mouse(struct input *in, uint16_t flags, uint16_t x, uint16_t y)
{
	static const struct {
		uint16_t flag;
		unsigned int button;
	} buttons[] = { { PTR_FLAGS_BUTTON1, 1 }, { PTR_FLAGS_BUTTON2, 3 },
		{ PTR_FLAGS_BUTTON3, 2 } };

	if (flags & (PTR_FLAGS_WHEEL | PTR_FLAGS_HWHEEL)) {
		turn_wheel(in, flags);
		return;
	}
	move(in, x, y);
	for (int i = 0; i < 3; i++)
		if (flags & buttons[i].flag)
			change_button(
			    in, buttons[i].button, flags & PTR_FLAGS_DOWN);
}

void
input_mouse_extra(struct input *in, uint16_t flags, uint16_t x, uint16_t y)
{
	move(in, x, y);
	if (flags & PTR_XFLAGS_BUTTON1)
		change_button(in, 8, flags & PTR_XFLAGS_DOWN);
	if (flags & PTR_XFLAGS_BUTTON2)
		change_button(in, 9, flags & PTR_XFLAGS_DOWN);
}

void
input_copy(struct input *in, const struct event_bytes *forms)
{
	struct event e = { .type = EVENT_CLIPBOARD };

	memcpy(e.forms, forms, sizeof(e.forms));
	hands_tell(&in->hands, &e);
}

bool
input_size(struct input *in, const struct event *e)
{
	hands_tell(&in->hands, e);
	return in->hands.attached;
}

/* Sent when the client's window gets the keyboard: what was down is not. */
void
input_sync(struct input *in, uint32_t flags)
{
	bool caps = flags & KBD_SYNC_CAPS_LOCK, num = flags & KBD_SYNC_NUM_LOCK;
	struct event release = { .type = EVENT_RELEASE };
	struct event leds = { .type = EVENT_LEDS,
		.leds = (caps ? EVENT_LED_CAPS : 0U) |
		    (num ? EVENT_LED_NUM : 0U) |
		    (flags & KBD_SYNC_SCROLL_LOCK ? EVENT_LED_SCROLL : 0U) };

	keys_locks(&in->keys, caps, num);
	hands_tell(&in->hands, &release);
	hands_tell(&in->hands, &leds);
}
