/*
 * Tight, of the RFB protocol's community edition
 *
 * A piece is looked at by tiles.  Neighbours of one colour, of few colours and
 * of many are a rectangle each: the first is filled, the second has numbers of
 * a palette, and the third is a JPEG, or its very pixels without a quality.
 *
 * Those would be a tenth to a half shorter as gradients, for the same time.
 * But many who know Tight, noVNC in any version among them, do not know that
 * filter and end the connection; and nothing they say tells who does.
 */
#include "rfb/jpeg.h"
#include "rfb/palette.h"
#include "rfb/tile.h"
#include "rfb/zstream.h"

enum {
	WIDTH = 2048, /* pixels of a piece, at most */
	SIDE = TILE_SIDE_MAX,
	FILL = 0x80, /* compression control */
	JPEG = 0x90,
	BASIC = 0x00,
	STREAM_SHIFT = 4,
	HAS_FILTER = 0x40,
	FILTER_PALETTE = 1,
	PLAIN = 12,          /* fewer bytes are not compressed */
	LOSSY_COLOURS = 96,  /* more are better off as a JPEG */
	PIXELS_A_COLOUR = 4, /* at least, or they are too many */
	TILE_HEAD = 128,     /* bytes around a tile's data, at most */
};

enum stream { OF_PIXELS, OF_BITS, OF_NUMBERS, STREAMS };

/* Tiles side by side that make one rectangle. */
struct run {
	struct rect r;
	struct palette colours;
};

struct state {
	struct jpeg jpeg;
	struct zstream streams[STREAMS];
	struct zstream *stream; /* that is written to; NULL: none */
	struct rfb_format rgb;
	struct run run, next;
	uint32_t words[WIDTH];
	uint8_t row[4 * WIDTH];
};

/* What is the same for all of a piece. */
struct piece {
	struct state *s;
	const struct rfb_picture *picture;
	const struct rfb_wish *wish;
	const struct rfb_format *format;
	bool rgb; /* a pixel is three bytes: red, green, blue */
	struct wbuf *out;
	struct rfb_written written;
};

static int
tight_open(void *state)
{
	struct state *s = state;
	int n = 0, err = jpeg_open(&s->jpeg);

	while (!err && n < STREAMS && !(err = zstream_open(&s->streams[n]))) {
		s->streams[n].number = (unsigned int)n;
		s->streams[n++].compact = true;
	}
	rfb_format_init(&s->rgb);
	if (!err)
		return 0;
	while (n)
		zstream_close(&s->streams[--n]);
	if (s->jpeg.turbo)
		jpeg_close(&s->jpeg);
	return err;
}

static void
tight_close(void *state)
{
	struct state *s = state;

	for (int n = 0; n < STREAMS; n++)
		zstream_close(&s->streams[n]);
	jpeg_close(&s->jpeg);
}

static size_t
bound(void *state, size_t pixels)
{
	(void)state;
	/* A JPEG takes more than anything else; tiles may be low or narrow. */
	return jpeg_bound(pixels) + (pixels / (SIDE / 2) + 2) * TILE_HEAD;
}

/* TPIXEL. */
static bool
is_rgb(const struct rfb_format *f)
{
	return f->true_colour && f->bits == 32 && f->depth == 24 &&
	    f->max[0] == 255 && f->max[1] == 255 && f->max[2] == 255;
}

static const uint8_t *
pixels_of(const struct piece *p, struct rect r, int y)
{
	return p->picture->pixels + (size_t)(r.y + y) * p->picture->stride +
	    (size_t)r.x * 4;
}

static void
read_row(const struct piece *p, struct rect r, int y)
{
	rfb_translate(p->format, p->s->words, pixels_of(p, r, y), r.w);
}

static unsigned int
most_colours(const struct piece *p, struct rect r)
{
	size_t most = (size_t)r.w * r.h / PIXELS_A_COLOUR;
	size_t limit = jpeg_may(p->wish, r) ? LOSSY_COLOURS : PALETTE_MAX;

	if (most > limit)
		most = limit;
	return most < 2 ? 2 : (unsigned int)most;
}

static void
read_colours(const struct piece *p, struct rect r, struct palette *colours)
{
	const uint32_t *words = p->s->words;
	uint32_t last = 0;

	palette_clear(colours, most_colours(p, r));
	for (int y = 0; y < r.h && colours->n <= colours->max; y++) {
		read_row(p, r, y);
		for (int x = 0; x < r.w; x++) {
			if (colours->n && words[x] == last)
				continue;
			last = words[x];
			palette_add(colours, last);
		}
	}
}

static void
put_pixel(const struct piece *p, uint32_t word)
{
	if (p->rgb) {
		wbuf_u24(p->out, word);
		return;
	}
	for (unsigned int i = 0; i < p->format->bytes; i++, word >>= 8)
		wbuf_u8(p->out, (uint8_t)word);
}

/* len bytes follow, by a stream if they are enough. */
static void
begin_data(const struct piece *p, enum stream n, size_t len)
{
	p->s->stream = len < PLAIN ? NULL : &p->s->streams[n];
	if (p->s->stream)
		zstream_begin(p->s->stream, p->out, p->wish);
}

static void
put_data(const struct piece *p, size_t len)
{
	if (p->s->stream)
		zstream_put(p->s->stream, p->out, p->s->row, len);
	else
		wbuf_put(p->out, p->s->row, len);
}

static void
end_data(const struct piece *p)
{
	if (p->s->stream)
		zstream_end(p->s->stream, p->out);
}

static bool
put_jpeg(struct piece *p, struct rect r)
{
	uint8_t *start = p->out->p, *length;
	struct wbuf w;

	if (!jpeg_may(p->wish, r))
		return false;
	wbuf_u8(p->out, JPEG);
	length = wbuf_room(p->out, 3);
	if (!jpeg_write(&p->s->jpeg, p->picture, r, p->wish, p->out)) {
		p->out->p = start;
		return false;
	}
	w = wbuf_of(length, 3);
	zstream_put_compact(&w, (size_t)(p->out->p - length) - 3);
	p->written.lossy = true;
	return true;
}

static void
make_rgb(uint8_t *rgb, const uint8_t *bgrx, size_t n)
{
	for (; n; n--, rgb += 3, bgrx += 4) {
		rgb[0] = bgrx[2];
		rgb[1] = bgrx[1];
		rgb[2] = bgrx[0];
	}
}

static void
put_pixels(const struct piece *p, struct rect r)
{
	size_t bytes = p->rgb ? 3 : p->format->bytes;

	wbuf_u8(p->out, BASIC | OF_PIXELS << STREAM_SHIFT);
	begin_data(p, OF_PIXELS, bytes * r.w * r.h);
	for (int y = 0; y < r.h; y++) {
		const uint8_t *bgrx = pixels_of(p, r, y);

		if (p->rgb)
			make_rgb(p->s->row, bgrx, r.w);
		else
			rfb_translate_bytes(p->format, p->s->row, bgrx, r.w);
		put_data(p, bytes * r.w);
	}
	end_data(p);
}

static void
put_palette(const struct piece *p, const struct palette *c, enum stream n)
{
	wbuf_u8(p->out, (uint8_t)(BASIC | HAS_FILTER | n << STREAM_SHIFT));
	wbuf_u8(p->out, FILTER_PALETTE);
	wbuf_u8(p->out, (uint8_t)(c->n - 1));
	for (unsigned int i = 0; i < c->n; i++)
		put_pixel(p, c->colours[i]);
}

static void
put_bits(const struct piece *p, const struct run *run)
{
	size_t bytes = (run->r.w + 7u) / 8;

	put_palette(p, &run->colours, OF_BITS);
	begin_data(p, OF_BITS, bytes * run->r.h);
	for (int y = 0; y < run->r.h; y++) {
		read_row(p, run->r, y);
		memset(p->s->row, 0, bytes);
		for (int x = 0; x < run->r.w; x++)
			if (p->s->words[x] != run->colours.colours[0])
				p->s->row[x / 8] |= (uint8_t)(0x80 >> x % 8);
		put_data(p, bytes);
	}
	end_data(p);
}

static void
put_numbers(const struct piece *p, const struct run *run)
{
	const uint32_t *words = p->s->words;

	put_palette(p, &run->colours, OF_NUMBERS);
	begin_data(p, OF_NUMBERS, (size_t)run->r.w * run->r.h);
	for (int y = 0; y < run->r.h; y++) {
		read_row(p, run->r, y);
		for (int x = 0; x < run->r.w; x++)
			p->s->row[x] = x && words[x] == words[x - 1]
			    ? p->s->row[x - 1]
			    : (uint8_t)palette_number(&run->colours, words[x]);
		put_data(p, run->r.w);
	}
	end_data(p);
}

static void
put_run(struct piece *p, const struct run *run)
{
	const struct palette *c = &run->colours;

	rfb_rect(p->out, run->r, RFB_TIGHT);
	p->written.rects++;
	if (c->n == 1) {
		wbuf_u8(p->out, FILL);
		put_pixel(p, c->colours[0]);
	} else if (c->n == 2) {
		put_bits(p, run);
	} else if (c->n <= c->max) {
		put_numbers(p, run);
	} else if (!put_jpeg(p, run->r)) {
		put_pixels(p, run->r);
	}
}

/* Does next go on where run ends, with pixels of its kind? */
static bool
goes_on(struct run *run, const struct run *next)
{
	struct palette *a = &run->colours;
	const struct palette *b = &next->colours;

	if (!run->r.w || run->r.y != next->r.y)
		return false;
	if (a->n > a->max || b->n > b->max)
		return a->n > a->max && b->n > b->max;
	if (a->n == 1 || b->n == 1)
		return a->n == b->n && a->colours[0] == b->colours[0];
	return palette_join(a, b);
}

static struct rfb_written
encode(void *state, const struct rfb_picture *picture, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	struct state *s = state;
	struct piece p = { .s = s,
		.picture = picture,
		.wish = wish,
		.rgb = is_rgb(&wish->format),
		.out = out };
	uint16_t side = wish->splits ? SIDE : UINT16_MAX;
	struct rect t = { 0 };

	p.format = p.rgb ? &s->rgb : &wish->format;
	s->run.r.w = 0;
	while (tile_next(r, side, &t)) {
		s->next.r = t;
		read_colours(&p, t, &s->next.colours);
		if (goes_on(&s->run, &s->next)) {
			s->run.r.w = (uint16_t)(s->run.r.w + t.w);
			continue;
		}
		if (s->run.r.w)
			put_run(&p, &s->run);
		s->run = s->next;
	}
	put_run(&p, &s->run);
	return p.written;
}

const struct rfb_encoder rfb_tight = {
	.encoding = RFB_TIGHT,
	.width = WIDTH,
	.rows = SIDE,
	.state = sizeof(struct state),
	.open = tight_open,
	.close = tight_close,
	.bound = bound,
	.encode = encode,
	.splits = true,
};
