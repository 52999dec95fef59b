#include "half.h"

#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static uint8_t
average(int a, int b)
{
	return (uint8_t)((a + b + 1) >> 1);
}

#ifdef __SSE2__
/* As many as come in groups of 4. */
static int
half_groups(const uint8_t *above, const uint8_t *below, uint8_t *to, int width)
{
	int x = 0;

	for (; x + 4 <= width; x += 4) {
		__m128i v[2];

		for (int i = 0; i < 2; i++)
			v[i] = _mm_avg_epu8(
			    _mm_loadu_si128(
				(const void *)(above + 8 * x + 16 * i)),
			    _mm_loadu_si128(
				(const void *)(below + 8 * x + 16 * i)));
		_mm_storeu_si128((void *)(to + 4 * x),
		    _mm_avg_epu8(
			_mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(v[0]),
			    _mm_castsi128_ps(v[1]), 0x88)),
			_mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(v[0]),
			    _mm_castsi128_ps(v[1]), 0xdd))));
	}
	return x;
}
#else
static int
half_groups(const uint8_t *above, const uint8_t *below, uint8_t *to, int width)
{
	(void)above;
	(void)below;
	(void)to;
	(void)width;
	return 0;
}
#endif

void
half_size(
    const uint8_t *from, uint32_t stride, uint8_t *to, int width, int height)
{
	for (int y = 0; y < height; y++, to += 4 * width) {
		const uint8_t *above = from + (size_t)(2 * y) * stride;
		const uint8_t *below = above + stride;

		for (int x = 4 * half_groups(above, below, to, width);
		     x < 4 * width; x++) {
			int at = x / 4 * 8 + x % 4;

			to[x] = average(average(above[at], below[at]),
			    average(above[at + 4], below[at + 4]));
		}
	}
}
