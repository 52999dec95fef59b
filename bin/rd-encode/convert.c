#include "convert.h"

#include <errno.h>
#include <libyuv.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "half.h"
#include "scroll/scroll.h"
#include "wide.h"

enum {
	ALIGN = 64,    /* a cache line, and the widest vector */
	ROWS = 4,      /* one in this many is looked at for work */
	STEP_MAX = 32, /* a larger step costs no more bits */
	STEP_NONE = 2, /* nor does one that small cost any */
	/* Macroblocks, from which on it pays to know that they scrolled. */
	SCROLL_MIN = 64,
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

/* Rows and columns of plane i are as many of luma's, shifted right by this. */
static int
shift(const struct picture *p, int i)
{
	return i && !p->format.full_chroma;
}

static size_t
macroblocks(const struct picture *p)
{
	return (size_t)p->mb_width * (size_t)p->mb_height;
}

int
picture_open(struct picture *p, int width, int height,
    const struct picture_format *format)
{
	size_t bytes[3];

	width /= format->scale;
	height /= format->scale;
	*p = (struct picture){ .format = *format,
		.width = width,
		.height = height,
		.mb_width = (width + PICTURE_MB - 1) / PICTURE_MB,
		.mb_height = (height + PICTURE_MB - 1) / PICTURE_MB };
	for (int i = 0; i < 3; i++) {
		size_t row = aligned(even(width) >> shift(p, i));

		p->stride[i] = (int)row;
		bytes[i] = row * (size_t)(even(height) >> shift(p, i));
	}
	p->plane[0] = aligned_alloc(ALIGN, bytes[0] + bytes[1] + bytes[2]);
	p->constant = calloc(macroblocks(p), 1);
	if (format->scale > 1)
		p->scaled = malloc((size_t)width * PICTURE_MB * 4);
	if (!p->plane[0] || !p->constant || (format->scale > 1 && !p->scaled) ||
	    scroll_open(&p->finder, even(height))) {
		picture_close(p);
		return -ENOMEM;
	}
	p->plane[1] = p->plane[0] + bytes[0];
	p->plane[2] = p->plane[1] + bytes[1];
	memset(p->plane[0], format->wide ? 0 : 16, bytes[0]);
	memset(p->plane[1], 128, bytes[1] + bytes[2]);
	p->changed = (unsigned int)macroblocks(p);
	return 0;
}

void
picture_close(struct picture *p)
{
	free(p->plane[0]);
	free(p->constant);
	free(p->scaled);
	scroll_close(p->finder);
	*p = (struct picture){ 0 };
}

void
picture_coded(struct picture *p)
{
	memset(p->constant, 1, macroblocks(p));
	p->changed = 0;
	p->scroll = 0;
}

static int
least(int a, int b)
{
	return a < b ? a : b;
}

/* Pixels from x to right and y to bottom. */
struct block {
	int x, y, right, bottom;
};

/* Chroma is shared by 2x2 pixels, so rectangles grow to even edges. */
static struct block
block_of(const struct picture *p, const struct rect *r)
{
	int scale = p->format.scale;

	return (struct block){ (r->x / scale) & ~1, (r->y / scale) & ~1,
		least(even((r->x + r->w + scale - 1) / scale), p->width),
		least(even((r->y + r->h + scale - 1) / scale), p->height) };
}

static void
convert(struct picture *p, const uint8_t *pixels, uint32_t stride,
    const struct block *b)
{
	uint8_t *to[3];

	for (int i = 0; i < 3; i++)
		to[i] = p->plane[i] + (b->y >> shift(p, i)) * p->stride[i] +
		    (b->x >> shift(p, i));
	if (p->format.wide) {
		wide_convert(pixels, stride, to, p->stride, b->right - b->x,
		    b->bottom - b->y);
		return;
	}
	(p->format.full_chroma ? ARGBToI444 : ARGBToI420)(pixels, (int)stride,
	    to[0], p->stride[0], to[1], p->stride[1], to[2], p->stride[2],
	    b->right - b->x, b->bottom - b->y);
}

/* Rows of macroblocks at a time, which stay in the cache. */
static void
convert_half(struct picture *p, const uint8_t *pixels, uint32_t stride,
    const struct block *b)
{
	struct block rows = *b;
	int w = b->right - b->x;

	for (; rows.y < b->bottom; rows.y = rows.bottom) {
		rows.bottom = least(rows.y + PICTURE_MB, b->bottom);
		half_size(pixels + (size_t)(2 * rows.y) * stride +
			(size_t)(2 * rows.x) * 4,
		    stride, p->scaled, w, rows.bottom - rows.y);
		convert(p, p->scaled, (uint32_t)w * 4, &rows);
	}
}

static void
mark(struct picture *p, const struct block *b)
{
	int left = b->x / PICTURE_MB, right = (b->right - 1) / PICTURE_MB;
	int bottom = (b->bottom - 1) / PICTURE_MB;

	for (int y = b->y / PICTURE_MB; y <= bottom; y++)
		for (int x = left; x <= right; x++) {
			uint8_t *constant = &p->constant[y * p->mb_width + x];

			p->changed += *constant;
			*constant = 0;
		}
}

static void
update(struct picture *p, const uint8_t *pixels, uint32_t stride,
    const struct block *b)
{
	if (b->x >= b->right || b->y >= b->bottom)
		return; /* the odd rest of what was halved */
	if (p->format.scale > 1)
		convert_half(p, pixels, stride, b);
	else
		convert(p, pixels + (size_t)b->y * stride + (size_t)b->x * 4,
		    stride, b);
	mark(p, b);
}

/* Halved chroma has no odd sizes, so only luma has a column or row to repeat.
 */
static void
pad(struct picture *p, int i)
{
	int stride = p->stride[i], w = p->width, h = p->height;
	uint8_t *plane = p->plane[i];

	for (int y = 0; w & 1 && y < h; y++)
		plane[y * stride + w] = plane[y * stride + w - 1];
	if (h & 1)
		memcpy(plane + h * stride, plane + (h - 1) * stride,
		    (size_t)stride);
}

/* Where something may have scrolled: the largest, if large; else empty. */
static struct block
find_large(const struct picture *p, const struct region *damage)
{
	struct block large = { 0 };
	int most = SCROLL_MIN * PICTURE_MB * PICTURE_MB;

	/* What is not coded yet is no picture that could be referred to. */
	if (p->changed || p->format.full_chroma)
		return large;
	for (unsigned int i = 0; i < damage->n; i++) {
		struct block b = block_of(p, &damage->rects[i]);
		int size = (b.right - b.x) * (b.bottom - b.y);

		if (size > most) {
			large = b;
			most = size;
		}
	}
	return large;
}

void
picture_update(struct picture *p, const uint8_t *pixels, uint32_t stride,
    const struct region *damage)
{
	struct block large = find_large(p, damage);
	const uint8_t *luma = p->plane[0] + large.y * p->stride[0] + large.x;

	p->scroll = 0;
	if (large.right)
		scroll_before(p->finder, luma, p->stride[0],
		    large.right - large.x, large.bottom - large.y);
	for (unsigned int i = 0; i < damage->n; i++) {
		struct block b = block_of(p, &damage->rects[i]);

		update(p, pixels, stride, &b);
	}
	if (large.right)
		p->scroll = scroll_after(p->finder, luma);
	for (int i = 0; i < 3; i++)
		if (!shift(p, i))
			pad(p, i);
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

/* What is in a run of macroblocks of one row: pixels looked at. */
static uint64_t
add_run(struct steps *s, const struct picture *p, int mb_y, int mb_x, int end)
{
	int left = mb_x * PICTURE_MB, top = mb_y * PICTURE_MB, y = top;
	int width = least(end * PICTURE_MB, p->width) - left;

	for (; y < least(top + PICTURE_MB, p->height); y += ROWS) {
		const uint8_t *luma = p->plane[0] + y * p->stride[0] + left;
		int x = add_groups(s, luma, width);

		for (; x < width; x++)
			add_step(s, luma[x], luma[x - 1]);
	}
	return (uint64_t)(width * ((y - top) / ROWS));
}

struct look
picture_look(const struct picture *p, bool all)
{
	struct steps s = { 0 };
	uint64_t n = 1;

	for (int y = 0; y < p->mb_height; y++) {
		const uint8_t *row = p->constant + y * p->mb_width;
		const uint8_t *at = row, *end = row + p->mb_width, *next;

		for (; at < end; at = next) {
			if (!all && !(at = memchr(at, 0, (size_t)(end - at))))
				break;
			next = at;
			while (next < end && (all || !*next))
				next++;
			n += add_run(
			    &s, p, y, (int)(at - row), (int)(next - row));
		}
	}
	return (struct look){ (double)s.all, (double)s.small / (double)n };
}
