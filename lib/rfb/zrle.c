/* RFC 6143 section 7.7.6 */
#include "rfb/encoder.h"
#include "rfb/tile.h"
#include "rfb/zstream.h"

struct state {
	struct zstream stream;
	struct tile tile;
	uint8_t bytes[TILE_BYTES];
};

static size_t
bound(void *state, size_t pixels)
{
	struct state *s = state;

	/* A byte for each tile, of which there are narrow and low ones. */
	return RFB_RECT_HEADER + zstream_bound(&s->stream, 5 * pixels);
}

static struct rfb_written
encode(void *state, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	struct state *s = state;
	struct rect t = { 0 };

	rfb_rect(out, r, RFB_ZRLE);
	zstream_begin(&s->stream, out, wish);
	while (tile_next(r, TILE_SIDE_MAX, &t)) {
		struct wbuf w = wbuf_of(s->bytes, sizeof(s->bytes));

		tile_read(&s->tile, p, t, &wish->format);
		tile_write(&s->tile, wish->format.small, &w);
		zstream_put(&s->stream, out, s->bytes, wbuf_len(&w));
	}
	zstream_end(&s->stream, out);
	return (struct rfb_written){ .rects = 1 };
}

const struct rfb_encoder rfb_zrle = {
	.encoding = RFB_ZRLE,
	.width = RFB_PIECE_AREA / TILE_SIDE_MAX,
	.rows = TILE_SIDE_MAX,
	.state = sizeof(struct state),
	.open = zstream_open,
	.close = zstream_close,
	.bound = bound,
	.encode = encode,
};
