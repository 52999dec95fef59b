#include "rfb/format.h"

#include <endian.h>
#include <errno.h>

enum { SET_COLOUR_MAP = 1, COLOUR_MAX = 65535 };

/* The colour map: its numbers are made of the channels like true colour. */
static const uint16_t map_max[3] = { 7, 7, 3 };
static const uint8_t map_shift[3] = { 5, 2, 0 };

static uint32_t
reversed(uint32_t word, unsigned int bytes)
{
	return __builtin_bswap32(word) >> (32 - 8 * bytes);
}

static void
make_words(struct rfb_format *f)
{
	const uint16_t *max = f->true_colour ? f->max : map_max;
	const uint8_t *shift = f->true_colour ? f->shift : map_shift;

	for (int c = 0; c < 3; c++)
		for (uint32_t v = 0; v < 256; v++) {
			uint32_t word = (v * max[c] + 127) / 255 << shift[c];

			f->words[c][v] =
			    f->big_endian ? reversed(word, f->bytes) : word;
		}
}

/* Section 7.7.5: three bytes will do where the fourth says nothing. */
static void
make_small(struct rfb_format *f)
{
	uint32_t used = 0;

	f->small = f->bytes;
	f->skip = 0;
	if (!f->true_colour || f->bits != 32 || f->depth > 24)
		return;
	for (int c = 0; c < 3; c++)
		used |= (uint32_t)f->max[c] << f->shift[c];
	if (used >> 24 == 0) {
		f->small = 3;
		f->skip = f->big_endian;
	} else if ((used & 0xff) == 0) {
		f->small = 3;
		f->skip = !f->big_endian;
	}
}

static void
make(struct rfb_format *f)
{
	f->bytes = f->bits / 8;
	make_words(f);
	make_small(f);
	f->plain = f->bits == 32 && !f->big_endian && f->true_colour;
	for (int c = 0; c < 3; c++)
		f->plain &= f->max[c] == 255 && f->shift[c] == 16 - 8 * c;
}

void
rfb_format_init(struct rfb_format *f)
{
	*f = (struct rfb_format){ .bits = 32,
		.depth = 24,
		.true_colour = true,
		.max = { 255, 255, 255 },
		.shift = { 16, 8, 0 } };
	make(f);
}

static bool
is_possible(const struct rfb_format *f)
{
	if (f->bits != 8 && f->bits != 16 && f->bits != 32)
		return false;
	for (int c = 0; c < 3 && f->true_colour; c++)
		if (!f->max[c] || f->shift[c] >= f->bits ||
		    (uint64_t)f->max[c] << f->shift[c] >> f->bits)
			return false;
	return true;
}

int
rfb_format_decode(struct rfb_format *f, struct rbuf *r)
{
	struct rfb_format n = { .bits = rbuf_u8(r), .depth = rbuf_u8(r) };

	n.big_endian = rbuf_u8(r);
	n.true_colour = rbuf_u8(r);
	for (int c = 0; c < 3; c++)
		n.max[c] = rbuf_u16(r);
	for (int c = 0; c < 3; c++)
		n.shift[c] = rbuf_u8(r);
	rbuf_take(r, 3);
	if (r->bad || !is_possible(&n))
		return -EBADMSG;
	make(&n);
	*f = n;
	return 0;
}

void
rfb_format_encode(const struct rfb_format *f, struct wbuf *w)
{
	wbuf_u8(w, f->bits);
	wbuf_u8(w, f->depth);
	wbuf_u8(w, f->big_endian);
	wbuf_u8(w, f->true_colour);
	for (int c = 0; c < 3; c++)
		wbuf_u16(w, f->max[c]);
	for (int c = 0; c < 3; c++)
		wbuf_u8(w, f->shift[c]);
	wbuf_u24(w, 0);
}

void
rfb_format_map(struct wbuf *w)
{
	wbuf_u8(w, SET_COLOUR_MAP);
	wbuf_u8(w, 0);
	wbuf_u16(w, 0); /* from the first on */
	wbuf_u16(w, RFB_COLOURS);
	for (unsigned int i = 0; i < RFB_COLOURS; i++)
		for (int c = 0; c < 3; c++) {
			unsigned int v = i >> map_shift[c] & map_max[c];

			wbuf_u16(w, (uint16_t)(v * COLOUR_MAX / map_max[c]));
		}
}

static uint32_t
word_of(const struct rfb_format *f, const uint8_t *bgrx)
{
	return f->words[0][bgrx[2]] | f->words[1][bgrx[1]] |
	    f->words[2][bgrx[0]];
}

void
rfb_translate(
    const struct rfb_format *f, uint32_t *words, const uint8_t *bgrx, size_t n)
{
	if (!f->plain) {
		for (size_t i = 0; i < n; i++)
			words[i] = word_of(f, bgrx + 4 * i);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t word;

		memcpy(&word, bgrx + 4 * i, sizeof(word));
		words[i] = le32toh(word) & 0xffffff;
	}
}

void
rfb_translate_bytes(
    const struct rfb_format *f, uint8_t *out, const uint8_t *bgrx, size_t n)
{
	if (f->plain) {
		memcpy(out, bgrx, 4 * n);
		return;
	}
	for (size_t i = 0; i < n; i++, bgrx += 4) {
		uint32_t word = word_of(f, bgrx);

		for (unsigned int b = 0; b < f->bytes; b++, word >>= 8)
			*out++ = (uint8_t)word;
	}
}
