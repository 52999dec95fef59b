/*
 * screen.h - the picture a client is to have, and what of it it lacks
 *
 * Frames are copied, what changed of them, when an update begins, so that
 * what is encoded is whole and stays as it is until all of it is sent.
 */
#ifndef RD_VNC_SCREEN_H
#define RD_VNC_SCREEN_H

#include "frames/frames.h"
#include "rfb/cursor.h"
#include "scroll/scroll.h"

enum { SCREEN_COPIES = 4 };

/* What was moved within the client's picture, in this order. */
struct screen_copy {
	struct rect to;
	uint16_t x, y; /* where it was */
};

struct screen;

struct screen_ops {
	void (*size)(struct screen *s);   /* it is another from now on */
	void (*ready)(struct screen *s);  /* there is a newer frame */
	void (*cursor)(struct screen *s); /* its shape changed */
	void (*pointer)(struct screen *s);
	void (*gone)(struct screen *s); /* no frames any more: attach again */
};

struct screen {
	void *arg;
	const struct screen_ops *ops;
	struct frames_reader reader;
	bool attached;
	uint16_t width, height; /* of the newest frames; 0: none yet */
	bool fresh;             /* there is one to take */
	int pointer_x, pointer_y;
	struct rfb_cursor cursor;

	/* What was taken. */
	struct rfb_picture picture;
	uint8_t *pixels;
	uint64_t seq; /* of the frame it is */
	uint32_t slot;
	bool torn; /* it was overwritten meanwhile: no picture until the next */
	struct region dirty; /* the client lacks this of it */
	struct screen_copy copies[SCREEN_COPIES];
	unsigned int ncopies;
	struct scroll *scroll;
};

/* Read frames from fd, which is taken over; negative errno on failure. */
int screen_attach(struct screen *s, struct loop *loop, int fd,
    const struct screen_ops *ops, void *arg);
void screen_close(struct screen *s);

/*
 * Take the newest frame, if there is one: what changed is dirty from now on,
 * but for what is in copies, of which there are none without may_copy.
 * -ENOMEM when a larger picture has no room.
 */
int screen_take(struct screen *s, bool may_copy);

/* Is the picture one of what is there, whole? */
bool screen_is_whole(const struct screen *s);

#endif
