#include "cursor.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "frames/lines.h"

enum {
	LINE_HEAD = 64, /* more than "cursor 256 256 256 256 \n" */
	PNG_MAX = (FRAMES_LINE_MAX - LINE_HEAD) / 4 * 3,
};

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

/* Length of the PNG, 0 when it would be longer than PNG_MAX. */
static size_t
encode(const image_t *image, uint8_t *png)
{
	static uint32_t argb[FRAMES_CURSOR_MAX * FRAMES_CURSOR_MAX];
	png_image out = { .version = PNG_IMAGE_VERSION,
		.width = image->width,
		.height = image->height,
		.format = PNG_FORMAT_BGRA };
	size_t n = (size_t)image->width * image->height;
	png_alloc_size_t len = PNG_MAX;

	for (size_t i = 0; i < n; i++)
		argb[i] = straight(pixels_of(image)[i]);
	if (!png_image_write_to_memory(&out, png, &len, 0, argb, 0, NULL))
		len = 0;
	png_image_free(&out);
	return len;
}

static size_t
base64(const uint8_t *p, size_t len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	char *start = out;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)p[i] << 16;

		v |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= left > 2 ? p[i + 2] : 0u;
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[v & 63] : '=';
	}
	return (size_t)(out - start);
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
	static uint8_t png[PNG_MAX];
	static char text[PNG_MAX / 3 * 4 + 4];
	struct frames_line l = { .kind = FRAMES_CURSOR,
		.cursor = { .png = "-", .png_len = 1 } };
	ssize_t n;

	if (!is_hidden(image)) {
		size_t len;

		while (image->width > FRAMES_CURSOR_MAX ||
		    image->height > FRAMES_CURSOR_MAX ||
		    !(len = encode(image, png)))
			halve(image);
		l.cursor.width = image->width;
		l.cursor.height = image->height;
		l.cursor.xhot = image->xhot;
		l.cursor.yhot = image->yhot;
		l.cursor.png = text;
		l.cursor.png_len = base64(png, len, text);
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
