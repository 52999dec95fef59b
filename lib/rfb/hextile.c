/* RFC 6143 section 7.7.4 */
#include "rfb/encoder.h"

enum {
	TILE = 16,
	IS_RAW = 1,
	HAS_BACKGROUND = 2,
	HAS_FOREGROUND = 4,
	HAS_SUBRECTS = 8,
	ARE_COLOURED = 16,
	SUBRECTS = 255,
};

struct subrect {
	uint32_t word;
	uint8_t xy, wh;
};

struct tile {
	uint32_t words[TILE * TILE];
	int w, h;
	uint32_t background, foreground;
	bool mono; /* all subrects have the foreground */
	int count;
	struct subrect rects[SUBRECTS];
};

/* What the last tile of this rectangle left behind. */
struct colours {
	bool valid;
	uint32_t background, foreground;
};

static size_t
bound(void *state, size_t pixels)
{
	(void)state;
	/* A byte for each tile, of which there are narrow and low ones. */
	return RFB_RECT_HEADER + 5 * pixels;
}

static void
read_tile(struct tile *t, const struct rfb_picture *p, int x, int y,
    const struct rfb_format *f)
{
	const uint8_t *row = p->pixels + (size_t)y * p->stride + (size_t)x * 4;

	for (int i = 0; i < t->h; i++, row += p->stride)
		rfb_translate(f, t->words + i * t->w, row, (size_t)t->w);
}

/* The colour that covers most, of the first and the first other one. */
static void
choose_background(struct tile *t)
{
	uint32_t first = t->words[0], other = first;
	int balance = 0;

	for (int i = 0; i < t->w * t->h; i++) {
		if (t->words[i] == first) {
			balance++;
			continue;
		}
		if (other == first)
			other = t->words[i];
		balance -= t->words[i] == other;
	}
	t->background = balance >= 0 ? first : other;
}

/* As wide as it goes, then as high, of one colour from x, y on. */
static struct subrect
grow(struct tile *t, int x, int y)
{
	const uint32_t *at = t->words + y * t->w + x;
	int w = 1, h = 1;

	while (x + w < t->w && at[w] == *at)
		w++;
	while (y + h < t->h) {
		int same = 0;

		while (same < w && at[h * t->w + same] == *at)
			same++;
		if (same < w)
			break;
		h++;
	}
	return (struct subrect){ *at, (uint8_t)(x << 4 | y),
		(uint8_t)((w - 1) << 4 | (h - 1)) };
}

static void
erase(struct tile *t, const struct subrect *s)
{
	int x = s->xy >> 4, y = s->xy & 15;

	for (int j = y; j <= y + (s->wh & 15); j++)
		for (int i = x; i <= x + (s->wh >> 4); i++)
			t->words[j * t->w + i] = t->background;
}

/* False when there are too many of them. */
static bool
find_subrects(struct tile *t)
{
	t->count = 0;
	t->mono = true;
	for (int y = 0; y < t->h; y++)
		for (int x = 0; x < t->w; x++) {
			if (t->words[y * t->w + x] == t->background)
				continue;
			if (t->count == SUBRECTS)
				return false;
			t->rects[t->count] = grow(t, x, y);
			if (!t->count)
				t->foreground = t->rects[0].word;
			t->mono &= t->rects[t->count].word == t->foreground;
			erase(t, &t->rects[t->count++]);
		}
	return true;
}

static void
put_pixel(struct wbuf *w, const struct rfb_format *f, uint32_t word)
{
	for (unsigned int i = 0; i < f->bytes; i++, word >>= 8)
		wbuf_u8(w, (uint8_t)word);
}

static size_t
size_of(const struct tile *t, const struct rfb_format *f)
{
	size_t each = t->mono ? 2 : 2u + f->bytes;

	return 2u + 2u * f->bytes + (size_t)t->count * each;
}

static void
put_subrects(struct wbuf *w, const struct tile *t, const struct rfb_format *f)
{
	wbuf_u8(w, (uint8_t)t->count);
	for (int i = 0; i < t->count; i++) {
		if (!t->mono)
			put_pixel(w, f, t->rects[i].word);
		wbuf_u8(w, t->rects[i].xy);
		wbuf_u8(w, t->rects[i].wh);
	}
}

static void
put_tile(struct wbuf *w, const struct tile *t, const struct rfb_format *f,
    struct colours *last)
{
	unsigned int how = 0;

	if (!last->valid || last->background != t->background)
		how |= HAS_BACKGROUND;
	if (t->count && t->mono &&
	    (!last->valid || last->foreground != t->foreground))
		how |= HAS_FOREGROUND;
	if (t->count)
		how |= HAS_SUBRECTS | (t->mono ? 0u : ARE_COLOURED);
	wbuf_u8(w, (uint8_t)how);
	if (how & HAS_BACKGROUND)
		put_pixel(w, f, t->background);
	if (how & HAS_FOREGROUND)
		put_pixel(w, f, t->foreground);
	if (t->count)
		put_subrects(w, t, f);
	last->background = t->background;
	/* A tile without one foreground does not leave the last one's. */
	last->valid = t->count && t->mono;
	last->foreground = t->foreground;
}

static void
put_raw(struct wbuf *w, const struct rfb_picture *p, struct rect r,
    const struct rfb_format *f)
{
	const uint8_t *row = p->pixels + r.y * p->stride + (size_t)r.x * 4;

	wbuf_u8(w, IS_RAW);
	for (int y = 0; y < r.h; y++, row += p->stride) {
		uint8_t *to = wbuf_room(w, (size_t)r.w * f->bytes);

		if (to)
			rfb_translate_bytes(f, to, row, r.w);
	}
}

static struct rfb_written
encode(void *state, const struct rfb_picture *p, struct rect r,
    const struct rfb_wish *wish, struct wbuf *out)
{
	const struct rfb_format *f = &wish->format;
	struct colours last = { .valid = false };
	struct tile t;

	(void)state;
	rfb_rect(out, r, RFB_HEXTILE);
	for (int y = r.y; y < r.y + r.h; y += TILE)
		for (int x = r.x; x < r.x + r.w; x += TILE) {
			t.w = r.x + r.w - x < TILE ? r.x + r.w - x : TILE;
			t.h = r.y + r.h - y < TILE ? r.y + r.h - y : TILE;
			read_tile(&t, p, x, y, f);
			choose_background(&t);
			if (find_subrects(&t) &&
			    size_of(&t, f) < (size_t)(t.w * t.h) * f->bytes) {
				put_tile(out, &t, f, &last);
				continue;
			}
			last.valid = false;
			put_raw(out, p,
			    (struct rect){ (uint16_t)x, (uint16_t)y,
				(uint16_t)t.w, (uint16_t)t.h },
			    f);
		}
	return (struct rfb_written){ .rects = 1 };
}

const struct rfb_encoder rfb_hextile = {
	.encoding = RFB_HEXTILE,
	.width = RFB_PIECE_AREA / TILE,
	.rows = TILE,
	.bound = bound,
	.encode = encode,
};
