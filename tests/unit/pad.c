#include "pad/pad.h"

#include <errno.h>
#include <linux/input.h>
#include <linux/joystick.h>
#include <string.h>

#include "../../bin/rd-input/preload/answer.h"
#include "../tap.h"

static int
value(const int values[PAD_CONTROLS], uint16_t type, uint16_t code)
{
	for (int i = 0; i < PAD_CONTROLS; i++)
		if (pad_controls[i].type == type &&
		    pad_controls[i].code == code)
			return values[i];
	return -1;
}

static void
test_layout(void)
{
	int v[PAD_CONTROLS] = { 0 };

	for (int i = 1; i < PAD_CONTROLS; i++)
		if (i != PAD_KEYS &&
		    pad_controls[i].code <= pad_controls[i - 1].code)
			ok(false, "control %d is not in order", i);
	pad_button(v, 2, 255);
	is_int(value(v, EV_KEY, BTN_X), 1, "the left one of four is X");
	pad_button(v, 2, 127);
	is_int(value(v, EV_KEY, BTN_X), 0, "up below half");
	pad_button(v, 6, 77);
	is_int(value(v, EV_ABS, ABS_Z), 77, "a trigger is an axis");
	pad_button(v, 14, 255);
	is_int(value(v, EV_ABS, ABS_HAT0X), -1, "left");
	pad_button(v, 15, 255);
	is_int(value(v, EV_ABS, ABS_HAT0X), 1, "right after it");
	pad_button(v, 14, 0);
	is_int(value(v, EV_ABS, ABS_HAT0X), 1, "stays without left");
	pad_button(v, 15, 0);
	is_int(value(v, EV_ABS, ABS_HAT0X), 0, "and rests");
	pad_axis(v, 3, -32767);
	is_int(value(v, EV_ABS, ABS_RY), -32767, "the right stick, up");
}

static bool
has_bit(const unsigned char *bits, unsigned int bit)
{
	return bits[bit / 8] >> bit % 8 & 1;
}

static void
test_event_answers(void)
{
	unsigned char bits[KEY_CNT / 8];
	struct input_absinfo abs;
	struct input_id id;
	char name[8];

	is_int(pad_answer(PAD_EVENT, EVIOCGID, &id), 0, "id");
	ok(id.bustype == BUS_USB && id.vendor == 0x45e && id.product == 0x28e,
	    "of an Xbox 360 pad");
	is_int(pad_answer(PAD_EVENT, EVIOCGNAME(sizeof(name)), name), 8,
	    "a name is cut to its room");
	is_mem(name, "Microsof", 8, "and not ended");
	is_int(pad_answer(PAD_EVENT, EVIOCGBIT(0, 1), bits), 1, "types");
	is_int(
	    bits[0], 1 << EV_SYN | 1 << EV_KEY | 1 << EV_ABS, "keys and axes");
	is_int(pad_answer(PAD_EVENT, EVIOCGBIT(EV_KEY, sizeof(bits)), bits),
	    sizeof(bits), "keys");
	ok(has_bit(bits, BTN_GAMEPAD) && !has_bit(bits, BTN_MOUSE),
	    "of a gamepad");
	memset(bits, 0xff, sizeof(bits));
	pad_answer(PAD_EVENT, EVIOCGBIT(EV_REL, sizeof(bits)), bits);
	is_int(bits[0], 0, "nothing relative");
	is_int(pad_answer(PAD_EVENT, EVIOCGABS(ABS_RZ), &abs), 0, "an axis");
	ok(abs.minimum == 0 && abs.maximum == 255 && abs.value == 0,
	    "from 0 to 255");
	is_int(pad_answer(PAD_EVENT, EVIOCGABS(ABS_WHEEL), &abs), -EINVAL,
	    "an axis it lacks");
	is_int(pad_answer(PAD_EVENT, JSIOCGAXES, bits), -ENOTTY,
	    "not the other interface's");
	is_int(pad_answer(PAD_EVENT, EVIOCSFF, bits), -EINVAL, "no rumbling");
}

static void
test_js_answers(void)
{
	uint8_t n, axes[ABS_CNT];
	uint16_t buttons[KEY_MAX - BTN_MISC + 1];

	pad_answer(PAD_JS, JSIOCGAXES, &n);
	is_int(n, 8, "axes");
	pad_answer(PAD_JS, JSIOCGBUTTONS, &n);
	is_int(n, 11, "buttons");
	pad_answer(PAD_JS, JSIOCGAXMAP, axes);
	ok(axes[0] == ABS_X && axes[7] == ABS_HAT0Y, "which axes");
	pad_answer(PAD_JS, JSIOCGBTNMAP, buttons);
	ok(buttons[0] == BTN_A && buttons[10] == BTN_THUMBR, "which buttons");
	is_int(pad_answer(PAD_JS, EVIOCGID, &n), -ENOTTY,
	    "not the other interface's");
}

int
main(void)
{
	test_layout();
	test_event_answers();
	test_js_answers();
	return done_testing();
}
