/* RFC 6143 section 7.7.6: what Raw would be, compressed */
#include "rfb/encoder.h"
#include "rfb/zstream.h"

enum {
	WIDTH = 4096, /* pixels of a piece, at most */
};

struct state {
	struct zstream stream;
	uint8_t row[4 * WIDTH];
};

static size_t
bound(void *state, size_t pixels)
{
	struct state *s = state;

	return RFB_RECT_HEADER + zstream_bound(&s->stream, 4 * pixels);
}

static struct rfb_written
encode(void *state, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	struct state *s = state;
	const struct rfb_format *f = &wish->format;
	const uint8_t *row = p->pixels + r.y * p->stride + (size_t)r.x * 4;

	rfb_rect(out, r, RFB_ZLIB);
	zstream_begin(&s->stream, out, wish);
	for (uint16_t y = 0; y < r.h; y++, row += p->stride) {
		rfb_translate_bytes(f, s->row, row, r.w);
		zstream_put(&s->stream, out, s->row, (size_t)r.w * f->bytes);
	}
	zstream_end(&s->stream, out);
	return (struct rfb_written){ .rects = 1 };
}

const struct rfb_encoder rfb_zlib = {
	.encoding = RFB_ZLIB,
	.width = WIDTH,
	.rows = 1,
	.state = sizeof(struct state),
	.open = zstream_open,
	.close = zstream_close,
	.bound = bound,
	.encode = encode,
};
