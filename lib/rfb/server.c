#include "rfb/server.h"

#include <string.h>

#include "rfb/encoder.h"
#include "rfb/wants.h"

enum {
	UPDATE = 0,
	SOUND_ENDS = 0, /* of RFB_QEMU_SOUND */
	SOUND_BEGINS = 1,
	SOUND_DATA = 2,
};

static void
put_string(struct wbuf *w, const char *text)
{
	wbuf_u32(w, (uint32_t)strlen(text));
	wbuf_put(w, text, strlen(text));
}

void
rfb_put_init(struct wbuf *w, uint16_t width, uint16_t height,
    const struct rfb_format *f, const char *name)
{
	wbuf_u16(w, width);
	wbuf_u16(w, height);
	rfb_format_encode(f, w);
	put_string(w, name);
}

void
rfb_put_update(struct wbuf *w, uint16_t rects)
{
	wbuf_u8(w, UPDATE);
	wbuf_u8(w, 0);
	wbuf_u16(w, rects);
}

void
rfb_put_last_rect(struct wbuf *w)
{
	rfb_put_yes(w, RFB_LAST_RECT);
}

void
rfb_put_video(
    struct wbuf *w, struct rect r, uint32_t flags, const void *unit, size_t len)
{
	rfb_rect(w, r, RFB_VIDEO);
	wbuf_u32(w, (uint32_t)len);
	wbuf_u32(w, flags);
	wbuf_put(w, unit, len);
}

void
rfb_put_yes(struct wbuf *w, int32_t encoding)
{
	rfb_rect(w, (struct rect){ 0 }, encoding);
}

void
rfb_put_size(struct wbuf *w, uint16_t width, uint16_t height)
{
	rfb_rect(w, (struct rect){ .w = width, .h = height }, RFB_DESKTOP_SIZE);
}

void
rfb_put_extended_size(struct wbuf *w, enum rfb_size_reason reason,
    enum rfb_size_status status, const struct rfb_screen *all)
{
	rfb_rect(w,
	    (struct rect){ (uint16_t)reason, (uint16_t)status, all->w, all->h },
	    RFB_EXTENDED_SIZE);
	wbuf_u8(w, 1);
	wbuf_u24(w, 0);
	wbuf_u32(w, all->id);
	wbuf_u16(w, 0);
	wbuf_u16(w, 0);
	wbuf_u16(w, all->w);
	wbuf_u16(w, all->h);
	wbuf_u32(w, all->flags);
}

void
rfb_put_name(struct wbuf *w, const char *name)
{
	rfb_rect(w, (struct rect){ 0 }, RFB_DESKTOP_NAME);
	put_string(w, name);
}

void
rfb_put_pointer(struct wbuf *w, int32_t encoding, uint16_t x, uint16_t y)
{
	rfb_rect(w, (struct rect){ .x = x, .y = y }, encoding);
}

/* QEMU's bits are ours; VMware's are the same in a longer word. */
void
rfb_put_leds(struct wbuf *w, int32_t encoding, uint8_t leds)
{
	rfb_rect(w, (struct rect){ 0 }, encoding);
	if (encoding == RFB_QEMU_LEDS)
		wbuf_u8(w, leds);
	else
		wbuf_u32(w, leds);
}

void
rfb_put_fence(struct wbuf *w, uint32_t flags, const void *payload, size_t len)
{
	wbuf_u8(w, RFB_FENCE);
	wbuf_u24(w, 0);
	wbuf_u32(w, flags);
	wbuf_u8(w, (uint8_t)len);
	wbuf_put(w, payload, len);
}

void
rfb_put_end_of_continuous(struct wbuf *w)
{
	wbuf_u8(w, RFB_CONTINUOUS);
}

static void
put_sound(struct wbuf *w, uint16_t what)
{
	wbuf_u8(w, RFB_QEMU);
	wbuf_u8(w, RFB_QEMU_SOUND);
	wbuf_u16(w, what);
}

void
rfb_put_sound(struct wbuf *w, bool begins)
{
	put_sound(w, begins ? SOUND_BEGINS : SOUND_ENDS);
}

void
rfb_put_sound_head(struct wbuf *w, size_t len)
{
	put_sound(w, SOUND_DATA);
	wbuf_u32(w, (uint32_t)len);
}
