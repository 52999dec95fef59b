/*
 * recording.h - recorded frames as a stream of bytes: rd-recording(5)
 *
 * Works on the caller's bytes: no allocation, no I/O.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include "frames/lines.h"

struct recording_item {
	/*
	 * What it says, but for what a file cannot keep: stride, slots and
	 * memory of a geometry, seq and slot of a frame.
	 */
	struct frames_line line;
	const char *text; /* the line with its newline, borrowed */
	size_t text_len;
	const uint8_t *pixels; /* of a frame, borrowed: packed rows */
};

/* Where reading is; all zero before the first byte. */
struct recording {
	bool greeted;
	uint32_t width, height; /* pixels; 0: no geometry yet */
	int64_t time_us;        /* of the newest frame */
	uint64_t offset;        /* bytes that items took up */
	const char *wrong;      /* what is, after -EBADMSG, at offset */
};

/* Bytes that the largest item of this size takes up. */
size_t recording_item_max(uint32_t width, uint32_t height);
/* Bytes of pixels in these rectangles. */
size_t recording_pixels(const struct region *g);

/*
 * Read the item at the front of p, a line or a frame with its pixels.  The
 * bytes it takes up, 0 when it is not whole yet, or -EBADMSG.
 */
ssize_t recording_next(struct recording *r, struct recording_item *i,
    const uint8_t *p, size_t len);
/* There is no more after these len bytes, no whole item.  0 or -EBADMSG. */
int recording_end(struct recording *r, size_t len);

/*
 * Write l as a line to out, which has size bytes, as frames_line_encode()
 * does; the pixels of a frame go behind it.
 */
ssize_t recording_encode(const struct frames_line *l, char *out, size_t size);

#endif
