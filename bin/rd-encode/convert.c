#include "convert.h"

#include <errno.h>
#include <libyuv.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALIGN = 64,    /* a cache line, and the widest vector */
	ROWS = 4,      /* one in this many is looked at for work */
	STEP_MAX = 32, /* a larger step costs no more bits */
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

static uint32_t
row_work(const uint8_t *luma, int width)
{
	uint32_t work = 0;

	for (int x = 1; x < width; x++) {
		int step = abs(luma[x] - luma[x - 1]);

		work += (uint32_t)(step < STEP_MAX ? step : STEP_MAX);
	}
	return work;
}

uint32_t
picture_work(const struct picture *p, const struct region *where)
{
	uint32_t work = 0;

	for (unsigned int i = 0; i < where->n; i++) {
		const struct rect *r = &where->rects[i];

		for (int y = r->y; y < r->y + r->h; y += ROWS)
			work += row_work(
			    p->plane[0] + y * p->stride[0] + r->x, r->w);
	}
	return work;
}
