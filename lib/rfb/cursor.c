#include "rfb/cursor.h"

enum {
	VMWARE_ALPHA = 1,
	OPAQUE = 0x80, /* from this alpha on, where there is only all or none */
	BRIGHT = 0x80,
};

static uint8_t
channel(uint32_t argb, int shift)
{
	return (uint8_t)(argb >> shift);
}

static bool
is_opaque(uint32_t argb)
{
	return channel(argb, 24) >= OPAQUE;
}

static bool
is_bright(uint32_t argb)
{
	return (channel(argb, 16) * 3 + channel(argb, 8) * 6 +
		   channel(argb, 0)) /
	    10 >=
	    BRIGHT;
}

static void
put_head(struct wbuf *w, const struct rfb_cursor *c, int32_t encoding)
{
	rfb_rect(w, (struct rect){ c->xhot, c->yhot, c->w, c->h }, encoding);
}

/* A bit for each pixel; a row begins with a byte. */
static void
put_bits(struct wbuf *w, const struct rfb_cursor *c, bool (*is_set)(uint32_t))
{
	for (unsigned int y = 0; y < c->h; y++)
		for (unsigned int x = 0; x < c->w; x += 8) {
			unsigned int byte = 0;

			for (unsigned int i = x; i < x + 8; i++) {
				byte <<= 1;
				if (i < c->w)
					byte |= is_set(c->argb[y * c->w + i]);
			}
			wbuf_u8(w, (uint8_t)byte);
		}
}

/* Red, green, blue, alpha; multiplied or not. */
static void
put_rgba(struct wbuf *w, const struct rfb_cursor *c, bool multiplied)
{
	for (unsigned int i = 0; i < (unsigned int)c->w * c->h; i++) {
		unsigned int a = channel(c->argb[i], 24);

		for (int shift = 16; shift >= 0; shift -= 8) {
			unsigned int v = channel(c->argb[i], shift);

			wbuf_u8(w, (uint8_t)(multiplied ? v * a / 255 : v));
		}
		wbuf_u8(w, (uint8_t)a);
	}
}

static void
put_alpha(struct wbuf *w, const struct rfb_cursor *c)
{
	put_head(w, c, RFB_ALPHA_CURSOR);
	wbuf_u32(w, RFB_RAW);
	put_rgba(w, c, true);
}

static void
put_vmware(struct wbuf *w, const struct rfb_cursor *c)
{
	put_head(w, c, RFB_VMWARE_CURSOR);
	wbuf_u8(w, VMWARE_ALPHA);
	wbuf_u8(w, 0);
	put_rgba(w, c, false);
}

static void
put_pixels(
    struct wbuf *w, const struct rfb_cursor *c, const struct rfb_format *f)
{
	put_head(w, c, RFB_CURSOR);
	for (unsigned int i = 0; i < (unsigned int)c->w * c->h; i++) {
		uint32_t argb = c->argb[i];
		uint8_t bgrx[4] = { channel(argb, 0), channel(argb, 8),
			channel(argb, 16), 0 };
		uint8_t *p = wbuf_room(w, f->bytes);

		if (p)
			rfb_translate_bytes(f, p, bgrx, 1);
	}
	put_bits(w, c, is_opaque);
}

static bool
is_dark(uint32_t argb)
{
	return !is_bright(argb);
}

/* Black on white. */
static void
put_two_colours(struct wbuf *w, const struct rfb_cursor *c)
{
	put_head(w, c, RFB_XCURSOR);
	if (!c->w)
		return;
	wbuf_u24(w, 0x000000);
	wbuf_u24(w, 0xffffff);
	put_bits(w, c, is_dark);
	put_bits(w, c, is_opaque);
}

unsigned int
rfb_put_cursor(struct wbuf *w, const struct rfb_cursor *c,
    unsigned int features, const struct rfb_format *f)
{
	if (features & RFB_WANTS_ALPHA_CURSOR)
		put_alpha(w, c);
	else if (features & RFB_WANTS_VMWARE_CURSOR)
		put_vmware(w, c);
	else if (features & RFB_WANTS_CURSOR)
		put_pixels(w, c, f);
	else if (features & RFB_WANTS_XCURSOR)
		put_two_colours(w, c);
	else
		return 0;
	return 1;
}
