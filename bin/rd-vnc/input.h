/*
 * input.h - what a client's hands do, towards rd-input, and what it says back
 */
#ifndef RD_VNC_INPUT_H
#define RD_VNC_INPUT_H

#include "events/events.h"
#include "link/link.h"
#include "rfb/message.h"

struct input;

struct input_ops {
	void (*clipboard)(struct input *in, const char *text, size_t len);
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
	size_t text_len;   /* of what the client copied */
	char text[EVENT_CLIPBOARD_MAX];
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
/* The client copied the UTF-8 that is in in->text. */
void input_copied(struct input *in);

#endif
