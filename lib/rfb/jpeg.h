/*
 * jpeg.h - a rectangle as a JPEG
 *
 * Pure; what is made depends on the pixels and the wish alone.
 */
#ifndef RFB_JPEG_H
#define RFB_JPEG_H

#include "rfb/encoder.h"

struct jpeg {
	void *turbo;
};

/* As of rfb_encoder, for a state that this is at the front of. */
int jpeg_open(void *jpeg);
void jpeg_close(void *jpeg);

/*
 * May r be one?  The client has to have a quality and colours that are worth
 * it, and the rectangle must neither be small nor narrow.
 */
bool jpeg_may(const struct rfb_wish *wish, struct rect r);

/* Most bytes of one, or of several, that may be one. */
size_t jpeg_bound(size_t pixels);

/*
 * Write r, which may be one, into out, which has room for it.  False, with
 * nothing written, when there is no memory.
 */
bool jpeg_write(struct jpeg *j, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out);

#endif
