#include "rfb/tile.h"

enum {
	HOW_RAW = 0,
	HOW_SOLID = 1,
	HOW_RLE = 128,
	PACKED_COLOURS = 16,
	RUN = 255, /* what one byte of a run's length adds at most */
};

static uint16_t
least(int a, int b)
{
	return (uint16_t)(a < b ? a : b);
}

bool
tile_next(struct rect all, uint16_t side, struct rect *t)
{
	int right = all.x + all.w, bottom = all.y + all.h;
	int x = t->w ? t->x + t->w : all.x, y = t->w ? t->y : all.y;

	if (x == right) {
		x = all.x;
		y += t->h;
	}
	if (y == bottom)
		return false;
	*t = (struct rect){ (uint16_t)x, (uint16_t)y, least(right - x, side),
		least(bottom - y, side) };
	return true;
}

static unsigned int
run_length(const struct tile *t, unsigned int at)
{
	unsigned int n = 1, area = t->w * t->h;
	uint32_t word = t->words[at];

	while (at + n < area && t->words[at + n] == word)
		n++;
	return n;
}

static void
count(struct tile *t)
{
	t->runs = t->alone = t->more = 0;
	palette_clear(&t->colours, TILE_COLOURS);
	for (unsigned int i = 0, n; i < t->w * t->h; i += n) {
		n = run_length(t, i);
		palette_add(&t->colours, t->words[i]);
		t->runs++;
		t->alone += n == 1;
		t->more += (n - 1) / RUN;
	}
}

void
tile_read(struct tile *t, const struct rfb_picture *p, struct rect r,
    const struct rfb_format *f)
{
	const uint8_t *row = p->pixels + r.y * p->stride + (size_t)r.x * 4;
	uint32_t *words = t->words;

	t->w = r.w;
	t->h = r.h;
	for (unsigned int y = 0; y < t->h; y++, row += p->stride, words += t->w)
		rfb_translate(f, words, row, t->w);
	for (unsigned int i = 0; f->skip && i < t->w * t->h; i++)
		t->words[i] >>= 8 * f->skip;
	count(t);
}

/* Bits of a number in a packed palette; section 7.7.5. */
static unsigned int
bits_of(const struct tile *t)
{
	return t->colours.n == 2 ? 1 : t->colours.n <= 4 ? 2 : 4;
}

static void
put_word(struct wbuf *out, uint32_t word, unsigned int small)
{
	for (unsigned int i = 0; i < small; i++, word >>= 8)
		wbuf_u8(out, (uint8_t)word);
}

static void
put_colours(struct wbuf *out, const struct tile *t, unsigned int small)
{
	for (unsigned int i = 0; i < t->colours.n; i++)
		put_word(out, t->colours.colours[i], small);
}

static void
put_raw(struct wbuf *out, const struct tile *t, unsigned int small)
{
	uint8_t *p;

	wbuf_u8(out, HOW_RAW);
	p = wbuf_room(out, (size_t)t->w * t->h * small);
	for (unsigned int i = 0; p && i < t->w * t->h; i++) {
		uint32_t word = t->words[i];

		for (unsigned int b = 0; b < small; b++, word >>= 8)
			*p++ = (uint8_t)word;
	}
}

static void
put_packed(struct wbuf *out, const struct tile *t, unsigned int small)
{
	unsigned int bits = bits_of(t);

	wbuf_u8(out, (uint8_t)t->colours.n);
	put_colours(out, t, small);
	for (unsigned int y = 0; y < t->h; y++) {
		const uint32_t *row = t->words + y * t->w;
		unsigned int byte = 0, filled = 0;

		for (unsigned int x = 0; x < t->w; x++) {
			byte =
			    byte << bits | palette_number(&t->colours, row[x]);
			filled += bits;
			if (filled < 8)
				continue;
			wbuf_u8(out, (uint8_t)byte);
			filled = 0;
		}
		if (filled)
			wbuf_u8(out, (uint8_t)(byte << (8 - filled)));
	}
}

static void
put_length(struct wbuf *out, unsigned int n)
{
	for (n--; n >= RUN; n -= RUN)
		wbuf_u8(out, RUN);
	wbuf_u8(out, (uint8_t)n);
}

static void
put_plain_runs(struct wbuf *out, const struct tile *t, unsigned int small)
{
	wbuf_u8(out, HOW_RLE);
	for (unsigned int i = 0, n; i < t->w * t->h; i += n) {
		n = run_length(t, i);
		put_word(out, t->words[i], small);
		put_length(out, n);
	}
}

static void
put_palette_runs(struct wbuf *out, const struct tile *t, unsigned int small)
{
	wbuf_u8(out, (uint8_t)(HOW_RLE + t->colours.n));
	put_colours(out, t, small);
	for (unsigned int i = 0, n; i < t->w * t->h; i += n) {
		unsigned int number = palette_number(&t->colours, t->words[i]);

		n = run_length(t, i);
		wbuf_u8(out, (uint8_t)(n > 1 ? HOW_RLE + number : number));
		if (n > 1)
			put_length(out, n);
	}
}

void
tile_write(const struct tile *t, unsigned int small, struct wbuf *out)
{
	size_t raw = (size_t)t->w * t->h * small;
	size_t runs = (size_t)t->runs * (small + 1) + t->more;
	size_t palette = SIZE_MAX, packed = SIZE_MAX;

	if (t->colours.n == 1) {
		wbuf_u8(out, HOW_SOLID);
		put_word(out, t->words[0], small);
		return;
	}
	if (t->colours.n <= TILE_COLOURS)
		palette = t->colours.n * small + 2 * (size_t)t->runs -
		    t->alone + t->more;
	if (t->colours.n <= PACKED_COLOURS)
		packed = t->colours.n * small +
		    (size_t)(t->w * bits_of(t) + 7) / 8 * t->h;
	if (packed <= palette && packed <= runs && packed < raw)
		put_packed(out, t, small);
	else if (palette <= runs && palette < raw)
		put_palette_runs(out, t, small);
	else if (runs < raw)
		put_plain_runs(out, t, small);
	else
		put_raw(out, t, small);
}
