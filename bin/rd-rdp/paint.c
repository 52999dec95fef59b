#include "paint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
	SURFACE = 1,
	UPDATE_BYTES = 30000, /* in a bitmap update before it is sent */
};

static size_t
plain_size(size_t w, size_t h)
{
	return w * h * 4 + 2;
}

int
paint_open(struct paint *p, freerdp_peer *peer, struct channel *channel,
    struct screen *screen)
{
	p->channel = channel;
	p->peer = peer;
	p->screen = screen;
	p->planar = freerdp_bitmap_planar_context_new(
	    PLANAR_FORMAT_HEADER_NA | PLANAR_FORMAT_HEADER_RLE, PAINT_TILE,
	    PAINT_TILE);
	p->plain = freerdp_bitmap_planar_context_new(
	    PLANAR_FORMAT_HEADER_NA, PAINT_TILE, PAINT_TILE);
	p->interleaved = bitmap_interleaved_context_new(TRUE);
	return p->planar && p->plain && p->interleaved ? 0 : -ENOMEM;
}

void
paint_close(struct paint *p)
{
	freerdp_bitmap_planar_context_free(p->planar);
	freerdp_bitmap_planar_context_free(p->plain);
	bitmap_interleaved_context_free(p->interleaved);
	free(p->flipped);
	free(p->coded);
	free(p->out);
	free(p->unit);
}

/* Runs of pixels or, where that would be longer, as they are: 0 is failure. */
static uint32_t
encode_planar(struct paint *p, const uint8_t *pixels, size_t stride, uint32_t w,
    uint32_t h, uint8_t *out)
{
	BITMAP_PLANAR_CONTEXT *ways[] = { p->planar, p->plain };
	uint32_t size = 0;

	for (int i = 0; i < 2; i++)
		if (freerdp_bitmap_compress_planar(ways[i], pixels,
			PIXEL_FORMAT_BGRX32, w, h, (uint32_t)stride, out,
			&size))
			return size;
	return 0;
}

/* --- bitmap updates: [MS-RDPBCGR] 2.2.9.1.1.3.1.2 */

static int
flush_tiles(struct paint *p)
{
	BITMAP_UPDATE u = {
		.count = p->ntiles, .number = p->ntiles, .rectangles = p->tiles
	};
	rdpUpdate *update = p->peer->update;
	bool good = !p->ntiles || update->BitmapUpdate(update->context, &u);

	p->ntiles = 0;
	p->bytes = 0;
	return good ? 0 : -EPIPE;
}

static uint32_t
encode_tile(
    struct paint *p, struct rect r, uint32_t w, uint32_t h, uint8_t *out)
{
	const struct screen *s = p->screen;
	uint32_t depth = p->peer->settings->ColorDepth;
	uint32_t size = sizeof(*p->tile_bytes);

	if (depth == 32)
		return encode_planar(p,
		    s->pixels + r.y * s->stride + (size_t)r.x * 4, s->stride, w,
		    h, out);
	return interleaved_compress(p->interleaved, out, &size, w, h, s->pixels,
		   PIXEL_FORMAT_BGRX32, (uint32_t)s->stride, r.x, r.y, NULL,
		   depth)
	    ? size
	    : 0;
}

static int
add_tile(struct paint *p, struct rect r)
{
	uint32_t w = (r.w + 3U) & ~3U, h = (r.h + 3U) & ~3U;
	uint32_t depth = p->peer->settings->ColorDepth;
	uint8_t *out = p->tile_bytes[p->ntiles];
	uint32_t size = encode_tile(p, r, w, h, out);
	bool small = !p->peer->settings->MultifragMaxRequestSize;

	if (!size)
		return -EINVAL;
	p->tiles[p->ntiles++] = (BITMAP_DATA){
		.destLeft = r.x,
		.destTop = r.y,
		.destRight = r.x + r.w - 1U,
		.destBottom = r.y + r.h - 1U,
		.width = w,
		.height = h,
		.bitsPerPixel = depth,
		.compressed = TRUE,
		.bitmapDataStream = out,
		.bitmapLength = size,
		.cbCompMainBodySize = size,
		.cbScanWidth = w * ((depth + 7) / 8),
		.cbUncompressedSize = w * h * ((depth + 7) / 8),
	};
	p->bytes += size;
	return p->ntiles == PAINT_TILES || p->bytes > UPDATE_BYTES || small
	    ? flush_tiles(p)
	    : 0;
}

static uint16_t
at_most(int n, int most)
{
	return (uint16_t)(n < most ? n : most);
}

/* Tiles begin at multiples of four, as their rows have to end. */
static int
send_tiles(struct paint *p, struct rect r)
{
	int left = r.x & ~3, right = (r.x + r.w + 3) & ~3, err = 0;

	if (right > p->screen->width)
		right = p->screen->width;
	for (int y = r.y; y < r.y + r.h; y += PAINT_TILE)
		for (int x = left; x < right && !err; x += PAINT_TILE)
			err = add_tile(p,
			    (struct rect){ (uint16_t)x, (uint16_t)y,
				at_most(right - x, PAINT_TILE),
				at_most(r.y + r.h - y, PAINT_TILE) });
	return err;
}

/* --- the pipeline */

/* The channel carries message by message; w is empty again. */
static int
write_out(struct paint *p, struct wbuf *w)
{
	size_t len = wbuf_len(w);

	if (w->bad)
		return -EMSGSIZE;
	w->p = w->start;
	return channel_write(p->channel, w->start, len);
}

static int
make_room(struct paint *p)
{
	uint16_t w = p->screen->width, h = p->screen->height;
	size_t row = (w + 3U) & ~3U, size = plain_size(row, PAINT_BAND);

	free(p->flipped);
	free(p->coded);
	free(p->out);
	p->out_size = gfx_picture_size(size);
	p->flipped = malloc(row * PAINT_BAND * 4);
	p->coded = malloc(size);
	p->out = malloc(p->out_size);
	if (!p->flipped || !p->coded || !p->out ||
	    !freerdp_bitmap_planar_context_reset(
		p->planar, (uint32_t)row, PAINT_BAND) ||
	    !freerdp_bitmap_planar_context_reset(
		p->plain, (uint32_t)row, PAINT_BAND))
		return -ENOMEM;
	p->surface_w = w;
	p->surface_h = h;
	return 0;
}

bool
paint_has_surface(const struct paint *p)
{
	return p->has_surface && p->surface_w == p->screen->width &&
	    p->surface_h == p->screen->height;
}

static int
begin_surface(struct paint *p)
{
	uint8_t bytes[GFX_RESET_SIZE];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	int err;

	if (paint_has_surface(p))
		return 0;
	err = make_room(p);
	if (!err && p->has_surface) {
		gfx_put_delete(&out, SURFACE);
		err = write_out(p, &out);
	}
	gfx_put_reset(&out, p->surface_w, p->surface_h);
	if (!err)
		err = write_out(p, &out);
	gfx_put_surface(&out, SURFACE, p->surface_w, p->surface_h);
	if (!err)
		err = write_out(p, &out);
	gfx_put_map(&out, SURFACE);
	if (!err)
		err = write_out(p, &out);
	p->has_surface = !err;
	screen_forget(p->screen);
	return err;
}

/* The library's planes begin with the last row, as bitmap updates want it. */
static int
send_band(struct paint *p, struct rect r)
{
	const struct screen *s = p->screen;
	const uint8_t *from = s->pixels + r.y * s->stride + (size_t)r.x * 4;
	size_t row = (size_t)r.w * 4;
	struct gfx_picture picture = { SURFACE, GFX_PLANAR, r.x, r.y, r.w, r.h,
		p->coded, 0 };
	struct wbuf w = wbuf_of(p->out, p->out_size);

	for (size_t y = 0; y < r.h; y++)
		memcpy(p->flipped + (r.h - 1U - y) * row, from + y * s->stride,
		    row);
	picture.len = encode_planar(p, p->flipped, row, r.w, r.h, p->coded);
	if (!picture.len)
		return -EINVAL;
	gfx_put_picture(&w, &picture);
	return write_out(p, &w);
}

static int
send_bands(struct paint *p, struct rect r)
{
	int err = 0;

	for (int y = r.y; y < r.y + r.h && !err; y += PAINT_BAND)
		err = send_band(p,
		    (struct rect){ r.x, (uint16_t)y, r.w,
			at_most(r.y + r.h - y, PAINT_BAND) });
	return err;
}

static int
mark(struct paint *p, void (*put)(struct wbuf *w, uint32_t frame))
{
	uint8_t bytes[32];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	put(&w, p->frame);
	return write_out(p, &w);
}

/* The buffers grow with the largest unit there was. */
static int
grow(struct paint *p, size_t len)
{
	size_t size = gfx_picture_size(GFX_AVC_HEAD + len);
	uint8_t *unit, *out;

	if (p->unit_size < len) {
		unit = realloc(p->unit, GFX_AVC_HEAD + len);
		if (!unit)
			return -ENOMEM;
		p->unit = unit;
		p->unit_size = len;
	}
	if (p->out_size < size) {
		out = realloc(p->out, size);
		if (!out)
			return -ENOMEM;
		p->out = out;
		p->out_size = size;
	}
	return 0;
}

static int
send_unit(struct paint *p, const uint8_t *data, size_t len)
{
	struct gfx_picture picture = { .surface = SURFACE,
		.codec = GFX_AVC420,
		.w = p->surface_w,
		.h = p->surface_h,
		.data = p->unit,
		.len = GFX_AVC_HEAD + len };
	struct wbuf head = wbuf_of(p->unit, GFX_AVC_HEAD + len);
	struct wbuf w = wbuf_of(p->out, p->out_size);

	gfx_put_avc(&head, p->surface_w, p->surface_h);
	wbuf_put(&head, data, len);
	gfx_put_picture(&w, &picture);
	return write_out(p, &w);
}

int
paint_unit(struct paint *p, const uint8_t *data, size_t len)
{
	int err = begin_surface(p);

	if (!err)
		err = grow(p, len);
	p->frame++;
	if (!err)
		err = mark(p, gfx_put_start);
	if (!err)
		err = send_unit(p, data, len);
	return err ? err : mark(p, gfx_put_end);
}

/* A client that says again what it can begins anew. */
static int
take_caps(struct paint *p, const struct gfx_message *m)
{
	uint8_t bytes[64];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	if (!m->version)
		return -EPROTONOSUPPORT;
	log_info("pipeline %#x, flags %#x", m->version, m->flags);
	p->way = PAINT_PIPELINE;
	p->has_surface = p->unasked = false;
	p->avc420 = m->avc420;
	p->acked = p->frame;
	gfx_put_caps(&w, m->version, m->flags);
	return write_out(p, &w);
}

int
paint_message(struct paint *p, const uint8_t *data, size_t len)
{
	struct gfx_message m;
	ssize_t n;
	int err = 0;

	for (; len && !err; data += n, len -= (size_t)n) {
		n = gfx_decode(&m, data, len);
		if (n < 0)
			return (int)n;
		if (m.type == GFX_CAPS)
			err = take_caps(p, &m);
		if (m.type != GFX_ACK)
			continue;
		p->unasked = m.unasked;
		if (m.frame - p->acked <= p->frame - p->acked)
			p->acked = m.frame;
	}
	return err;
}

bool
paint_ready(const struct paint *p)
{
	return p->way == PAINT_BITMAPS ||
	    (p->way == PAINT_PIPELINE &&
		(p->unasked || p->frame - p->acked < PAINT_WINDOW));
}

int
paint_send(struct paint *p)
{
	bool pipeline = p->way == PAINT_PIPELINE;
	struct region *dirty = &p->screen->dirty;
	int err = pipeline ? begin_surface(p) : 0;

	if (pipeline && !err) {
		p->frame++;
		err = mark(p, gfx_put_start);
	}
	for (unsigned int i = 0; i < dirty->n && !err; i++)
		err = pipeline ? send_bands(p, dirty->rects[i])
			       : send_tiles(p, dirty->rects[i]);
	if (!err)
		err = pipeline ? mark(p, gfx_put_end) : flush_tiles(p);
	region_clear(dirty);
	return err;
}
