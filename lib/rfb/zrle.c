/* RFC 6143 section 7.7.6 */
#include <errno.h>
#include <stdlib.h>

#include "rfb/encoder.h"
#include "rfb/tile.h"
#include "rfb/zstream.h"

struct state {
	struct zstream stream;
	struct tile tile;
	uint8_t bytes[TILE_BYTES];
};

static int
zrle_open(void **state)
{
	struct state *s = malloc(sizeof(*s));
	int err = s ? zstream_open(&s->stream) : -ENOMEM;

	if (err) {
		free(s);
		return err;
	}
	*state = s;
	return 0;
}

static void
zrle_close(void *state)
{
	struct state *s = state;

	zstream_close(&s->stream);
	free(s);
}

static size_t
bound(void *state, size_t pixels)
{
	struct state *s = state;

	/* A byte for each tile, of which there are narrow and low ones. */
	return RFB_RECT_HEADER + zstream_bound(&s->stream, 5 * pixels);
}

static uint16_t
side(int from, int end)
{
	return (
	    uint16_t)(end - from < TILE_SIDE_MAX ? end - from : TILE_SIDE_MAX);
}

static unsigned int
encode(void *state, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	struct state *s = state;

	rfb_rect(out, r, RFB_ZRLE);
	zstream_begin(&s->stream, out, wish);
	for (int y = r.y; y < r.y + r.h; y += TILE_SIDE_MAX)
		for (int x = r.x; x < r.x + r.w; x += TILE_SIDE_MAX) {
			struct wbuf w = wbuf_of(s->bytes, sizeof(s->bytes));

			tile_read(&s->tile, p,
			    (struct rect){ (uint16_t)x, (uint16_t)y,
				side(x, r.x + r.w), side(y, r.y + r.h) },
			    &wish->format);
			tile_write(&s->tile, wish->format.small, &w);
			zstream_put(&s->stream, out, s->bytes, wbuf_len(&w));
		}
	zstream_end(&s->stream, out);
	return 1;
}

const struct rfb_encoder rfb_zrle = {
	.encoding = RFB_ZRLE,
	.width = RFB_PIECE_AREA / TILE_SIDE_MAX,
	.rows = TILE_SIDE_MAX,
	.open = zrle_open,
	.close = zrle_close,
	.bound = bound,
	.encode = encode,
};
