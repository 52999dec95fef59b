#include "target.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

uint8_t *
target_luma(const struct patch_target *t, int mb_x, int mb_y)
{
	return t->luma + mb_y * MB_SIZE * t->luma_stride + mb_x * MB_SIZE;
}

uint8_t *
target_chroma(const struct patch_target *t, int mb_x, int mb_y)
{
	return t->chroma + mb_y * MB_HALF * t->chroma_stride + mb_x * MB_SIZE;
}

typedef uint8_t pixel_row __attribute__((vector_size(MB_SIZE)));
typedef uint8_t plane_row __attribute__((vector_size(MB_HALF)));

static pixel_row
load(const uint8_t *p)
{
	pixel_row r;

	memcpy(&r, p, sizeof(r));
	return r;
}

/* Pairs of chroma into planes. */
static void
part(uint8_t *cb, uint8_t *cr, pixel_row pairs)
{
	plane_row even =
	    __builtin_shufflevector(pairs, pairs, 0, 2, 4, 6, 8, 10, 12, 14);
	plane_row odd =
	    __builtin_shufflevector(pairs, pairs, 1, 3, 5, 7, 9, 11, 13, 15);

	memcpy(cb, &even, sizeof(even));
	memcpy(cr, &odd, sizeof(odd));
}

static pixel_row
pair(const uint8_t *cb, const uint8_t *cr)
{
	plane_row even, odd;

	memcpy(&even, cb, sizeof(even));
	memcpy(&odd, cr, sizeof(odd));
	return __builtin_shufflevector(
	    even, odd, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

/* (a + b + 1) / 2, without more bits. */
static pixel_row
mean(pixel_row a, pixel_row b)
{
	return (a | b) - ((a ^ b) >> 1);
}

void
target_load(uint8_t pixels[MB_PIXELS], const struct patch_target *t, int mb_x,
    int mb_y, int rows)
{
	const uint8_t *luma =
	    target_luma(t, mb_x, mb_y) + rows * t->luma_stride;
	const uint8_t *chroma =
	    target_chroma(t, mb_x, mb_y) + (rows >> 1) * t->chroma_stride;

	for (int y = 0; y < MB_SIZE; y++)
		memcpy(
		    pixels + y * MB_SIZE, luma + y * t->luma_stride, MB_SIZE);
	for (int y = 0; y < MB_HALF; y++, chroma += t->chroma_stride) {
		pixel_row pairs = load(chroma);

		if (rows & 1)
			pairs = mean(pairs, load(chroma + t->chroma_stride));
		part(pixels + MB_CB + y * MB_HALF, pixels + MB_CR + y * MB_HALF,
		    pairs);
	}
}

void
target_store(const uint8_t pixels[MB_PIXELS], const struct patch_target *t,
    int mb_x, int mb_y)
{
	uint8_t *luma = target_luma(t, mb_x, mb_y);
	uint8_t *chroma = target_chroma(t, mb_x, mb_y);

	for (int y = 0; y < MB_SIZE; y++)
		memcpy(
		    luma + y * t->luma_stride, pixels + y * MB_SIZE, MB_SIZE);
	for (int y = 0; y < MB_HALF; y++) {
		pixel_row pairs = pair(
		    pixels + MB_CB + y * MB_HALF, pixels + MB_CR + y * MB_HALF);

		memcpy(chroma + y * t->chroma_stride, &pairs, sizeof(pairs));
	}
}

static void
copy_rows(uint8_t *to, int to_stride, const uint8_t *from, int from_stride,
    int width, int rows)
{
	for (int y = 0; y < rows; y++)
		memcpy(
		    to + y * to_stride, from + y * from_stride, (size_t)width);
}

void
target_copy(const struct patch_target *to, const struct patch_target *from,
    const struct mb_box *box)
{
	int width = (box->right - box->left) * MB_SIZE;
	int rows = box->bottom - box->top;

	copy_rows(target_luma(to, box->left, box->top), to->luma_stride,
	    target_luma(from, box->left, box->top), from->luma_stride, width,
	    rows * MB_SIZE);
	copy_rows(target_chroma(to, box->left, box->top), to->chroma_stride,
	    target_chroma(from, box->left, box->top), from->chroma_stride,
	    width, rows * MB_HALF);
}

/*
 * A plane's rows of width bytes from at on, pixels of size bytes: at which
 * ends of the picture they are, and how far to go beyond.
 */
struct edge {
	uint8_t *at;
	int stride, width, height, size;
	bool left, right, top, bottom;
	int columns, rows; /* bytes, rows */
};

static void
repeat_pixel(uint8_t *to, const uint8_t *from, int size, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = from[i % size];
}

static void
repeat_plane(const struct edge *e)
{
	uint8_t *first = e->at - (e->left ? e->columns : 0);
	uint8_t *last = first + (e->height - 1) * e->stride;
	size_t len =
	    (size_t)(e->width + ((int)e->left + (int)e->right) * e->columns);

	for (int y = 0; y < e->height; y++) {
		uint8_t *row = e->at + y * e->stride, *end = row + e->width;

		if (e->left)
			repeat_pixel(
			    row - e->columns, row, e->size, e->columns);
		if (e->right)
			repeat_pixel(end, end - e->size, e->size, e->columns);
	}
	for (int y = 1; y <= e->rows; y++) {
		if (e->top)
			memcpy(first - y * e->stride, first, len);
		if (e->bottom)
			memcpy(last + y * e->stride, last, len);
	}
}

void
target_repeat(const struct patch_target *t, int mb_x, int mb_y, int mb_width,
    int mb_height)
{
	struct edge e = { .at = target_luma(t, mb_x, mb_y),
		.stride = t->luma_stride,
		.width = MB_SIZE,
		.height = MB_SIZE,
		.size = 1,
		.left = mb_x == 0,
		.right = mb_x == mb_width - 1,
		.top = mb_y == 0,
		.bottom = mb_y == mb_height - 1,
		.columns = t->margin,
		.rows = t->margin };

	if (!e.left && !e.right && !e.top && !e.bottom)
		return;
	repeat_plane(&e);
	e.at = target_chroma(t, mb_x, mb_y);
	e.stride = t->chroma_stride;
	e.height = MB_HALF;
	e.size = 2;
	e.rows = t->margin / 2;
	repeat_plane(&e);
}
