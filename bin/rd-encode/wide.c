#include "wide.h"

#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* In 1/256, of blue, green and red; what is added rounds, or centres, too. */
struct weights {
	int16_t b, g, r;
	int32_t add;
};

static const struct weights y_of = { 19, 183, 54, 128 };
static const struct weights u_of = { 128, -99, -29, 128 * 256 + 128 };
static const struct weights v_of = { -12, -116, 128, 128 * 256 + 128 };

static uint8_t
weigh(const uint8_t *p, const struct weights *w)
{
	int sum = (p[0] * w->b + p[1] * w->g + p[2] * w->r + w->add) >> 8;

	return (uint8_t)(sum < 255 ? sum : 255);
}

#ifdef __SSE2__
enum { GROUP = 16 }; /* pixels at a time */

/* Of 4 pixels. */
static __m128i
weigh_4(__m128i pixels, const struct weights *w)
{
	const __m128i none = _mm_setzero_si128();
	const __m128i by =
	    _mm_set_epi16(0, w->r, w->g, w->b, 0, w->r, w->g, w->b);
	__m128 a = _mm_castsi128_ps(
	    _mm_madd_epi16(_mm_unpacklo_epi8(pixels, none), by));
	__m128 b = _mm_castsi128_ps(
	    _mm_madd_epi16(_mm_unpackhi_epi8(pixels, none), by));
	__m128i sum =
	    _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(a, b, 0x88)),
		_mm_castps_si128(_mm_shuffle_ps(a, b, 0xdd)));

	return _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(w->add)), 8);
}

static __m128i
load(const uint8_t *p)
{
	return _mm_loadu_si128((const void *)p);
}

static int
luma_groups(const uint8_t *p, uint8_t *to, int width)
{
	int x = 0;

	for (; x + GROUP <= width; x += GROUP, p += 4 * GROUP) {
		__m128i low = _mm_packs_epi32(
		    weigh_4(load(p), &y_of), weigh_4(load(p + 16), &y_of));
		__m128i high = _mm_packs_epi32(
		    weigh_4(load(p + 32), &y_of), weigh_4(load(p + 48), &y_of));

		_mm_storeu_si128((void *)(to + x), _mm_packus_epi16(low, high));
	}
	return x;
}

/* 4 pixels, each the average of 2x2. */
static __m128i
average_4(const uint8_t *above, const uint8_t *below)
{
	__m128 a = _mm_castsi128_ps(_mm_avg_epu8(load(above), load(below)));
	__m128 b =
	    _mm_castsi128_ps(_mm_avg_epu8(load(above + 16), load(below + 16)));

	return _mm_avg_epu8(_mm_castps_si128(_mm_shuffle_ps(a, b, 0x88)),
	    _mm_castps_si128(_mm_shuffle_ps(a, b, 0xdd)));
}

static void
store_8(uint8_t *to, __m128i a, __m128i b)
{
	__m128i words = _mm_packs_epi32(a, b);

	_mm_storel_epi64((void *)to, _mm_packus_epi16(words, words));
}

static int
chroma_groups(const uint8_t *above, const uint8_t *below, uint8_t *u,
    uint8_t *v, int width)
{
	int x = 0;

	for (; x + GROUP <= width; x += GROUP) {
		__m128i a = average_4(above + 4 * x, below + 4 * x);
		__m128i b = average_4(above + 4 * x + 32, below + 4 * x + 32);

		store_8(u + x / 2, weigh_4(a, &u_of), weigh_4(b, &u_of));
		store_8(v + x / 2, weigh_4(a, &v_of), weigh_4(b, &v_of));
	}
	return x;
}
#else
static int
luma_groups(const uint8_t *p, uint8_t *to, int width)
{
	(void)p;
	(void)to;
	(void)width;
	return 0;
}

static int
chroma_groups(const uint8_t *above, const uint8_t *below, uint8_t *u,
    uint8_t *v, int width)
{
	(void)above;
	(void)below;
	(void)u;
	(void)v;
	(void)width;
	return 0;
}
#endif

static int
average(int a, int b)
{
	return (a + b + 1) >> 1;
}

static void
convert_luma(const uint8_t *p, uint8_t *to, int width)
{
	for (int x = luma_groups(p, to, width); x < width; x++)
		to[x] = weigh(p + 4 * x, &y_of);
}

static void
convert_chroma(const uint8_t *above, const uint8_t *below, uint8_t *u,
    uint8_t *v, int width)
{
	for (int x = chroma_groups(above, below, u, v, width); x < width;
	     x += 2) {
		int left = 4 * x, right = x + 1 < width ? left + 4 : left;
		uint8_t p[3];

		for (int i = 0; i < 3; i++)
			p[i] = (uint8_t)average(
			    average(above[left + i], below[left + i]),
			    average(above[right + i], below[right + i]));
		u[x / 2] = weigh(p, &u_of);
		v[x / 2] = weigh(p, &v_of);
	}
}

void
wide_convert(const uint8_t *pixels, uint32_t stride, uint8_t *const to[3],
    const int strides[3], int width, int height)
{
	for (int y = 0; y < height; y++) {
		const uint8_t *row = pixels + (size_t)y * stride;
		const uint8_t *below = y + 1 < height ? row + stride : row;

		convert_luma(row, to[0] + y * strides[0], width);
		if (y % 2 == 0)
			convert_chroma(row, below, to[1] + y / 2 * strides[1],
			    to[2] + y / 2 * strides[2], width);
	}
}
