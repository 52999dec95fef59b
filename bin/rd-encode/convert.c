#include "convert.h"

#include <errno.h>
#include <libyuv.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	ALIGN = 64,    /* a cache line, and the widest vector */
	ROWS = 4,      /* one in this many is looked at for work */
	STEP_MAX = 32, /* a larger step costs no more bits */
	STEP_NONE = 2, /* nor does one that small cost any */
};

static int
even(int n)
{
	return (n + 1) & ~1;
}

static size_t
aligned(int n)
{
	return ((size_t)n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

int
picture_open(struct picture *p, int width, int height)
{
	size_t y = aligned(width), uv = aligned(even(width) / 2);
	size_t y_size = y * (size_t)even(height);
	size_t uv_size = uv * (size_t)even(height) / 2;

	*p = (struct picture){ .width = width,
		.height = height,
		.stride = { (int)y, (int)uv, (int)uv } };
	p->plane[0] = aligned_alloc(ALIGN, y_size + 2 * uv_size);
	if (!p->plane[0])
		return -ENOMEM;
	p->plane[1] = p->plane[0] + y_size;
	p->plane[2] = p->plane[1] + uv_size;
	memset(p->plane[0], 16, y_size);
	memset(p->plane[1], 128, 2 * uv_size);
	return 0;
}

void
picture_close(struct picture *p)
{
	free(p->plane[0]);
	*p = (struct picture){ 0 };
}

/* Chroma is shared by 2x2 pixels, so rectangles grow to even edges. */
static void
convert(struct picture *p, const uint8_t *pixels, uint32_t stride,
    const struct rect *r)
{
	int x = r->x & ~1, y = r->y & ~1;
	int right = even(r->x + r->w), bottom = even(r->y + r->h);

	if (right > p->width)
		right = p->width;
	if (bottom > p->height)
		bottom = p->height;
	ARGBToI420(pixels + (size_t)y * stride + (size_t)x * 4, (int)stride,
	    p->plane[0] + y * p->stride[0] + x, p->stride[0],
	    p->plane[1] + y / 2 * p->stride[1] + x / 2, p->stride[1],
	    p->plane[2] + y / 2 * p->stride[2] + x / 2, p->stride[2], right - x,
	    bottom - y);
}

/* Chroma has no odd sizes, so only luma has a column or row to repeat. */
static void
pad(struct picture *p)
{
	int stride = p->stride[0], w = p->width, h = p->height;
	uint8_t *luma = p->plane[0];

	for (int y = 0; w & 1 && y < h; y++)
		luma[y * stride + w] = luma[y * stride + w - 1];
	if (h & 1)
		memcpy(
		    luma + h * stride, luma + (h - 1) * stride, (size_t)stride);
}

void
picture_update(struct picture *p, const uint8_t *pixels, uint32_t stride,
    const struct region *damage)
{
	for (unsigned int i = 0; i < damage->n; i++)
		convert(p, pixels, stride, &damage->rects[i]);
	pad(p);
}

/* Sums over the steps of a row. */
struct steps {
	uint64_t all, small;
};

static void
add_step(struct steps *s, int a, int b)
{
	int step = abs(a - b);

	s->all += (uint64_t)(step < STEP_MAX ? step : STEP_MAX);
	s->small += step > STEP_NONE && step < STEP_MAX;
}

#ifdef __SSE2__
static uint64_t
sum(__m128i bytes)
{
	__m128i halves = _mm_sad_epu8(bytes, _mm_setzero_si128());

	return (
	    uint64_t)(_mm_cvtsi128_si32(halves) + _mm_extract_epi16(halves, 4));
}

/* As many as come in groups of 16; where it ended. */
static int
add_groups(struct steps *s, const uint8_t *luma, int width)
{
	const __m128i none = _mm_set1_epi8(STEP_NONE);
	const __m128i most = _mm_set1_epi8(STEP_MAX);
	const __m128i below = _mm_set1_epi8(STEP_MAX - 1);
	const __m128i one = _mm_set1_epi8(1);
	int x = 1;

	for (; x + 16 <= width; x += 16) {
		__m128i a = _mm_loadu_si128((const void *)(luma + x));
		__m128i b = _mm_loadu_si128((const void *)(luma + x - 1));
		__m128i step =
		    _mm_or_si128(_mm_subs_epu8(a, b), _mm_subs_epu8(b, a));
		__m128i some = _mm_min_epu8(_mm_subs_epu8(step, none), one);
		__m128i large = _mm_min_epu8(_mm_subs_epu8(step, below), one);

		s->all += sum(_mm_min_epu8(step, most));
		s->small += sum(_mm_sub_epi8(some, large));
	}
	return x;
}
#else
static int
add_groups(struct steps *s, const uint8_t *luma, int width)
{
	(void)s;
	(void)luma;
	(void)width;
	return 1;
}
#endif

struct look
picture_look(const struct picture *p, const struct region *where)
{
	struct steps s = { 0 };
	uint64_t n = 1;

	for (unsigned int i = 0; i < where->n; i++) {
		const struct rect *r = &where->rects[i];

		for (int y = r->y; y < r->y + r->h; y += ROWS) {
			const uint8_t *luma =
			    p->plane[0] + y * p->stride[0] + r->x;
			int x = add_groups(&s, luma, r->w);

			for (; x < r->w; x++)
				add_step(&s, luma[x], luma[x - 1]);
			n += r->w;
		}
	}
	return (struct look){ (double)s.all, (double)s.small / (double)n };
}
