/*
 * screen.h - the picture a client is to have, and what of it it lacks
 *
 * It is read where the frame is, as long as that is there.  What an update
 * does not get sent at once is copied, so that it stays as it is until then.
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

	/* What was taken: the picture's pixels are the frame's, or these. */
	struct rfb_picture picture;
	uint8_t *pixels;
	struct region owed; /* not copied to them yet */
	uint64_t seq;       /* of the frame it is */
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

/*
 * After r of the picture was read: if that was overwritten meanwhile, it is
 * dirty, and there is no whole picture until the next frame.
 */
void screen_check(struct screen *s, struct rect r);

/* Whatever becomes of the frame, the picture stays from now on. */
void screen_keep(struct screen *s);

#endif
