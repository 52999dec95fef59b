/* Any pixels in any format by any encoder: they fit where they have to. */
#include <stdlib.h>

#include "rfb/encoder.h"

enum { SIDE = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int32_t list[] = { RFB_RAW, RFB_HEXTILE, RFB_ZLIB, RFB_TIGHT,
	RFB_TRLE, RFB_ZRLE, RFB_JPEG };
static uint8_t pixels[4 * SIDE * SIDE];
static struct rfb_encoders encoders;

/* What there is, over and over. */
static void
paint(struct rbuf *r)
{
	size_t n = rbuf_left(r);

	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = n ? r->p[i * i / 7 % n] : 0;
}

static void
encode(const struct rfb_encoder *e, struct rect r, const struct rfb_wish *wish)
{
	const struct rfb_picture picture = { pixels, (size_t)4 * SIDE, SIDE,
		SIDE };
	size_t bound = rfb_encoders_bound(&encoders, e, (size_t)r.w * r.h);
	uint8_t *out = malloc(bound);
	struct wbuf w = wbuf_of(out, bound);
	struct rfb_written n = rfb_encode(&encoders, e, &picture, r, wish, &w);

	if (w.bad || !n.rects || (n.rects > 1 && !wish->splits) ||
	    (n.lossy && wish->quality < 1))
		abort();
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rbuf r = rbuf_of(data, size);
	const struct rfb_encoder *e =
	    rfb_encoder_of(list[rbuf_u8(&r) % (sizeof(list) / sizeof(*list))]);
	struct rfb_wish wish = { .compress = rbuf_u8(&r) % 11 - 1,
		.quality = rbuf_u8(&r) % 102 - 1,
		.hues = rbuf_u8(&r) % 4,
		.splits = rbuf_u8(&r) % 2,
		.apart = rbuf_u8(&r) % 2 };
	struct rect at = { rbuf_u8(&r) % SIDE, rbuf_u8(&r) % SIDE, rbuf_u8(&r),
		rbuf_u8(&r) };

	if (rfb_format_decode(&wish.format, &r) || !at.w || !at.h ||
	    at.x + at.w > SIDE || at.y + at.h > SIDE)
		return 0;
	if (!wish.quality)
		wish.quality = 1;
	if (rfb_encoders_open(&encoders, e))
		abort();
	paint(&r);
	encode(e, at, &wish);
	return 0;
}
