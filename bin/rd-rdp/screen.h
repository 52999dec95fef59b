/*
 * screen.h - the picture a client is to have, and what of it it lacks
 *
 * Of frames, what changed is copied when an update begins, so that what is
 * encoded is whole.
 */
#ifndef RD_RDP_SCREEN_H
#define RD_RDP_SCREEN_H

#include "frames/frames.h"
#include "pointer.h"

struct screen;

struct screen_ops {
	void (*size)(struct screen *s);    /* it is another from now on */
	void (*ready)(struct screen *s);   /* there is a newer frame */
	void (*pointer)(struct screen *s); /* its shape is another */
	void (*gone)(struct screen *s); /* no frames any more: attach again */
};

struct screen {
	void *arg;
	const struct screen_ops *ops;
	struct frames_reader reader;
	bool attached, fresh;
	uint16_t width, height; /* of the newest frames; 0: none yet */
	struct pointer pointer;

	/* What was taken, BGRX; rows and columns are there in fours. */
	uint8_t *pixels;
	size_t stride;
	struct region dirty; /* the client lacks this of it */
};

/* Read frames from fd, which is taken over; negative errno on failure. */
int screen_attach(struct screen *s, struct loop *loop, int fd,
    const struct screen_ops *ops, void *arg);
void screen_close(struct screen *s);

/*
 * Take the newest frame, if there is one: what changed is dirty from now on.
 * False when there is no picture that is whole: another frame is on its way.
 */
bool screen_take(struct screen *s);

/* The client has nothing of it. */
void screen_forget(struct screen *s);

#endif
