/*
 * input.h - what a client's hands do, towards rd-input, and what it says back
 */
#ifndef RD_VNC_INPUT_H
#define RD_VNC_INPUT_H

#include "events/events.h"
#include "link/link.h"
#include "rfb/clipboard.h"
#include "rfb/message.h"

struct input;

struct input_ops {
	/* EVENT_FORMS of them, borrowed. */
	void (*clipboard)(struct input *in, const struct event_bytes *forms);
	void (*leds)(struct input *in);
	void (*gone)(struct input *in); /* nobody takes events: attach again */
};

struct input {
	void *arg;
	const struct input_ops *ops;
	struct link link; /* down: a client that only views */
	bool attached;
	uint16_t buttons, x, y; /* of the pointer, as the client has it */
	int64_t moved_us;
	unsigned int leds; /* set of enum event_led, at the display */
	char copied[EVENT_CLIPBOARD_MAX]; /* room for what the client did */
	uint8_t out[EVENT_MAX];
};

/* fd is taken over; negative errno on failure. */
int input_attach(struct input *in, struct loop *loop, int fd,
    const struct input_ops *ops, void *arg);
void input_close(struct input *in);

/* None of these does anything while nobody takes events. */
void input_key(struct input *in, const struct rfb_message *m);
void input_pointer(struct input *in, const struct rfb_message *m);
void input_size(struct input *in, uint16_t width, uint16_t height);
/* The client copied this; what is empty or no UTF-8 is left out. */
void input_copied(struct input *in, const struct rfb_copy *c);

#endif
