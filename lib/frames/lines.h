/*
 * lines.h - the lines of rd-frames(5), both ways
 *
 * Works on the caller's bytes: no allocation, no I/O.
 */
#ifndef FRAMES_LINES_H
#define FRAMES_LINES_H

#include "frames/frames.h"

enum frames_line_kind {
	FRAMES_UNKNOWN, /* to be skipped: a later version may say more */
	/* from the writer */
	FRAMES_HELLO,
	FRAMES_GEOMETRY,
	FRAMES_FRAME,
	FRAMES_CURSOR,
	FRAMES_POINTER,
	FRAMES_INPUT,
	FRAMES_WINDOW,
	/* from the reader */
	FRAMES_ACK,
	FRAMES_RATE,
};

enum {
	FRAMES_TEXT_MAX = 1024,  /* bytes of any line without a PNG */
	FRAMES_CURSOR_MAX = 256, /* pixels, either way */
	FRAMES_RATE_MAX = 1000,  /* frames per second */
	FRAMES_TITLE_MAX = 255,  /* bytes */
};

struct frames_line {
	enum frames_line_kind kind;
	union {
		struct {
			struct frames_geometry size;
			int pid, fd; /* where the memory is */
		} geometry;
		struct {
			uint64_t seq; /* of an ack too */
			int64_t time_us;
			uint32_t slot;
			struct region damage;
		} frame;
		struct {
			int width, height, xhot, yhot; /* 0: hidden */
			const char *png;               /* base64, borrowed */
			size_t png_len;
		} cursor;
		struct {
			int x, y;
		} pointer;
		struct {
			const char *icon, *title; /* base64, UTF-8; borrowed */
			size_t icon_len, title_len; /* icon 0: none */
		} window;
		int fps;
	};
};

/*
 * Read one line, without its newline.  0, or -EBADMSG when it begins with a
 * known word and goes on wrong.  Whether rectangles and slot are inside the
 * geometry is for the caller to check.
 */
int frames_line_decode(struct frames_line *l, const char *line, size_t len);

/*
 * Write l as a line with its newline to out, which has size bytes:
 * FRAMES_TEXT_MAX are enough, FRAMES_LINE_MAX for a cursor or window.  Its
 * length, or -ENOSPC.
 */
ssize_t frames_line_encode(const struct frames_line *l, char *out, size_t size);

/*
 * Append the rectangles of g, " x y w h" each, and a newline to the n bytes
 * in out.  The length of all, size or more when it did not fit.
 */
int frames_rects_print(const struct region *g, char *out, size_t size, int n);

#endif
