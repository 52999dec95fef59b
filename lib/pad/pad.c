#include "pad/pad.h"

#include <linux/input.h>

#define STICK(code)                                                            \
	{                                                                      \
		EV_ABS, code, -32768, 32767, 16, 128                           \
	}

const struct pad_control pad_controls[PAD_CONTROLS] = {
	{ EV_KEY, BTN_A, 0, 1, 0, 0 },
	{ EV_KEY, BTN_B, 0, 1, 0, 0 },
	{ EV_KEY, BTN_X, 0, 1, 0, 0 },
	{ EV_KEY, BTN_Y, 0, 1, 0, 0 },
	{ EV_KEY, BTN_TL, 0, 1, 0, 0 },
	{ EV_KEY, BTN_TR, 0, 1, 0, 0 },
	{ EV_KEY, BTN_SELECT, 0, 1, 0, 0 },
	{ EV_KEY, BTN_START, 0, 1, 0, 0 },
	{ EV_KEY, BTN_MODE, 0, 1, 0, 0 },
	{ EV_KEY, BTN_THUMBL, 0, 1, 0, 0 },
	{ EV_KEY, BTN_THUMBR, 0, 1, 0, 0 },
	STICK(ABS_X),
	STICK(ABS_Y),
	{ EV_ABS, ABS_Z, 0, 255, 0, 0 },
	STICK(ABS_RX),
	STICK(ABS_RY),
	{ EV_ABS, ABS_RZ, 0, 255, 0, 0 },
	{ EV_ABS, ABS_HAT0X, -1, 1, 0, 0 },
	{ EV_ABS, ABS_HAT0Y, -1, 1, 0, 0 },
};

/* Where a button goes, and for one of the cross in which direction. */
static const struct {
	uint16_t type, code;
	int way;
} buttons[] = {
	{ EV_KEY, BTN_A, 0 },
	{ EV_KEY, BTN_B, 0 },
	{ EV_KEY, BTN_X, 0 },
	{ EV_KEY, BTN_Y, 0 },
	{ EV_KEY, BTN_TL, 0 },
	{ EV_KEY, BTN_TR, 0 },
	{ EV_ABS, ABS_Z, 0 },
	{ EV_ABS, ABS_RZ, 0 },
	{ EV_KEY, BTN_SELECT, 0 },
	{ EV_KEY, BTN_START, 0 },
	{ EV_KEY, BTN_THUMBL, 0 },
	{ EV_KEY, BTN_THUMBR, 0 },
	{ EV_ABS, ABS_HAT0Y, -1 },
	{ EV_ABS, ABS_HAT0Y, 1 },
	{ EV_ABS, ABS_HAT0X, -1 },
	{ EV_ABS, ABS_HAT0X, 1 },
	{ EV_KEY, BTN_MODE, 0 },
};

static int *
find(int values[PAD_CONTROLS], uint16_t type, uint16_t code)
{
	int i = 0;

	while (pad_controls[i].type != type || pad_controls[i].code != code)
		i++;
	return &values[i];
}

void
pad_button(int values[PAD_CONTROLS], unsigned int button, int value)
{
	int *v = find(values, buttons[button].type, buttons[button].code);
	int way = buttons[button].way;

	if (way && value > 127)
		*v = way;
	else if (way)
		*v = *v == way ? 0 : *v; /* the other one may be down */
	else if (buttons[button].type == EV_KEY)
		*v = value > 127;
	else
		*v = value;
}

void
pad_axis(int values[PAD_CONTROLS], unsigned int axis, int value)
{
	static const uint16_t codes[] = { ABS_X, ABS_Y, ABS_RX, ABS_RY };

	*find(values, EV_ABS, codes[axis]) = value;
}
