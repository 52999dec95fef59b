/* RFC 6143 section 7.7.5 */
#include "rfb/encoder.h"
#include "rfb/tile.h"

enum { SIDE = 16 };

static size_t
bound(void *state, size_t pixels)
{
	(void)state;
	/* A byte for each tile, of which there are narrow and low ones. */
	return RFB_RECT_HEADER + 5 * pixels;
}

static struct rfb_written
encode(void *state, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	struct tile *tile = state;
	struct rect t = { 0 };

	rfb_rect(out, r, RFB_TRLE);
	while (tile_next(r, SIDE, &t)) {
		tile_read(tile, p, t, &wish->format);
		tile_write(tile, wish->format.small, out);
	}
	return (struct rfb_written){ .rects = 1 };
}

const struct rfb_encoder rfb_trle = {
	.encoding = RFB_TRLE,
	.width = RFB_PIECE_AREA / SIDE,
	.rows = SIDE,
	.state = sizeof(struct tile),
	.bound = bound,
	.encode = encode,
};
