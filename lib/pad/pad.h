/*
 * pad.h - a gamepad as Linux has it, from one as browsers have it
 *
 * The layout of an Xbox 360 pad under the driver xpad, which is what games
 * know best; the browsers' is "standard gamepad" of W3C's Gamepad.
 * Pure: no I/O, no allocation.
 */
#ifndef PAD_PAD_H
#define PAD_PAD_H

#include <stdint.h>

enum {
	PADS = 4,
	PAD_KEYS = 11,
	PAD_AXES = 8,
	PAD_CONTROLS = PAD_KEYS + PAD_AXES,
	PAD_VENDOR = 0x045e,
	PAD_PRODUCT = 0x028e,
	PAD_VERSION = 0x0110,
};

#define PAD_NAME "Microsoft X-Box 360 pad"

struct pad_control {
	uint16_t type, code; /* EV_KEY or EV_ABS, BTN_* or ABS_* */
	int min, max, fuzz, flat;
};

/* Keys, then axes, each by code, as the interface js numbers them. */
extern const struct pad_control pad_controls[PAD_CONTROLS];

/* Set what a button (0 to 16, value 0 to 255) or axis (0 to 3) does. */
void pad_button(int values[PAD_CONTROLS], unsigned int button, int value);
void pad_axis(int values[PAD_CONTROLS], unsigned int axis, int value);

#endif
