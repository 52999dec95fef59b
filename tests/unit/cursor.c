#include "../../bin/rd-capture/cursor.h"

#include <png.h>

#include "../tap.h"
#include "frames/lines.h"

typedef xcb_xfixes_get_cursor_image_reply_t image_t;

/* A reply as the X server makes it, its pixels behind it. */
static image_t *
image_of(uint16_t width, uint16_t height, uint16_t xhot, uint16_t yhot)
{
	image_t *i =
	    calloc(1, sizeof(*i) + (size_t)width * height * sizeof(uint32_t));

	if (!i)
		abort();
	i->width = width;
	i->height = height;
	i->xhot = xhot;
	i->yhot = yhot;
	return i;
}

static uint32_t *
pixels_of(image_t *i)
{
	return xcb_xfixes_get_cursor_image_cursor_image(i);
}

static size_t
unbase64(const char *text, size_t len, uint8_t *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < len && text[i] != '='; i++) {
		bits = bits << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
		if (i % 4)
			out[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return n;
}

/* The picture in a cursor line, BGRA; its size is in *l. */
static bool
read_line(struct frames_line *l, const char *line, size_t len, uint32_t *bgra)
{
	static uint8_t png[FRAMES_LINE_MAX];
	png_image image = { .version = PNG_IMAGE_VERSION };
	size_t n;

	if (frames_line_decode(l, line, len - 1) || l->kind != FRAMES_CURSOR)
		return false;
	n = unbase64(l->cursor.png, l->cursor.png_len, png);
	if (!png_image_begin_read_from_memory(&image, png, n) ||
	    (int)image.width != l->cursor.width ||
	    (int)image.height != l->cursor.height)
		return false;
	image.format = PNG_FORMAT_BGRA;
	return png_image_finish_read(&image, NULL, bgra, 0, NULL);
}

static char line[FRAMES_LINE_MAX];
static uint32_t bgra[FRAMES_CURSOR_MAX * FRAMES_CURSOR_MAX];

static void
test_line(void)
{
	image_t *i = image_of(3, 2, 1, 1);
	struct frames_line l;
	size_t n;

	pixels_of(i)[0] = 0xff102030;
	pixels_of(i)[1] = 0x80402000;
	pixels_of(i)[5] = 0x01010101;
	n = cursor_line(i, line);
	ok(n && line[n - 1] == '\n', "a line");
	ok(read_line(&l, line, n, bgra), "with a PNG of its size");
	is_int(l.cursor.xhot * 10 + l.cursor.yhot, 11, "and its hot spot");
	is_int(bgra[0], 0xff102030, "an opaque pixel as it is");
	is_int(bgra[1], 0x80804000, "a half transparent one in full colour");
	is_int(bgra[2], 0, "a transparent one");
	is_int(bgra[5], 0x01ffffff, "the faintest");
	free(i);
}

static void
test_hidden(void)
{
	image_t *i = image_of(16, 16, 3, 4);
	size_t n = cursor_line(i, line);

	ok(n == 17 && memcmp(line, "cursor 0 0 0 0 -\n", n) == 0,
	    "a transparent cursor is none");
	n = cursor_line(NULL, line);
	ok(n == 17 && memcmp(line, "cursor 0 0 0 0 -\n", n) == 0,
	    "no cursor is none");
	free(i);
}

static void
test_large(void)
{
	static const struct {
		uint16_t width, height;
		bool noise;
		int want;
	} rows[] = {
		{ 256, 256, false, 256 },
		{ 257, 3, false, 129 },
		{ 1000, 1000, false, 250 },
		{ 64, 64, true, 64 },
		{ 256, 256, true, 64 },
		{ 1, 1, true, 1 },
	};

	for (size_t k = 0; k < LEN(rows); k++) {
		image_t *i = image_of(rows[k].width, rows[k].height, 200, 2);
		size_t n = (size_t)i->width * i->height;
		struct frames_line l = { 0 };

		for (size_t p = 0; p < n; p++)
			pixels_of(i)[p] = rows[k].noise
			    ? 0xff000000 | (uint32_t)rand()
			    : 0xff336699;
		n = cursor_line(i, line);
		ok(n <= sizeof(line) && read_line(&l, line, n, bgra),
		    "%dx%d %s fits a line", rows[k].width, rows[k].height,
		    rows[k].noise ? "of noise" : "of one colour");
		is_int(l.cursor.width, rows[k].want, "so wide");
		if (!rows[k].noise)
			is_int(bgra[0], 0xff336699, "and of that colour");
		free(i);
	}
}

static void
test_paint(void)
{
	enum { WIDTH = 20, HEIGHT = 10 };
	const struct frames_geometry size = { WIDTH, HEIGHT, WIDTH * 4, 3 };
	uint32_t *picture = calloc(WIDTH * HEIGHT, sizeof(*picture));
	image_t *i = image_of(8, 8, 4, 4);
	struct rect r;
	bool inside = true;

	if (!picture)
		abort();
	for (int p = 0; p < 64; p++)
		pixels_of(i)[p] = 0x80400000 | (uint32_t)p;
	for (int y = -8; y < HEIGHT + 8; y++) {
		for (int x = -8; x < WIDTH + 8; x++) {
			r = cursor_rect(i, x, y, &size);
			inside &=
			    !r.w || (r.x + r.w <= WIDTH && r.y + r.h <= HEIGHT);
			cursor_paint(i, x, y, &size, (uint8_t *)picture);
		}
	}
	ok(inside, "never beyond the picture, wherever it is");
	r = cursor_rect(i, -4, 5, &size);
	is_int(r.w, 0, "outside is nowhere");
	r = cursor_rect(i, 19, 9, &size);
	is_int(r.x * 1000000 + r.y * 10000 + r.w * 100 + r.h, 15050505,
	    "in the corner it is cut");
	memset(picture, 0xff, WIDTH * HEIGHT * sizeof(*picture));
	cursor_paint(i, 4, 4, &size, (uint8_t *)picture);
	is_int(picture[0] & 0xffffff, 0xbf7f7f, "painted over white");
	is_int(picture[8] & 0xffffff, 0xffffff, "and not beside itself");
	is_int(picture[7 * WIDTH + 7] & 0xff, 0x7f + 63, "its last pixel");
	free(i);
	free(picture);
}

int
main(void)
{
	test_line();
	test_hidden();
	test_large();
	test_paint();
	return done_testing();
}
