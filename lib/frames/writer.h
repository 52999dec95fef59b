/*
 * writer.h - one stream of frames to any number of readers: rd-frames(5)
 *
 * No frame is ever queued.  What a reader was not told of is merged into
 * the damage of the next frame it can take: when its link has room, it is
 * done with the last frame (if it says so) and its rate allows.
 */
#ifndef FRAMES_WRITER_H
#define FRAMES_WRITER_H

#include "base/pace.h"
#include "frames/frames.h"

enum { FRAMES_READERS = 32 };

enum frames_kept { FRAMES_LINE_CURSOR, FRAMES_LINE_WINDOW, FRAMES_LINES };

struct frames_writer;

struct frames_peer {
	struct link link;
	struct frames_writer *writer;
	bool used, greeted, acks, geometry_due, pointer_due;
	bool line_due[FRAMES_LINES];
	uint64_t sent, acked;
	int64_t interval_us; /* the rate it asked for */
	struct pace pace;
	struct loop_timer timer; /* set while that holds a frame back */
	struct region pending;   /* changed since the last frame sent */
};

struct frames_writer {
	/* Set by the caller before frames_writer_open(). */
	void *arg;
	/* The first reader came, or the last one went. */
	void (*wanted)(struct frames_writer *w, bool wanted);
	/* A reader may take a frame that could not before. */
	void (*ready)(struct frames_writer *w);
	/* Standard output, the only reader, is gone. */
	void (*closed)(struct frames_writer *w, int err);

	struct loop *loop;
	struct link_server server;
	struct frames_peer peers[FRAMES_READERS];
	unsigned int count;
	const struct ring *ring;
	struct frame newest; /* seq 0: none in this ring yet */
	char line[FRAMES_LINES][FRAMES_LINE_MAX];
	size_t line_len[FRAMES_LINES];
	int x, y;
	bool pointer_known;
};

/*
 * Serve path (NULL: standard output) with the slots of ring, which is sealed
 * and stays until frames_writer_ring() names another one.  Negative errno on
 * failure.
 */
int frames_writer_open(struct frames_writer *w, struct loop *loop,
    const char *path, const struct ring *ring);
void frames_writer_close(struct frames_writer *w);

/* The size changed: everybody starts again with this ring. */
void frames_writer_ring(struct frames_writer *w, const struct ring *ring);

/*
 * Frame f is whole in its slot; its damage is what changed since the one
 * before, the whole picture for the first in a ring.  Copied.
 */
void frames_writer_frame(struct frames_writer *w, const struct frame *f);

/*
 * A whole line of this kind with its newline, copied; kept for newcomers, and
 * not said again when it is the same.
 */
void frames_writer_line(struct frames_writer *w, enum frames_kept kind,
    const char *line, size_t len);
void frames_writer_pointer(struct frames_writer *w, int x, int y);

/*
 * Somebody pressed a key or button, and waits for what comes of it: readers
 * are told, and their rates hold back none of the next PACE_EXTRA frames.
 */
void frames_writer_hurry(struct frames_writer *w);

/* True when a reader could take a frame now; else ready() says when. */
bool frames_writer_ready(struct frames_writer *w);
/* True when a reader is done with all frames so far, and can take another. */
bool frames_writer_taken(struct frames_writer *w);
/* True when every line said so far has left; else ready() says when. */
bool frames_writer_idle(const struct frames_writer *w);

#endif
