/*
 * Every encoding, decoded by what is written here from RFC 6143, gives the
 * pixels of Raw in each pixel format.
 */
#include <errno.h>
#include <turbojpeg.h>
#include <zlib.h>

#include "../tap.h"
#include "rfb/encoder.h"

enum { WIDTH = 150, HEIGHT = 140, STRIDE = 4 * WIDTH + 12 };

static uint8_t pixels[STRIDE * HEIGHT];
static const struct rfb_picture picture = { pixels, STRIDE, WIDTH, HEIGHT };
static uint8_t raw[4 * WIDTH * HEIGHT], got[4 * WIDTH * HEIGHT];
static uint8_t out[1 << 20];
static struct rfb_encoders encoders;
static z_stream streams[2], tight[3];

static const struct {
	const char *name;
	uint8_t bytes[RFB_FORMAT_SIZE];
} formats[] = {
	{ "32 bits", { 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0 } },
	{ "BGR", { 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16 } },
	{ "big endian", { 32, 24, 1, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0 } },
	{ "high bytes", { 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 24, 16, 8 } },
	{ "high, big", { 32, 24, 1, 1, 0, 255, 0, 255, 0, 255, 24, 16, 8 } },
	{ "depth 30", { 32, 30, 0, 1, 3, 255, 3, 255, 3, 255, 20, 10, 0 } },
	{ "depth 32", { 32, 32, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0 } },
	{ "565", { 16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0 } },
	{ "565 big", { 16, 16, 1, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0 } },
	{ "bgr233", { 8, 8, 0, 1, 0, 7, 0, 7, 0, 3, 0, 3, 6 } },
	{ "rgb222", { 8, 6, 0, 1, 0, 3, 0, 3, 0, 3, 4, 2, 0 } },
	{ "colour map", { 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255 } },
};

static uint32_t seed = 1;

static uint32_t
any(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

/* Colours of a pixel for pictures of all kinds. */
static uint32_t
colour(int kind, int x, int y)
{
	switch (kind) {
	case 0: /* one colour */
		return 0x336699;
	case 1: /* two, as text */
		return (x * 7 + y * 3) % 11 < 3 ? 0 : 0xffffff;
	case 2: /* a few, in runs */
		return (uint32_t)(x / 9 + y / 13) * 0x1f2e3d & 0xffffff;
	case 3: /* many runs */
		return (uint32_t)(x / 5 * 131 + y * 7919) * 0x010305 & 0xffffff;
	case 4: /* noise */
		return any() & 0xffffff;
	case 5: /* noise of 100 colours */
		return any() % 100 * 0x020511;
	case 6: /* runs of 256, where a tile's are told in one byte more */
		return (uint32_t)(y / 4) * 0x030201;
	default: /* noise of 12 */
		return any() % 12 * 0x111315;
	}
}

enum { KINDS = 8 };

static void
paint(int kind)
{
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			uint32_t c = colour(kind, x, y);
			uint8_t *p = pixels + y * STRIDE + 4 * x;

			p[0] = (uint8_t)c;
			p[1] = (uint8_t)(c >> 8);
			p[2] = (uint8_t)(c >> 16);
			p[3] = (uint8_t)any(); /* means nothing */
		}
}

static void
take_pixel(struct rbuf *r, uint8_t *to, size_t n)
{
	const uint8_t *p = rbuf_take(r, n);

	if (p)
		memcpy(to, p, n);
}

static void
set(const struct rfb_format *f, int x, int y, const uint8_t *pixel)
{
	memcpy(got + (y * WIDTH + x) * f->bytes, pixel, f->bytes);
}

static void
take_raw(struct rbuf *r, const struct rfb_format *f, struct rect c)
{
	uint8_t pixel[4];

	for (int y = c.y; y < c.y + c.h; y++)
		for (int x = c.x; x < c.x + c.w; x++) {
			take_pixel(r, pixel, f->bytes);
			set(f, x, y, pixel);
		}
}

static void
fill(const struct rfb_format *f, struct rect c, const uint8_t *pixel)
{
	for (int y = c.y; y < c.y + c.h; y++)
		for (int x = c.x; x < c.x + c.w; x++)
			set(f, x, y, pixel);
}

static struct rect
tile_at(struct rect c, int i, int side)
{
	int across = (c.w + side - 1) / side;
	int x = i % across * side, y = i / across * side;

	if (y >= c.h)
		return (struct rect){ 0 };
	return (struct rect){ (uint16_t)(c.x + x), (uint16_t)(c.y + y),
		(uint16_t)(c.w - x < side ? c.w - x : side),
		(uint16_t)(c.h - y < side ? c.h - y : side) };
}

static void
take_hextile(struct rbuf *r, const struct rfb_format *f, struct rect c)
{
	uint8_t back[4], fore[4], pixel[4];
	struct rect t;

	for (int i = 0; (t = tile_at(c, i, 16)).w; i++) {
		uint8_t how = rbuf_u8(r), n;

		if (how & 1) {
			take_raw(r, f, t);
			continue;
		}
		if (how & 2)
			take_pixel(r, back, f->bytes);
		if (how & 4)
			take_pixel(r, fore, f->bytes);
		fill(f, t, back);
		for (n = how & 8 ? rbuf_u8(r) : 0; n; n--) {
			uint8_t xy, wh;

			if (how & 16)
				take_pixel(r, pixel, f->bytes);
			xy = rbuf_u8(r);
			wh = rbuf_u8(r);
			fill(f,
			    (struct rect){ (uint16_t)(t.x + (xy >> 4)),
				(uint16_t)(t.y + (xy & 15)),
				(uint16_t)((wh >> 4) + 1),
				(uint16_t)((wh & 15) + 1) },
			    how & 16 ? pixel : fore);
		}
	}
}

/* A CPIXEL as a PIXEL. */
static void
take_small(struct rbuf *r, const struct rfb_format *f, uint8_t *pixel)
{
	memset(pixel, 0, 4);
	take_pixel(r, pixel + f->skip, f->small);
}

static int
take_length(struct rbuf *r)
{
	int n = 1, more;

	do
		n += more = rbuf_u8(r);
	while (more == 255);
	return n;
}

static void
take_tile(struct rbuf *r, const struct rfb_format *f, struct rect t)
{
	uint8_t how = rbuf_u8(r), palette[128][4];
	int bits, at = 0, n = how & 127;

	if (how == 0) {
		for (; at < t.w * t.h; at++) {
			take_small(r, f, palette[0]);
			set(f, t.x + at % t.w, t.y + at / t.w, palette[0]);
		}
		return;
	}
	for (int i = 0; i < n; i++)
		take_small(r, f, palette[i]);
	if (how == 1) {
		fill(f, t, palette[0]);
		return;
	}
	if (how <= 16) {
		bits = n == 2 ? 1 : n <= 4 ? 2 : 4;
		for (int y = 0; y < t.h; y++)
			for (int x = 0, left = 0, byte = 0; x < t.w; x++) {
				if (!left) {
					byte = rbuf_u8(r);
					left = 8;
				}
				left -= bits;
				set(f, t.x + x, t.y + y,
				    palette[byte >> left & ((1 << bits) - 1)]);
			}
		return;
	}
	while (at < t.w * t.h && !r->bad) {
		uint8_t number = n ? rbuf_u8(r) : 128;
		int run = 1;

		if (!n)
			take_small(r, f, palette[0]);
		if (number & 128)
			run = take_length(r);
		for (; run-- && at < t.w * t.h; at++)
			set(f, t.x + at % t.w, t.y + at / t.w,
			    palette[number & 127]);
	}
}

static void
take_tiles(struct rbuf *r, const struct rfb_format *f, struct rect c, int side)
{
	struct rect t;

	for (int i = 0; (t = tile_at(c, i, side)).w; i++)
		take_tile(r, f, t);
}

/* What zlib's stream has, whole. */
static struct rbuf
inflated(struct rbuf *r, z_stream *z, size_t len)
{
	static uint8_t plain[1 << 20];

	z->next_in = (Bytef *)(uintptr_t)rbuf_take(r, len);
	z->avail_in = (unsigned int)len;
	z->next_out = plain;
	z->avail_out = sizeof(plain);
	if (inflate(z, Z_SYNC_FLUSH) != Z_OK || z->avail_in)
		r->bad = true;
	return rbuf_of(plain, sizeof(plain) - z->avail_out);
}

/* A TPIXEL as a PIXEL. */
static void
take_tpixel(struct rbuf *r, const struct rfb_format *f, uint8_t *pixel)
{
	uint32_t word = 0;

	if (f->bits != 32 || f->depth != 24 || f->max[0] != 255 ||
	    f->max[1] != 255 || f->max[2] != 255) {
		take_pixel(r, pixel, f->bytes);
		return;
	}
	for (int c = 0; c < 3; c++)
		word |= (uint32_t)rbuf_u8(r) << f->shift[c];
	for (int b = 0; b < 4; b++)
		pixel[b] = (uint8_t)(word >> 8 * (f->big_endian ? 3 - b : b));
}

static size_t
take_compact(struct rbuf *r)
{
	size_t len = 0;
	uint8_t byte;

	for (unsigned int shift = 0; shift < 21; shift += 7) {
		byte = rbuf_u8(r);
		if (shift == 14)
			return len | (size_t)byte << 14;
		len |= (size_t)(byte & 127) << shift;
		if (byte < 128)
			break;
	}
	return len;
}

static unsigned int jpegs;

/* Those of a JPEG, which may be a little different. */
static bool
take_jpeg(struct rbuf *r, const struct rfb_format *f, struct rect c, size_t len)
{
	static uint8_t bgrx[4 * WIDTH * HEIGHT];
	const uint8_t *p = rbuf_take(r, len);
	tjhandle tj = tjInitDecompress();
	bool good = p &&
	    tjDecompress2(tj, p, len, bgrx, c.w, 0, c.h, TJPF_BGRX, 0) == 0;

	for (int y = 0; good && y < c.h; y++)
		rfb_translate_bytes(f,
		    got + ((c.y + y) * WIDTH + c.x) * f->bytes,
		    bgrx + 4 * y * c.w, c.w);
	tjDestroy(tj);
	jpegs++;
	return good;
}

/* Numbers of the palette, or bits that are. */
static void
take_numbers(struct rbuf *r, const struct rfb_format *f, struct rect c,
    uint8_t palette[][4], int n)
{
	for (int y = 0; y < c.h; y++)
		for (int x = 0, byte = 0; x < c.w; x++) {
			if (n > 2 || x % 8 == 0)
				byte = rbuf_u8(r);
			if (n > 2 && byte >= n)
				r->bad = true;
			else
				set(f, c.x + x, c.y + y,
				    palette[n > 2 ? byte
						  : byte >> (7 - x % 8) & 1]);
		}
}

static bool
take_tight(struct rbuf *r, const struct rfb_format *f, struct rect c)
{
	uint8_t how = rbuf_u8(r), palette[256][4], any_pixel[4];
	struct rbuf in;
	int n = 0;
	size_t len, pixel;

	if (how == 0x80) {
		take_tpixel(r, f, palette[0]);
		fill(f, c, palette[0]);
		return !r->bad;
	}
	if (how == 0x90)
		return take_jpeg(r, f, c, take_compact(r));
	if (how & 0x8f || (how & 0x40 && rbuf_u8(r) != 1))
		return false;
	if (how & 0x40)
		n = rbuf_u8(r) + 1;
	for (int i = 0; i < n; i++)
		take_tpixel(r, f, palette[i]);
	in = *r;
	take_tpixel(&in, f, any_pixel);
	pixel = (size_t)(in.p - r->p);
	len = n == 0 ? pixel * c.w * c.h
	    : n == 2 ? (c.w + 7u) / 8 * c.h
		     : (size_t)c.w * c.h;
	in = len < 12 ? rbuf_of(r->p, len)
		      : inflated(r, &tight[how >> 4 & 3], take_compact(r));
	if (len < 12)
		rbuf_take(r, len);
	if (n)
		take_numbers(&in, f, c, palette, n);
	for (int i = 0; !n && i < c.w * c.h; i++) {
		take_tpixel(&in, f, palette[0]);
		set(f, c.x + i % c.w, c.y + i / c.w, palette[0]);
	}
	return !r->bad && !in.bad && rbuf_left(&in) == 0;
}

/* One rectangle; true when it was right to the last byte. */
static bool
take_rect(struct rbuf *r, const struct rfb_format *f)
{
	struct rect c = { rbuf_u16(r), rbuf_u16(r), rbuf_u16(r), rbuf_u16(r) };
	int32_t encoding = (int32_t)rbuf_u32(r);
	struct rbuf in = *r;

	if (r->bad || c.x + c.w > WIDTH || c.y + c.h > HEIGHT)
		return false;
	switch (encoding) {
	case RFB_RAW:
		take_raw(r, f, c);
		return !r->bad;
	case RFB_HEXTILE:
		take_hextile(r, f, c);
		return !r->bad;
	case RFB_TRLE:
		take_tiles(r, f, c, 16);
		return !r->bad;
	case RFB_TIGHT:
		return take_tight(r, f, c);
	case RFB_JPEG:
		return take_jpeg(r, f, c, rbuf_left(r));
	case RFB_ZLIB:
		in = inflated(r, &streams[0], rbuf_u32(r));
		take_raw(&in, f, c);
		break;
	default:
		in = inflated(r, &streams[1], rbuf_u32(r));
		take_tiles(&in, f, c, 64);
	}
	return !r->bad && !in.bad && rbuf_left(&in) == 0;
}

/* What somebody else encodes, of which pieces are put between our own. */
static struct rfb_encoders others;
static bool sharing;

static struct rfb_written
encode_piece(const struct rfb_encoder *e, struct rect r,
    const struct rfb_wish *wish, struct wbuf *w)
{
	static unsigned int turn;
	struct rfb_wish how = *wish;

	how.apart = sharing;
	how.bare = sharing && ++turn % 3;
	return rfb_encode(
	    how.bare ? &others : &encoders, e, &picture, r, &how, w);
}

/* Encode all of a region, as a session does, and take it again. */
static bool
round_trip(const struct rfb_encoder *e, const struct region *g,
    const struct rfb_wish *wish)
{
	struct rfb_pieces pieces = { .region = g, .encoder = e };
	bool lossy = wish->quality > 0;
	struct rect r;

	while (rfb_pieces_next(&pieces, &r)) {
		size_t bound =
		    rfb_encoders_bound(&encoders, e, (size_t)r.w * r.h);
		struct wbuf w = wbuf_of(out, bound);
		unsigned int before = jpegs;
		struct rfb_written n = encode_piece(e, r, wish, &w);
		struct rbuf in = rbuf_of(out, wbuf_len(&w));

		if (w.bad || !n.rects || (n.rects > 1 && !wish->splits))
			return false;
		for (; n.rects; n.rects--)
			if (!take_rect(&in, &wish->format))
				return false;
		if (rbuf_left(&in) || n.lossy != (jpegs > before) ||
		    (n.lossy && !lossy))
			return false;
	}
	return true;
}

/* Bytes that no channel has a part of mean nothing. */
static bool
same(const struct region *g, const struct rfb_format *f)
{
	uint32_t mask = f->words[0][255] | f->words[1][255] | f->words[2][255];
	bool good = true;

	for (unsigned int i = 0; i < g->n; i++)
		for (int y = 0; y < g->rects[i].h; y++) {
			int at = ((g->rects[i].y + y) * WIDTH + g->rects[i].x) *
			    f->bytes;

			for (int b = 0; b < g->rects[i].w * f->bytes; b++)
				good &= got[at + b] == raw[at + b] ||
				    !(mask >> b % f->bytes * 8 & 255);
		}
	return good;
}

static void
test_encoder(int32_t encoding, const char *name, bool splits)
{
	const struct rfb_encoder *e = rfb_encoder_of(encoding);
	struct region g = { .n = 3,
		.rects = { { 0, 0, WIDTH, HEIGHT }, { 3, 5, 1, 1 },
		    { 17, 1, 33, 129 } } };

	ok(e && rfb_encoders_open(&encoders, e) == 0, "%s opens", name);
	for (size_t i = 0; i < LEN(formats); i++) {
		struct rfb_wish wish = { .compress = (int)(i % 11) - 1,
			.quality = -1,
			.splits = splits };
		struct rbuf r = rbuf_of(formats[i].bytes, RFB_FORMAT_SIZE);
		bool good = rfb_format_decode(&wish.format, &r) == 0;

		for (int kind = 0; kind < KINDS && good; kind++) {
			paint(kind);
			for (int y = 0; y < HEIGHT; y++)
				rfb_translate_bytes(&wish.format,
				    raw + y * WIDTH * wish.format.bytes,
				    pixels + y * STRIDE, WIDTH);
			memset(got, 0x55, sizeof(got));
			good =
			    round_trip(e, &g, &wish) && same(&g, &wish.format);
			if (!good)
				printf("# picture %d\n", kind);
		}
		ok(good, "%s, %s", name, formats[i].name);
	}
}

/* Whoever encodes a piece, it is read at the end of what came before. */
static void
test_shared(int32_t encoding, const char *name, int count)
{
	const struct rfb_encoder *e = rfb_encoder_of(encoding);
	uint8_t used = 0;
	struct rfb_wish wish = { .streams = &used };
	struct wbuf w = wbuf_of(out, sizeof(out));

	rfb_format_init(&wish.format);
	is_int(rfb_encoders_open(&others, e), 0, "somebody else has %s", name);
	rfb_encode(
	    &others, e, &picture, (struct rect){ 0, 0, 1, 1 }, &wish, &w);
	is_int(used, count, "its streams are known");
	sharing = true;
	test_encoder(encoding, name, true);
	sharing = false;
	rfb_encoders_close(&others);
}

/* How far what was got is from what was there, a channel on average. */
static double
difference(const struct rfb_format *f)
{
	unsigned long sum = 0;

	for (int i = 0; i < 4 * WIDTH * HEIGHT; i++)
		if (f->bytes == 4 &&
		    (f->words[0][255] | f->words[1][255] | f->words[2][255]) >>
			    i % 4 * 8 &
			255)
			sum += (unsigned long)abs(got[i] - raw[i]);
	return (double)sum / (3 * WIDTH * HEIGHT);
}

/* A photograph, of sorts, with a flat margin and some text. */
static void
paint_photo(void)
{
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			uint8_t *p = pixels + y * STRIDE + 4 * x;
			bool flat = x < 64;

			p[0] = (uint8_t)(flat ? 40 : x + y / 2);
			p[1] = (uint8_t)(flat ? 80 : x * y / 200 + 30);
			p[2] = (uint8_t)(flat ? x * y % 11 % 3 * 127 : 255 - y);
		}
}

static void
test_lossy(const struct rfb_encoder *e, const char *name)
{
	struct region g = { .n = 1, .rects = { { 0, 0, WIDTH, HEIGHT } } };

	ok(rfb_encoders_open(&encoders, e) == 0, "%s opens", name);
	for (size_t i = 0; i < LEN(formats); i++) {
		struct rfb_wish wish = { .quality = 90, .splits = true };
		struct rbuf r = rbuf_of(formats[i].bytes, RFB_FORMAT_SIZE);
		bool good = rfb_format_decode(&wish.format, &r) == 0, may;

		paint_photo();
		for (int y = 0; y < HEIGHT; y++)
			rfb_translate_bytes(&wish.format,
			    raw + y * WIDTH * wish.format.bytes,
			    pixels + y * STRIDE, WIDTH);
		jpegs = 0;
		good &= round_trip(e, &g, &wish);
		may = wish.format.bits > 8;
		ok(good && (jpegs > 0) == may &&
			(may || same(&g, &wish.format)) &&
			(wish.format.depth != 24 ||
			    difference(&wish.format) < 6),
		    "%s with a quality, %s", name, formats[i].name);
	}
}

static size_t
lossy_size(int quality, enum rfb_hues hues)
{
	struct rfb_wish wish = { .quality = quality, .hues = hues };
	struct wbuf w = wbuf_of(out, sizeof(out));

	rfb_format_init(&wish.format);
	rfb_encode(&encoders, &rfb_jpeg, &picture,
	    (struct rect){ 0, 0, WIDTH, HEIGHT }, &wish, &w);
	return wbuf_len(&w);
}

static void
test_levels(void)
{
	size_t best;

	paint(3);
	best = lossy_size(100, RFB_HUES_ALL);
	ok(best > lossy_size(75, RFB_HUES_ALL) &&
		lossy_size(75, RFB_HUES_ALL) > lossy_size(15, RFB_HUES_ALL),
	    "less quality is fewer bytes");
	ok(lossy_size(75, RFB_HUES_ALL) > lossy_size(75, RFB_HUES_HALF) &&
		lossy_size(75, RFB_HUES_HALF) >
		    lossy_size(75, RFB_HUES_QUARTER) &&
		lossy_size(75, RFB_HUES_QUARTER) >
		    lossy_size(75, RFB_HUES_NONE),
	    "and so are fewer hues");
}

static size_t
size_of(int kind)
{
	const struct rfb_encoder *e = rfb_encoder_of(RFB_ZRLE);
	struct rfb_wish wish = { .compress = 1 };
	struct wbuf w = wbuf_of(out, sizeof(out));

	rfb_format_init(&wish.format);
	paint(kind);
	rfb_encode(&encoders, e, &picture, (struct rect){ 0, 0, WIDTH, HEIGHT },
	    &wish, &w);
	return wbuf_len(&w);
}

/* Noise costs less time, and does not make longer what is none. */
static void
test_size(void)
{
	size_t one, text, noise;

	one = size_of(0);
	ok(one < 80, "one colour is %zu bytes", one);
	size_of(1);
	text = size_of(1);
	noise = size_of(4);
	ok(noise < 3 * WIDTH * HEIGHT + 200, "noise is %zu", noise);
	ok(size_of(4) <= noise + 200, "and again");
	/* What was told without repetitions cannot be repeated. */
	size_of(1);
	size_of(1);
	ok(text < 500 && size_of(1) <= text, "text is %zu, also after noise",
	    text);
}

/* Pieces cover a region once, and are of the size they promise. */
static void
test_pieces(void)
{
	static uint8_t seen[3000 * 200];
	struct region g = { .n = 2,
		.rects = { { 0, 0, 2999, 150 }, { 7, 160, 1, 33 } } };
	const int32_t list[] = { RFB_RAW, RFB_HEXTILE, RFB_ZLIB, RFB_ZRLE,
		RFB_TRLE, RFB_TIGHT, RFB_JPEG };

	for (size_t i = 0; i < LEN(list); i++) {
		struct rfb_pieces p = { .region = &g,
			.encoder = rfb_encoder_of(list[i]) };
		unsigned int n = rfb_pieces_left(p), area = 0;
		struct rect r;
		bool good =
		    p.encoder->width * p.encoder->rows <= RFB_PIECE_AREA;

		memset(seen, 0, sizeof(seen));
		for (; rfb_pieces_next(&p, &r); n--) {
			good &= r.w && r.h && r.w * r.h <= RFB_PIECE_AREA;
			for (int y = r.y; y < r.y + r.h; y++)
				for (int x = r.x; x < r.x + r.w; x++)
					good &= !seen[y * 3000 + x]++;
			area += (unsigned int)(r.w * r.h);
		}
		ok(good && !n && area == region_area(&g), "pieces of %d",
		    (int)list[i]);
	}
}

static bool
refuses(uint8_t bits, bool colour_map, uint16_t max, uint8_t shift)
{
	uint8_t b[RFB_FORMAT_SIZE] = { bits, 24, 0, !colour_map,
		(uint8_t)(max >> 8), (uint8_t)max, 0, 7, 0, 7, shift };
	struct rfb_format f, before;
	struct rbuf r = rbuf_of(b, sizeof(b));

	rfb_format_init(&f);
	before = f;
	return rfb_format_decode(&f, &r) == -EBADMSG &&
	    memcmp(&f, &before, sizeof(f)) == 0;
}

static void
test_formats(void)
{
	struct rfb_format f;
	uint8_t wire[RFB_FORMAT_SIZE];
	struct wbuf w = wbuf_of(wire, sizeof(wire));
	struct rbuf r;
	int bad = 0;

	for (int bits = 0; bits < 256; bits++)
		if (bits != 8 && bits != 16 && bits != 32)
			bad += !refuses((uint8_t)bits, false, 7, 0);
	is_int(bad, 0, "every other number of bits is refused");
	ok(refuses(32, false, 0, 0), "a maximum of 0");
	ok(refuses(32, false, 255, 25), "a channel that does not fit");
	ok(refuses(8, false, 511, 0), "a maximum that does not fit");
	ok(refuses(32, false, 255, 32) && refuses(32, false, 1, 255),
	    "a shift beyond the pixel");
	rfb_format_init(&f);
	rfb_format_encode(&f, &w);
	is_mem(wire, formats[0].bytes, sizeof(wire), "ours, over the wire");
	for (size_t n = 0; n < sizeof(wire); n++) {
		uint8_t *copy = exact(wire, n);

		r = rbuf_of(copy, n);
		bad += rfb_format_decode(&f, &r) != -EBADMSG;
		free(copy);
	}
	is_int(bad, 0, "every prefix is refused");
	w = wbuf_of(out, sizeof(out));
	rfb_format_map(&w);
	is_int(wbuf_len(&w), 6 + 6 * 256, "a colour map");
	is_mem(out + 6 + 6 * 255, "\377\377\377\377\377\377", 6, "up to white");
}

/* Of what takes memory, the one after so many fails; -1: none. */
static int until_failure = -1;

static bool
fails(void)
{
	return until_failure >= 0 && until_failure-- == 0;
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

int __real_deflateInit2_(z_stream *z, int level, int method, int bits,
    int memory, int strategy, const char *version, int size);
int __wrap_deflateInit2_(z_stream *z, int level, int method, int bits,
    int memory, int strategy, const char *version, int size);
int
__wrap_deflateInit2_(z_stream *z, int level, int method, int bits, int memory,
    int strategy, const char *version, int size)
{
	return fails() ? Z_MEM_ERROR
		       : __real_deflateInit2_(z, level, method, bits, memory,
			     strategy, version, size);
}

tjhandle __real_tjInitCompress(void);
tjhandle __wrap_tjInitCompress(void);
tjhandle
__wrap_tjInitCompress(void)
{
	return fails() ? NULL : __real_tjInitCompress();
}

int __real_tjCompress2(tjhandle tj, const unsigned char *from, int w, int pitch,
    int h, int format, unsigned char **to, unsigned long *len, int hues,
    int quality, int flags);
int __wrap_tjCompress2(tjhandle tj, const unsigned char *from, int w, int pitch,
    int h, int format, unsigned char **to, unsigned long *len, int hues,
    int quality, int flags);
int
__wrap_tjCompress2(tjhandle tj, const unsigned char *from, int w, int pitch,
    int h, int format, unsigned char **to, unsigned long *len, int hues,
    int quality, int flags)
{
	return fails() ? -1
		       : __real_tjCompress2(tj, from, w, pitch, h, format, to,
			     len, hues, quality, flags);
}

/* Whatever there is no memory for at open leaves nothing behind. */
static void
test_memory(const struct rfb_encoder *e, int parts, const char *name)
{
	struct rfb_encoders some = { 0 }, none = { 0 };
	int n = 0, err = -1;

	for (; err; n++) {
		until_failure = n;
		err = rfb_encoders_open(&some, e);
		until_failure = -1;
		if (err != -ENOMEM || memcmp(&some, &none, sizeof(some)) != 0)
			break;
	}
	ok(!err && n == parts, "%s opens without memory, or not", name);
	rfb_encoders_close(&some);
}

/* A JPEG there is no memory for is sent in another way. */
static void
test_no_jpeg(const struct rfb_encoder *e, const char *name)
{
	struct rfb_wish wish = { .quality = 50, .splits = true };
	struct wbuf w = wbuf_of(out, sizeof(out));
	struct rfb_written n;
	struct rbuf in;
	bool good = true;

	rfb_format_init(&wish.format);
	paint(4);
	for (int y = 0; y < HEIGHT; y++)
		rfb_translate_bytes(&wish.format, raw + 4 * y * WIDTH,
		    pixels + y * STRIDE, WIDTH);
	until_failure = 0;
	n = rfb_encode(
	    &encoders, e, &picture, (struct rect){ 0, 0, 64, 64 }, &wish, &w);
	until_failure = -1;
	in = rbuf_of(out, wbuf_len(&w));
	good = take_rect(&in, &wish.format) && !rbuf_left(&in);
	for (int y = 0; y < 64; y++)
		for (int i = 0; i < 4 * 64; i++)
			good &= i % 4 == 3 ||
			    got[4 * y * WIDTH + i] == raw[4 * y * WIDTH + i];
	ok(good && n.rects == 1 && !n.lossy, "%s without memory is exact",
	    name);
}

int
main(void)
{
	inflateInit(&streams[0]);
	inflateInit(&streams[1]);
	for (int i = 0; i < 3; i++)
		inflateInit(&tight[i]);
	test_formats();
	test_pieces();
	test_encoder(RFB_RAW, "Raw", false);
	test_encoder(RFB_HEXTILE, "Hextile", false);
	test_encoder(RFB_ZLIB, "Zlib", false);
	test_encoder(RFB_ZRLE, "ZRLE", false);
	test_encoder(RFB_TRLE, "TRLE", false);
	test_encoder(RFB_TIGHT, "Tight", false);
	test_encoder(RFB_TIGHT, "Tight by tiles", true);
	test_lossy(&rfb_tight, "Tight");
	test_lossy(&rfb_jpeg, "JPEG");
	test_levels();
	test_size();
	test_shared(RFB_HEXTILE, "Hextile", 0);
	test_shared(RFB_ZLIB, "Zlib", 1);
	test_shared(RFB_ZRLE, "ZRLE", 1);
	test_shared(RFB_TIGHT, "Tight", 0);
	ok(!rfb_encoder_of(-239) && !rfb_encoder_of(RFB_COPYRECT),
	    "no encoder of what is none");
	test_no_jpeg(&rfb_tight, "Tight");
	test_no_jpeg(&rfb_jpeg, "JPEG");
	test_memory(&rfb_zlib, 2, "Zlib");
	test_memory(&rfb_zrle, 2, "ZRLE");
	test_memory(&rfb_trle, 1, "TRLE");
	test_memory(&rfb_tight, 5, "Tight");
	test_memory(&rfb_jpeg, 2, "JPEG");
	rfb_encoders_close(&encoders);
	inflateEnd(&streams[0]);
	inflateEnd(&streams[1]);
	for (int i = 0; i < 3; i++)
		inflateEnd(&tight[i]);
	return done_testing();
}
