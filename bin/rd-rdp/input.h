/*
 * input.h - what a client's hands do, as rd-events(5)
 */
#ifndef RD_RDP_INPUT_H
#define RD_RDP_INPUT_H

#include "guest/hands.h"
#include "keys.h"

struct input {
	struct hands hands;
	struct keys keys;
	uint16_t x, y;  /* of the pointer, as the client has it */
	uint16_t first; /* half of a character, whose other half is to come */
};

/*
 * [MS-RDPBCGR] 2.2.8.1.1.3.1.1: flags and values as there.  None of these
 * does anything while nobody takes events.
 */
void input_scancode(struct input *in, uint16_t flags, uint8_t code);
void input_unicode(struct input *in, uint16_t flags, uint16_t unit);
void input_mouse(struct input *in, uint16_t flags, uint16_t x, uint16_t y);
void input_mouse_extra(
    struct input *in, uint16_t flags, uint16_t x, uint16_t y);
/* The client copied this. */
void input_copy(struct input *in, const struct event_bytes *forms);
/* An EVENT_SIZE; false when nobody takes it. */
bool input_size(struct input *in, const struct event *e);
void input_sync(struct input *in, uint32_t flags);

#endif
