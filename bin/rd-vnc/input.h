/*
 * input.h - what a client's hands do, as rd-events(5)
 */
#ifndef RD_VNC_INPUT_H
#define RD_VNC_INPUT_H

#include "guest/hands.h"
#include "rfb/clipboard.h"
#include "rfb/message.h"

struct input {
	struct hands hands;
	uint16_t buttons, x, y; /* of the pointer, as the client has it */
	int64_t moved_us;
	unsigned int leds; /* set of enum event_led, at the display */
	char copied[EVENT_CLIPBOARD_MAX]; /* room for what the client did */
};

/* None of these does anything while nobody takes events. */
void input_key(struct input *in, const struct rfb_message *m);
void input_pointer(struct input *in, const struct rfb_message *m);
void input_size(struct input *in, uint16_t width, uint16_t height);
/* The client copied this; what is empty or no UTF-8 is left out. */
void input_copied(struct input *in, const struct rfb_copy *c);

#endif
