/* Tight, as RFB's community edition has it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <zlib.h>

#include "base/die.h"
#include "watch.h"

enum {
	SMALL = 3,
	STREAMS = 4,
	AS_IS = 12, /* bytes; less is not packed */
	FILL = 8,
	JPEG = 9,
	FILTERED = 4,
	COPY = 0,
	PALETTE = 1,
	GRADIENT = 2,
};

static z_stream streams[STREAMS];
static bool begun[STREAMS];

static size_t
take_length(void)
{
	size_t byte = input_u8(), n = byte & 127;

	if (!(byte & 128))
		return n;
	byte = input_u8();
	n |= (byte & 127) << 7;
	return byte & 128 ? n | (size_t)input_u8() << 14 : n;
}

static uint32_t
colour_at(const uint8_t *p)
{
	return (uint32_t)(p[0] << 16 | p[1] << 8 | p[2]);
}

/* Len bytes of data, unpacked when they are: until the next call. */
static const uint8_t *
unpack(unsigned int how, size_t len)
{
	static uint8_t *bytes;
	unsigned int i = how & (STREAMS - 1);
	size_t packed;

	if (len < AS_IS)
		return input_take(len);
	packed = take_length();
	bytes = realloc(bytes, len);
	if (part_discard) {
		input_take(packed);
		return bytes;
	}
	if (!bytes || (!begun[i] && inflateInit(&streams[i]) != Z_OK))
		die(EXIT_TEMP, 0, "no zlib");
	begun[i] = true;
	streams[i].next_in = (z_const Bytef *)(uintptr_t)input_take(packed);
	streams[i].avail_in = (unsigned int)packed;
	streams[i].next_out = bytes;
	streams[i].avail_out = (unsigned int)len;
	if (inflate(&streams[i], Z_SYNC_FLUSH) < 0 || streams[i].avail_out)
		die(EXIT_TEMP, 0, "bad Tight");
	return bytes;
}

/* Those streams begin anew. */
static void
reset(unsigned int which)
{
	for (unsigned int i = 0; i < STREAMS; i++)
		if (which >> i & 1 && begun[i])
			inflateReset(&streams[i]);
}

static void
read_palette(struct area a, unsigned int how)
{
	uint32_t colours[256];
	int n = input_u8() + 1;
	size_t row = n == 2 ? (size_t)(a.w + 7) / 8 : (size_t)a.w;
	const uint8_t *p = input_take((size_t)n * SMALL);

	for (int i = 0; i < n; i++)
		colours[i] = colour_at(p + i * SMALL);
	p = unpack(how, row * (size_t)a.h);
	for (int y = 0; y < a.h && part_meets(a); y++, p += row)
		for (int x = 0; x < a.w; x++)
			part_put(a.x + x, a.y + y,
			    colours[n == 2 ? p[x / 8] >> (7 - x % 8) & 1
					   : p[x]]);
}

static void
read_basic(struct area a, unsigned int how)
{
	int filter = how & FILTERED ? input_u8() : COPY;
	const uint8_t *p;

	if (filter == PALETTE) {
		read_palette(a, how);
		return;
	}
	p = unpack(how, (size_t)a.w * (size_t)a.h * SMALL);
	if (filter == GRADIENT || !part_meets(a))
		return; /* nobody uses it for a barcode */
	for (int y = a.y; y < a.y + a.h; y++)
		for (int x = a.x; x < a.x + a.w; x++, p += SMALL)
			part_put(x, y, colour_at(p));
}

static void
read_jpeg(struct area a)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	size_t len = take_length();
	const uint8_t *p = input_take(len);
	JSAMPROW row;

	if (!part_meets(a))
		return;
	d.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, p, (unsigned long)len);
	jpeg_read_header(&d, TRUE);
	d.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d);
	row = malloc((size_t)d.output_width * SMALL);
	for (int y = a.y; row && d.output_scanline < d.output_height; y++) {
		jpeg_read_scanlines(&d, &row, 1);
		for (int x = 0; x < a.w; x++)
			part_put(a.x + x, y, colour_at(row + x * SMALL));
	}
	free(row);
	jpeg_destroy_decompress(&d);
}

void
tight_read(struct area a)
{
	unsigned int control = input_u8(), how = control >> 4;

	reset(control);
	if (how == FILL)
		part_fill(a, colour_at(input_take(SMALL)));
	else if (how == JPEG)
		read_jpeg(a);
	else
		read_basic(a, how);
}
