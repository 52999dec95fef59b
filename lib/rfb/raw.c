#include "rfb/encoder.h"

static size_t
bound(void *state, size_t pixels)
{
	(void)state;
	return RFB_RECT_HEADER + 4 * pixels;
}

static struct rfb_written
encode(void *state, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	const uint8_t *row = p->pixels + r.y * p->stride + (size_t)r.x * 4;

	(void)state;
	rfb_rect(out, r, RFB_RAW);
	for (uint16_t y = 0; y < r.h; y++, row += p->stride) {
		uint8_t *to = wbuf_room(out, (size_t)r.w * wish->format.bytes);

		if (to)
			rfb_translate_bytes(&wish->format, to, row, r.w);
	}
	return (struct rfb_written){ .rects = 1 };
}

const struct rfb_encoder rfb_raw = {
	.encoding = RFB_RAW,
	.width = UINT16_MAX,
	.rows = 1,
	.bound = bound,
	.encode = encode,
};
