/*
 * frames.h - pictures in shared memory, described by lines: rd-frames(5)
 *
 * The writer (rd-capture) keeps a ring of slots in a sealed memfd and tells
 * each reader, in one line per frame, which slot holds the newest picture
 * and which rectangles of it changed since the frame that reader was told
 * of before.  The reader maps the ring read-only and can tell when a slot
 * was written again under its eyes.
 */
#ifndef FRAMES_FRAMES_H
#define FRAMES_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/region.h"
#include "frames/ring.h"
#include "link/link.h"

enum { FRAMES_LINE_MAX = 65536 }; /* bytes: a PNG in base64 */

struct frame {
	uint64_t seq;
	int64_t time_us; /* CLOCK_MONOTONIC when it was captured */
	uint32_t slot;
	const uint8_t *pixels; /* top left; valid until the next geometry() */
	struct region damage;  /* changed since the last valid frame taken */
};

struct frames_reader;

struct frames_reader_ops {
	/*
	 * The size is g from now on (first, and whenever it changes); every
	 * pixel counts as damaged.
	 */
	void (*geometry)(
	    struct frames_reader *r, const struct frames_geometry *g);
	/* There is a frame to take, once per batch of lines. */
	void (*ready)(struct frames_reader *r);
	/*
	 * Somebody pressed a key or button: the next frames may show what
	 * came of it.  May be NULL.
	 */
	void (*input)(struct frames_reader *r);
	/* A "cursor", "pointer" or "window" line, without newline. */
	void (*line)(struct frames_reader *r, const char *line, size_t len);
	/*
	 * The writer is gone: err 0 at its end of stream, else negative
	 * errno (-EBADMSG: malformed).  With retry it is connected again and
	 * geometry() follows; without, this is final, and a frame that was
	 * not taken can still be.
	 */
	void (*down)(struct frames_reader *r, int err);
	/*
	 * The stream's first byte is not one of frames: its bytes, with the
	 * result of a link's input().  NULL: such a stream is -EBADMSG.
	 */
	ssize_t (*other)(struct frames_reader *r, const uint8_t *p, size_t len);
};

struct frames_reader {
	void *arg;
	const struct frames_reader_ops *ops;
	struct link link;
	struct frames_geometry geometry;
	struct ring ring;
	bool greeted, started, fresh, acks, foreign;
	int fps; /* asked for; 0: not */
	struct frame newest;
	struct region missed; /* damage of frames not taken, or torn */
};

/*
 * Read frames from addr (rd-addr(7)); retry as in link_connect().  The
 * caller sets nothing before and calls frames_reader_close() at the end.
 * Negative errno on failure.
 */
int frames_reader_open(struct frames_reader *r, struct loop *loop,
    const char *addr, bool retry, const struct frames_reader_ops *ops,
    void *arg);
/* The same from a socket that is connected, which is taken over. */
int frames_reader_attach(struct frames_reader *r, struct loop *loop, int fd,
    const struct frames_reader_ops *ops, void *arg);
void frames_reader_close(struct frames_reader *r);

/*
 * Take the newest frame, with the damage of all that were skipped merged in.
 * False when there is none that was not taken before.
 */
bool frames_reader_take(struct frames_reader *r, struct frame *f);

/*
 * After the pixels were read: true when they are whole.  False when the slot
 * was overwritten meanwhile; then what was read must not be used, and f's
 * damage comes again with the next frame, which is on its way: f needs no
 * frames_reader_ack().
 */
bool frames_reader_check(struct frames_reader *r, const struct frame *f);

/*
 * Tell the writer that f is done with.  A writer that was told once sends
 * the next frame only when the last is done with, so that what comes is
 * always the newest.
 */
void frames_reader_ack(struct frames_reader *r, const struct frame *f);

/* Ask for at most fps frames per second, 1..1000. */
void frames_reader_rate(struct frames_reader *r, int fps);

#endif
