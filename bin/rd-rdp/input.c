#include "input.h"

#include <string.h>

#include <freerdp/input.h>

#include "base/log.h"

static ssize_t
link_input(struct link *l, const uint8_t *p, size_t len)
{
	struct input *in = l->arg;
	struct event e;
	ssize_t n = event_decode(&e, p, len);

	if (n > 0 && e.type == EVENT_CLIPBOARD)
		in->ops->copied(in, e.forms);
	return n;
}

static void
link_down(struct link *l, int err)
{
	struct input *in = l->arg;

	(void)err;
	in->attached = false;
	in->ops->gone(in);
}

static const struct link_ops link_ops = {
	.input = link_input,
	.down = link_down,
};

int
input_attach(struct input *in, struct loop *loop, int fd,
    const struct input_ops *ops, void *arg)
{
	struct link_config config = { .ops = &link_ops,
		.arg = in,
		.in_size = EVENT_MAX,
		.out_size = 2 * EVENT_MAX };
	int err;

	in->arg = arg;
	in->ops = ops;
	err = link_open(&in->link, loop, fd, fd, &config);
	in->attached = !err;
	return err;
}

void
input_close(struct input *in)
{
	link_close(&in->link);
	in->attached = false;
}

static void
tell(struct input *in, const struct event *e)
{
	ssize_t n;

	if (!in->attached)
		return;
	n = event_print(e, in->out, sizeof(in->out) - 1);
	if (n < 0)
		return;
	in->out[n] = '\n';
	if (link_send(&in->link, in->out, (size_t)n + 1, -1))
		log_warn("rd-input does not keep up: an event is lost");
}

void
input_scancode(struct input *in, uint16_t flags, uint8_t code)
{
	bool down = !(flags & KBD_FLAGS_RELEASE);
	struct event e = { .type = EVENT_KEY,
		.action = down ? EVENT_DOWN : EVENT_UP };

	e.keysym =
	    keys_change(&in->keys, code, flags & KBD_FLAGS_EXTENDED, down);
	if (e.keysym)
		tell(in, &e);
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
		tell(in, &e);
}

static void
move(struct input *in, uint16_t x, uint16_t y)
{
	struct event e = { .type = EVENT_MOTION };

	if (x > EVENT_XY_MAX || y > EVENT_XY_MAX || (x == in->x && y == in->y))
		return;
	e.x = in->x = x;
	e.y = in->y = y;
	tell(in, &e);
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

	tell(in, &e);
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
	tell(in, &e);
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
	tell(in, &e);
}

bool
input_size(struct input *in, const struct event *e)
{
	tell(in, e);
	return in->attached;
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
	tell(in, &release);
	tell(in, &leds);
}
