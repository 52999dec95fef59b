/*
 * input.h - what a client's hands do, towards rd-input, and what it says back
 */
#ifndef RD_RDP_INPUT_H
#define RD_RDP_INPUT_H

#include "events/events.h"
#include "keys.h"
#include "link/link.h"

struct input;

struct input_ops {
	/* This was copied at the display, borrowed. */
	void (*copied)(struct input *in, const struct event_bytes *forms);
	void (*gone)(struct input *in); /* nobody takes events: attach again */
};

struct input {
	void *arg;
	const struct input_ops *ops;
	struct link link; /* down: a client that only views */
	bool attached;
	struct keys keys;
	uint16_t x, y;  /* of the pointer, as the client has it */
	uint16_t first; /* half of a character, whose other half is to come */
	uint8_t out[EVENT_MAX];
};

/* fd is taken over; negative errno on failure. */
int input_attach(struct input *in, struct loop *loop, int fd,
    const struct input_ops *ops, void *arg);
void input_close(struct input *in);

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
