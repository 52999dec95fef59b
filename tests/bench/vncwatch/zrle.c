/* Raw, and ZRLE: RFC 6143 sections 7.7.1, 7.7.5 and 7.7.6 */
#include <stdlib.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/die.h"
#include "watch.h"

enum {
	SIDE = 64,
	SMALL = 3, /* bytes of a pixel */
	RLE = 128,
	SOLID = 1,
	PACKED = 16,
};

void
raw_read(struct area a)
{
	bool meets = part_meets(a);

	for (int y = a.y; y < a.y + a.h; y++) {
		const uint8_t *p = input_take((size_t)a.w * 4);

		for (int x = a.x; meets && x < a.x + a.w; x++, p += 4)
			part_put(
			    x, y, (uint32_t)(p[2] << 16 | p[1] << 8 | p[0]));
	}
}

static uint32_t
take_pixel(struct rbuf *r)
{
	const uint8_t *p = rbuf_take(r, SMALL);

	return p ? (uint32_t)(p[2] << 16 | p[1] << 8 | p[0]) : 0;
}

/* The pixel that is number i of the tile, row by row. */
static void
put(struct area tile, int i, uint32_t pixel)
{
	part_put(tile.x + i % tile.w, tile.y + i / tile.w, pixel);
}

static void
read_packed(
    struct rbuf *r, struct area tile, const uint32_t *colours, unsigned int n)
{
	unsigned int bits = n == 2 ? 1 : n <= 4 ? 2 : 4;

	for (int y = 0; y < tile.h; y++) {
		unsigned int byte = 0, left = 0;

		for (int x = 0; x < tile.w; x++) {
			if (!left) {
				byte = rbuf_u8(r);
				left = 8;
			}
			left -= bits;
			part_put(tile.x + x, tile.y + y,
			    colours[byte >> left & ((1u << bits) - 1)]);
		}
	}
}

static int
take_length(struct rbuf *r)
{
	int n = 1, byte;

	do {
		byte = rbuf_u8(r);
		n += byte;
	} while (byte == 255);
	return n;
}

static void
read_runs(
    struct rbuf *r, struct area tile, const uint32_t *colours, unsigned int n)
{
	for (int i = 0; i < tile.w * tile.h && !r->bad;) {
		unsigned int byte = n ? rbuf_u8(r) : RLE;
		uint32_t pixel = n ? colours[byte & (RLE - 1)] : take_pixel(r);
		int count = byte & RLE ? take_length(r) : 1;

		for (; count && i < tile.w * tile.h; count--)
			put(tile, i++, pixel);
	}
}

static void
read_tile(struct rbuf *r, struct area tile)
{
	uint32_t colours[RLE] = { 0 };
	unsigned int how = rbuf_u8(r), n = how & (RLE - 1);

	for (unsigned int i = 0; i < n; i++)
		colours[i] = take_pixel(r);
	if (how & RLE)
		read_runs(r, tile, colours, n);
	else if (how == SOLID)
		part_fill(tile, colours[0]);
	else if (how > SOLID && how <= PACKED)
		read_packed(r, tile, colours, n);
	else
		for (int i = 0; i < tile.w * tile.h; i++)
			put(tile, i, take_pixel(r));
}

static int
least(int a, int b)
{
	return a < b ? a : b;
}

void
zrle_read(struct area a)
{
	static z_stream z;
	static bool begun;
	/* What one rectangle is, unpacked, is no more than this. */
	size_t room = (size_t)a.w * (size_t)a.h * 5 + 1024;
	size_t len = input_u32();
	uint8_t *bytes = malloc(room);
	struct rbuf r;

	if (!begun && inflateInit(&z) != Z_OK)
		die(EXIT_TEMP, 0, "no zlib");
	begun = true;
	if (part_discard) {
		input_take(len);
		free(bytes);
		return;
	}
	z.next_in = (z_const Bytef *)(uintptr_t)input_take(len);
	z.avail_in = (unsigned int)len;
	z.next_out = bytes;
	z.avail_out = (unsigned int)room;
	if (!bytes || inflate(&z, Z_SYNC_FLUSH) < 0 || z.avail_in)
		die(EXIT_TEMP, 0, "bad ZRLE");
	r = rbuf_of(bytes, room - z.avail_out);
	for (int y = a.y; y < a.y + a.h && part_meets(a); y += SIDE)
		for (int x = a.x; x < a.x + a.w; x += SIDE)
			read_tile(&r,
			    (struct area){ x, y, least(SIDE, a.x + a.w - x),
				least(SIDE, a.y + a.h - y) });
	free(bytes);
}
