/*
 * gfx.h - messages of RDP's graphics pipeline, [MS-RDPEGFX] 2.2
 *
 * Each gfx_put_...() writes one message as the channel carries it: wrapped as
 * [MS-RDPEGFX] 2.2.5 says, in one segment and not compressed, or, where it may
 * be longer than that, in several.  Works on the caller's bytes: no I/O.
 */
#ifndef RDP_GFX_H
#define RDP_GFX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

enum {
	GFX_RESET_SIZE = 340 + 2,  /* bytes of the longest but for pictures */
	GFX_SEGMENT = 65535,       /* bytes of a message in one of them */
	GFX_AVC_HEAD = 14,         /* bytes before an access unit */
	GFX_PICTURE_HEAD = 8 + 17, /* of a picture's message, before its data */
};

enum gfx_codec {
	GFX_UNCOMPRESSED = 0x0000,
	GFX_PLANAR = 0x000a,
	GFX_AVC420 = 0x000b,
};

enum gfx_type {
	GFX_OTHER, /* to be passed over */
	GFX_CAPS,
	GFX_ACK,
};

/* What a client says. */
struct gfx_message {
	enum gfx_type type;
	/* caps: the best version of those it has that we know, 0: none; */
	uint32_t version, flags;
	bool avc420; /* and what that says of H.264 */
	/* ack: */
	uint32_t frame;
	bool unasked; /* it will acknowledge no more, and does not mind */
};

/*
 * Read the message at the front of data: its length in bytes, or -EBADMSG.
 */
ssize_t gfx_decode(struct gfx_message *m, const void *data, size_t len);

void gfx_put_caps(struct wbuf *w, uint32_t version, uint32_t flags);
/* One monitor of this size. */
void gfx_put_reset(struct wbuf *w, uint16_t width, uint16_t height);
/* A surface of XRGB pixels. */
void gfx_put_surface(
    struct wbuf *w, uint16_t id, uint16_t width, uint16_t height);
/* It is all of the desktop. */
void gfx_put_map(struct wbuf *w, uint16_t id);
void gfx_put_delete(struct wbuf *w, uint16_t id);
void gfx_put_start(struct wbuf *w, uint32_t frame);
void gfx_put_end(struct wbuf *w, uint32_t frame);

struct gfx_picture {
	uint16_t surface;
	enum gfx_codec codec;
	uint16_t x, y, w, h; /* pixels */
	const uint8_t *data; /* as the codec has it */
	size_t len;
};

/* What goes before an access unit that shows all of these pixels. */
void gfx_put_avc(struct wbuf *w, uint16_t width, uint16_t height);

/* How many bytes gfx_put_picture() writes for len bytes of data. */
size_t gfx_picture_size(size_t len);
void gfx_put_picture(struct wbuf *w, const struct gfx_picture *p);

#endif
