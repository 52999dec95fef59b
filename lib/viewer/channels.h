/*
 * channels.h - a viewer's messages and rd-events(5) lines, both ways
 *
 * The viewer's messages are checked one by one; what is an event goes to
 * rd-input, anything else is dropped and counted.  What carries them, data
 * channels or a stream, is the caller's.
 */
#ifndef VIEWER_CHANNELS_H
#define VIEWER_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "events/events.h"
#include "link/link.h"

/* Of a clipboard, which is longer than some can carry at a time. */
enum { CHANNEL_PIECE = 65536 };

enum channel {
	CHANNEL_EVENTS, /* ordered and reliable */
	CHANNEL_MOTION, /* numbered motion that may get lost */
};

enum {
	CHANNEL_LINES = 3, /* size, cursor, window */
	CHANNEL_LINE_MAX = 65536,
	CHANNEL_LEAD_US = 1000000,
};

struct channels {
	void *arg;
	/* A message for the viewer; dropped while it cannot be sent. */
	void (*send)(void *arg, const void *p, size_t len);

	/*
	 * The viewer asks how its picture does: KEY=VALUE pairs into out, what
	 * happened since it last asked.  Their length, below size.
	 */
	size_t (*stats)(void *arg, char *out, size_t size);

	/* The viewer gave input; said at most once in CHANNEL_LEAD_US. */
	void (*leads)(void *arg);

	/* Who controls chose between sharp and smooth: a control line. */
	void (*mode)(void *arg, const char *line);

	const char
	    *events; /* rd-input's address; NULL: the viewer only views */
	bool retry;
	struct link link;
	uint64_t next_motion;
	int64_t led_us; /* when leads() was last called */
	bool relative;  /* the viewer does not know where its pointer is */
	unsigned long dropped;
	/* The newest of each that a newcomer needs. */
	char line[CHANNEL_LINES][CHANNEL_LINE_MAX];
	size_t line_len[CHANNEL_LINES];
	size_t in_len; /* of a clipboard that comes in pieces */
	uint8_t in[EVENT_MAX];
	uint8_t out[EVENT_MAX + 1];
};

/* The viewer is there: connect to rd-input.  Negative errno on failure. */
int channels_start(struct channels *c, struct loop *loop);
void channels_close(struct channels *c);
/* The viewer is out of reach: what it holds down is let go at once. */
void channels_let_go(struct channels *c);

/* The viewer can be sent messages from now on: it gets the newest lines. */
void channels_opened(struct channels *c);
/* A message from the viewer. */
void channels_message(
    struct channels *c, enum channel which, const uint8_t *p, size_t len);

/* A "cursor", "pointer", "size" or "window" line for the viewer. */
void channels_line(struct channels *c, const uint8_t *line, size_t len);

#endif
