/*
 * server.h - what a server says after the handshake, but for pixels
 *
 * RFC 6143 sections 7.3.2, 7.6 and 7.8, and the RFB protocol's community
 * edition.  Everything goes into a buffer that has room for it.  Pure.
 */
#ifndef RFB_SERVER_H
#define RFB_SERVER_H

#include "base/buf.h"
#include "frames/region.h"
#include "rfb/format.h"
#include "rfb/message.h"

enum {
	RFB_TITLE_MAX = 255,        /* bytes of a desktop's name */
	RFB_MANY_RECTS = 0xffff,    /* until LastRect */
	RFB_FENCE_BEFORE = 1u << 0, /* flags of a fence */
	RFB_FENCE_AFTER = 1u << 1,
	RFB_FENCE_SYNC_NEXT = 1u << 2,
	RFB_LED_SCROLL = 1,
	RFB_LED_NUM = 2,
	RFB_LED_CAPS = 4,
	RFB_VIDEO_RESET = 2, /* of every decoder, before a unit */
	RFB_VIDEO_HEAD = 20, /* bytes before it */
	/* The most that one of these writes, but for text and video. */
	RFB_SERVER_OUT = 512,
};

#define RFB_FENCE_REQUEST (1u << 31)

/* Why a size is told, and what came of asking for it. */
enum rfb_size_reason {
	RFB_SIZE_SERVER,
	RFB_SIZE_CLIENT,
	RFB_SIZE_OTHER,
};
enum rfb_size_status {
	RFB_SIZE_OK,
	RFB_SIZE_PROHIBITED,
	RFB_SIZE_NO_RESOURCES,
	RFB_SIZE_INVALID,
};

/* ServerInit. */
void rfb_put_init(struct wbuf *w, uint16_t width, uint16_t height,
    const struct rfb_format *f, const char *name);

/* The head of an update of so many rectangles, which follow. */
void rfb_put_update(struct wbuf *w, uint16_t rects);
void rfb_put_last_rect(struct wbuf *w);

/* Rectangles that say something else. */
void rfb_put_size(struct wbuf *w, uint16_t width, uint16_t height);
void rfb_put_extended_size(struct wbuf *w, enum rfb_size_reason reason,
    enum rfb_size_status status, const struct rfb_screen *all);
void rfb_put_name(struct wbuf *w, const char *name);
void rfb_put_pointer(struct wbuf *w, int32_t encoding, uint16_t x, uint16_t y);
void rfb_put_leds(struct wbuf *w, int32_t encoding, uint8_t leds);
/* That what the encoding stands for is understood. */
void rfb_put_yes(struct wbuf *w, int32_t encoding);

/* A rectangle of Open H.264: an access unit. */
void rfb_put_video(struct wbuf *w, struct rect r, uint32_t flags,
    const void *unit, size_t len);

/* Messages. */
void rfb_put_fence(
    struct wbuf *w, uint32_t flags, const void *payload, size_t len);
void rfb_put_end_of_continuous(struct wbuf *w);
/* Sound begins or ends. */
void rfb_put_sound(struct wbuf *w, bool begins);
/* So many bytes of it follow. */
void rfb_put_sound_head(struct wbuf *w, size_t len);

#endif
