/* rd-encode: converting damage gives what converting everything would */
#include "../../bin/rd-encode/convert.h"

#include "../tap.h"

static const struct picture_format plain = { .scale = 1 };
static uint32_t seed = 1;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static struct rect
random_rect(uint32_t width, uint32_t height)
{
	struct rect r = { .x = (uint16_t)draw(width),
		.y = (uint16_t)draw(height) };

	r.w = (uint16_t)(1 + draw(width - r.x));
	r.h = (uint16_t)(1 + draw(height - r.y));
	return r;
}

static void
scribble(uint8_t *pixels, uint32_t stride, const struct rect *r)
{
	for (uint32_t y = r->y; y < r->y + r->h; y++)
		for (uint32_t x = r->x * 4u; x < (r->x + r->w) * 4u; x++)
			pixels[y * stride + x] = (uint8_t)draw(256);
}

static bool
planes_equal(const struct picture *a, const struct picture *b)
{
	for (int i = 0; i < 3; i++) {
		int w = (a->width + 1) / 2, h = (a->height + 1) / 2;

		if (i == 0 || a->format.full_chroma)
			w *= 2, h *= 2;
		for (int y = 0; y < h; y++)
			if (memcmp(a->plane[i] + y * a->stride[i],
				b->plane[i] + y * b->stride[i], (size_t)w))
				return false;
	}
	return true;
}

static void
test_damage(uint32_t width, uint32_t height, const struct picture_format *f)
{
	uint32_t stride = width * 4 + 64;
	uint8_t *pixels = calloc(stride, height);
	struct region all = { 1,
		{ { 0, 0, (uint16_t)width, (uint16_t)height } } };
	struct region none = { 0 };
	struct picture part, whole;
	bool equal = true;

	if (!pixels || picture_open(&part, (int)width, (int)height, f) ||
	    picture_open(&whole, (int)width, (int)height, f))
		abort();
	picture_update(&part, pixels, stride, &all);
	for (int i = 0; i < 200; i++) {
		struct region damage = { .n = 1 + draw(REGION_MAX) };

		for (unsigned int k = 0; k < damage.n; k++) {
			damage.rects[k] = random_rect(width, height);
			scribble(pixels, stride, &damage.rects[k]);
		}
		picture_update(&part, pixels, stride, &damage);
		picture_update(&whole, pixels, stride, &all);
		equal &= planes_equal(&part, &whole);
	}
	ok(equal, "%" PRIu32 "x%" PRIu32 " / %d: bit-identical%s", width,
	    height, f->scale,
	    f->full_chroma ? ", 4:4:4"
		: f->wide  ? ", wide"
			   : "");
	scribble(pixels, stride, &all.rects[0]);
	picture_update(&part, pixels, stride, &none);
	ok(planes_equal(&part, &whole), "no damage, no change");
	picture_close(&part);
	picture_close(&whole);
	free(pixels);
}

/* BT.601, limited range: ITU-R BT.601-7 section 2.5. */
static void
test_colours(void)
{
	static const struct {
		const char *name;
		uint8_t bgrx[4], yuv[3];
	} rows[] = {
		{ "black", { 0, 0, 0, 0 }, { 16, 128, 128 } },
		{ "white", { 255, 255, 255, 0 }, { 235, 128, 128 } },
		{ "red", { 0, 0, 255, 0 }, { 82, 90, 240 } },
		{ "green", { 0, 255, 0, 0 }, { 145, 54, 34 } },
		{ "blue", { 255, 0, 0, 0 }, { 41, 240, 110 } },
	};
	struct region all = { 1, { { 0, 0, 2, 2 } } };
	struct picture p;
	uint8_t pixels[16];

	if (picture_open(&p, 2, 2, &plain))
		abort();
	for (size_t i = 0; i < LEN(rows); i++) {
		for (size_t k = 0; k < sizeof(pixels); k++)
			pixels[k] = rows[i].bgrx[k % 4];
		picture_update(&p, pixels, 8, &all);
		for (int k = 0; k < 3; k++)
			ok(abs(p.plane[k][0] - rows[i].yuv[k]) <= 1,
			    "%s: plane %d is %d", rows[i].name, k,
			    p.plane[k][0]);
	}
	picture_close(&p);
}

static void
test_odd(void)
{
	struct region all = { 1, { { 0, 0, 3, 3 } } };
	uint8_t pixels[36];
	struct picture p;

	if (picture_open(&p, 3, 3, &plain))
		abort();
	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = (uint8_t)(i * 7);
	picture_update(&p, pixels, 12, &all);
	for (int y = 0; y < 4; y++)
		is_int(p.plane[0][y * p.stride[0] + 3],
		    p.plane[0][y * p.stride[0] + 2],
		    "row %d: last column again", y);
	is_mem(p.plane[0] + 3 * p.stride[0], p.plane[0] + 2 * p.stride[0], 4,
	    "last row again");
	picture_close(&p);
	picture_close(&p);
	ok(!p.plane[0], "closing twice is harmless");
}

static void
test_changed(void)
{
	struct region all = { 1, { { 0, 0, 100, 50 } } };
	struct region some = { 2, { { 31, 17, 1, 1 }, { 30, 16, 3, 20 } } };
	struct region last = { 1, { { 99, 49, 1, 1 } } };
	static uint8_t pixels[100 * 50 * 4];
	struct picture p;

	if (picture_open(&p, 100, 50, &plain))
		abort();
	is_int(p.changed, 7 * 4, "all of a new picture");
	picture_update(&p, pixels, 400, &all);
	picture_coded(&p);
	is_int(p.changed, 0, "nothing when that is coded");
	picture_update(&p, pixels, 400, &some);
	is_int(p.changed, 4, "macroblocks that are damaged, once each");
	is_int(p.constant[7 + 1] + p.constant[14 + 2], 0, "these");
	is_int(p.constant[0] + p.constant[7 + 3], 2, "and no others");
	picture_update(&p, pixels, 400, &last);
	is_int(p.constant[27], 0, "up to the last");
	is_int(p.changed, 5, "and those before");
	picture_close(&p);
}

/* Rows that are all different, from one of them on. */
static void
draw_rows(uint8_t *pixels, size_t width, size_t height, uint32_t first)
{
	for (size_t y = 0; y < height; y++)
		for (size_t x = 0; x < 4 * width; x++)
			pixels[4 * y * width + x] =
			    (uint8_t)((first + y + 1) * 2654435761u >> x % 13);
}

static void
test_scroll(void)
{
	static uint8_t pixels[4 * 320 * 240];
	struct region all = { 1, { { 0, 0, 320, 240 } } };
	struct region few = { 1, { { 0, 0, 320, 40 } } };
	struct picture p;

	if (picture_open(&p, 320, 240, &plain))
		abort();
	draw_rows(pixels, 320, 240, 0);
	picture_update(&p, pixels, 1280, &all);
	draw_rows(pixels, 320, 240, 10);
	picture_update(&p, pixels, 1280, &all);
	is_int(p.scroll, 0, "from a picture that nobody has nothing scrolls");
	picture_coded(&p);
	draw_rows(pixels, 320, 240, 27);
	picture_update(&p, pixels, 1280, &all);
	is_int(p.scroll, 17, "what moved is told");
	picture_coded(&p);
	is_int(p.scroll, 0, "until it is coded");
	draw_rows(pixels, 320, 240, 37);
	picture_update(&p, pixels, 1280, &few);
	is_int(p.scroll, 0, "and not of little");
	picture_close(&p);
}

static void
fill(struct picture *p, int left, int a, int b)
{
	for (int y = 0; y < p->height; y++)
		for (int x = left; x < p->width; x++)
			p->plane[0][y * p->stride[0] + x] =
			    (uint8_t)(x & 1 ? a : b);
}

/* Of luma as it is: at all of it, and at what changed. */
static void
test_look(void)
{
	struct picture p;
	struct look look;

	if (picture_open(&p, 83, 64, &plain))
		abort();
	fill(&p, 0, 16, 16);
	look = picture_look(&p, true);
	ok(look.work == 0 && look.texture == 0, "there is no work in black");
	picture_coded(&p);
	fill(&p, 32, 255, 0);
	is_int(picture_look(&p, false).work, 0, "nor where nothing changed");
	p.constant[2] = p.constant[5] = 0; /* 16 pixels, and the last 3 */
	p.changed = 2;
	is_int(picture_look(&p, false).work, 4 * (15 + 2) * 32,
	    "but where it did");
	look = picture_look(&p, true);
	is_int(look.work, 64 / 4 * (16 + 50 * 32),
	    "each pixel of a grid counts as much as one of text");
	ok(look.texture < 0.02, "which is no texture");
	fill(&p, 0, 100, 107);
	look = picture_look(&p, true);
	is_int(look.work, 64 / 4 * 82 * 7, "small steps count as they are");
	ok(look.texture > 0.95, "and are");
	for (int y = 0; y < 64; y++)
		for (int x = 0; x < 83; x++)
			p.plane[0][y * p.stride[0] + x] = (uint8_t)x;
	ok(picture_look(&p, true).texture == 0, "but for slopes");
	picture_close(&p);
}

int
main(void)
{
	static const struct picture_format formats[] = { { .scale = 2 },
		{ 1, .full_chroma = true }, { 2, .full_chroma = true },
		{ 1, .wide = true } };
	static const uint32_t sizes[][2] = { { 64, 48 }, { 160, 90 },
		{ 33, 35 }, { 200, 1 }, { 1, 200 }, { 1, 1 }, { 401, 7 } };

	test_colours();
	test_odd();
	test_changed();
	test_scroll();
	test_look();
	for (size_t i = 0; i < LEN(sizes); i++)
		test_damage(sizes[i][0], sizes[i][1], &plain);
	for (size_t i = 0; i < LEN(formats); i++) {
		test_damage(200, 100, &formats[i]);
		test_damage(333, 257, &formats[i]);
	}
	return done_testing();
}
