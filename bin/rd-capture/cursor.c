#include "cursor.h"

#include <stdlib.h>

#include "frames/lines.h"
#include "png64.h"

typedef xcb_xfixes_get_cursor_image_reply_t image_t;

static uint32_t *
pixels_of(const image_t *image)
{
	return xcb_xfixes_get_cursor_image_cursor_image(image);
}

static uint8_t
channel(uint32_t argb, int shift)
{
	return (uint8_t)(argb >> shift);
}

/* Half the size, each pixel the mean of four. */
static void
halve(image_t *image)
{
	uint32_t *p = pixels_of(image);
	size_t w = image->width, half_w = (w + 1) / 2;
	size_t h = image->height, half_h = (h + 1) / 2;

	for (size_t y = 0; y < half_h; y++) {
		for (size_t x = 0; x < half_w; x++) {
			size_t right = 2 * x + 1 < w, down = 2 * y + 1 < h;
			const uint32_t *q = p + 2 * y * w + 2 * x;
			uint32_t mean = 0;

			for (int s = 0; s < 32; s += 8)
				mean |= (uint32_t)(channel(q[0], s) +
					    channel(q[right], s) +
					    channel(q[down * w], s) +
					    channel(q[down * w + right], s)) /
					4
				    << s;
			p[y * half_w + x] = mean;
		}
	}
	image->width = (uint16_t)half_w;
	image->height = (uint16_t)half_h;
	image->xhot /= 2;
	image->yhot /= 2;
}

/* X premultiplies the colours by alpha, PNG does not. */
static uint32_t
straight(uint32_t argb)
{
	uint32_t a = argb >> 24, out = argb & 0xff000000;

	for (int s = 0; a && s < 24; s += 8) {
		uint32_t c = (channel(argb, s) * 255u + a / 2) / a;

		out |= (c < 255 ? c : 255) << s;
	}
	return out;
}

/* As base64 into out; 0 when it would be too long. */
static size_t
encode(const image_t *image, char *out)
{
	static uint32_t argb[FRAMES_CURSOR_MAX * FRAMES_CURSOR_MAX];
	size_t n = (size_t)image->width * image->height;

	for (size_t i = 0; i < n; i++)
		argb[i] = straight(pixels_of(image)[i]);
	return png64(argb, image->width, image->height, out);
}

static bool
is_hidden(const image_t *image)
{
	size_t n = image ? (size_t)image->width * image->height : 0;

	for (size_t i = 0; i < n; i++)
		if (pixels_of(image)[i] >> 24)
			return false;
	return true;
}

size_t
cursor_line(image_t *image, char *out)
{
	static char text[PNG64_MAX];
	struct frames_line l = { .kind = FRAMES_CURSOR,
		.cursor = { .png = "-", .png_len = 1 } };
	ssize_t n;

	if (!is_hidden(image)) {
		while (image->width > FRAMES_CURSOR_MAX ||
		    image->height > FRAMES_CURSOR_MAX ||
		    !(l.cursor.png_len = encode(image, text)))
			halve(image);
		l.cursor.width = image->width;
		l.cursor.height = image->height;
		l.cursor.xhot = image->xhot;
		l.cursor.yhot = image->yhot;
		l.cursor.png = text;
	}
	n = frames_line_encode(&l, out, FRAMES_LINE_MAX);
	return n > 0 ? (size_t)n : 0;
}

struct rect
cursor_rect(
    const image_t *image, int x, int y, const struct frames_geometry *size)
{
	int left = x - image->xhot, right = left + image->width;
	int top = y - image->yhot, bottom = top + image->height;

	left = left > 0 ? left : 0;
	top = top > 0 ? top : 0;
	right = right < (int)size->width ? right : (int)size->width;
	bottom = bottom < (int)size->height ? bottom : (int)size->height;
	if (left >= right || top >= bottom)
		return (struct rect){ 0 };
	return (struct rect){ (uint16_t)left, (uint16_t)top,
		(uint16_t)(right - left), (uint16_t)(bottom - top) };
}

void
cursor_paint(const image_t *image, int x, int y,
    const struct frames_geometry *size, uint8_t *pixels)
{
	struct rect r = cursor_rect(image, x, y, size);
	int left = x - image->xhot, top = y - image->yhot;

	for (int row = r.y; row < r.y + r.h; row++) {
		uint8_t *out = pixels + (size_t)row * size->stride + r.x * 4;
		const uint32_t *in =
		    pixels_of(image) + (row - top) * image->width + r.x - left;

		for (int i = 0; i < r.w; i++, in++, out += 4)
			for (int k = 0; k < 3; k++)
				out[k] = (uint8_t)(channel(*in, 8 * k) +
				    out[k] * (255 - (*in >> 24)) / 255);
	}
}
