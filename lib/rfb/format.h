/*
 * format.h - how a client wants its pixels
 *
 * RFC 6143 section 7.4.  A pixel is translated into a word whose bytes, from
 * the lowest on, are those that go over the wire, so that pixels can be
 * compared and written without looking at the format again.  Pure.
 */
#ifndef RFB_FORMAT_H
#define RFB_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	RFB_FORMAT_SIZE = 16, /* bytes over the wire */
	RFB_COLOURS = 256,    /* of a colour map */
};

struct rfb_format {
	uint8_t bits, depth; /* of a pixel: 8, 16 or 32, and those that count */
	bool big_endian, true_colour;
	uint16_t max[3]; /* red, green, blue */
	uint8_t shift[3];

	/* Made of those. */
	uint8_t bytes;
	bool plain;    /* the very pixels of rd-frames(5) */
	uint8_t small; /* bytes of a CPIXEL, section 7.7.5, */
	uint8_t skip;  /* and of those before them */
	uint32_t words[3][256];
};

/* 32 bits, red 16, green 8, blue 0: what rd-frames(5) has. */
void rfb_format_init(struct rfb_format *f);

/*
 * Read a PIXEL_FORMAT.  -EBADMSG, f as it was, when no pixel can have it: an
 * odd number of bits, a maximum of 0, a channel beyond the pixel's bits.
 * Without true colour pixels are numbers of rfb_format_map()'s colours.
 */
int rfb_format_decode(struct rfb_format *f, struct rbuf *r);
void rfb_format_encode(const struct rfb_format *f, struct wbuf *w);

/* SetColourMapEntries of all RFB_COLOURS, 3 bits red and green, 2 blue. */
void rfb_format_map(struct wbuf *w);

/* n pixels, of 4 bytes each from blue on, as words. */
void rfb_translate(
    const struct rfb_format *f, uint32_t *words, const uint8_t *bgrx, size_t n);

/* Write the n pixels as bytes: n * f->bytes. */
void rfb_translate_bytes(
    const struct rfb_format *f, uint8_t *out, const uint8_t *bgrx, size_t n);

#endif
