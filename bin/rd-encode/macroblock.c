#include "macroblock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cavlc.h"

enum {
	HALF = MB_SIZE / 2, /* of chroma */
	CB = MB_SIZE * MB_SIZE,
	CR = CB + HALF * HALF,
	LUMA = 16,          /* blocks */
	NO_BLOCK = 255,     /* among totals: outside the picture */
	CODED_DC = 1 << 16, /* beside a bit for each block */
	/* From here on no level of DC is beyond CAVLC_LEVEL_MAX. */
	INTRA_QP_MIN = 12,
	/* What it must save in sums of differences: half a step per pixel. */
	INTRA_COST = 128,
};

static const struct plane {
	int at, size;               /* among pixels; of a row */
	unsigned int first, blocks; /* among the macroblock's */
} planes[3] = { { 0, MB_SIZE, 0, LUMA }, { CB, HALF, LUMA, 4 },
	{ CR, HALF, LUMA + 4, 4 } };

/*
 * The blocks of luma in the order they are coded, section 6.4.3; the first
 * four do for chroma, too.
 */
static const struct {
	uint8_t x, y;
} places[LUMA] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 1, 1 }, { 2, 0 }, { 3, 0 },
	{ 2, 1 }, { 3, 1 }, { 0, 2 }, { 1, 2 }, { 0, 3 }, { 1, 3 }, { 2, 2 },
	{ 3, 2 }, { 2, 3 }, { 3, 3 } };

int
slice_open(struct slice *s, int mb_width, int mb_height)
{
	*s = (struct slice){ .mb_width = mb_width, .mb_height = mb_height };
	s->columns = calloc((size_t)mb_width, sizeof(*s->columns));
	return s->columns ? 0 : -ENOMEM;
}

void
slice_close(struct slice *s)
{
	free(s->columns);
}

void
slice_begin(struct slice *s, int qp)
{
	quantiser_init(&s->luma, qp);
	quantiser_init(&s->chroma, quantiser_chroma(qp));
	s->may_intra = qp >= INTRA_QP_MIN;
	s->row += (uint64_t)s->mb_height + 1; /* above it there is none */
}

static uint8_t *
luma_at(const struct patch_target *t, int x, int y)
{
	return t->luma + y * MB_SIZE * t->luma_stride + x * MB_SIZE;
}

static uint8_t *
chroma_at(const struct patch_target *t, int x, int y)
{
	return t->chroma + y * HALF * t->chroma_stride + x * MB_SIZE;
}

static void
copy_rows(
    uint8_t *to, int to_stride, const uint8_t *from, int from_stride, int width)
{
	for (int y = 0; y < width; y++)
		memcpy(
		    to + y * to_stride, from + y * from_stride, (size_t)width);
}

static void
load_before(struct macroblock *m, const struct patch_target *t)
{
	const uint8_t *pairs = chroma_at(t, m->x, m->y);

	copy_rows(m->before, MB_SIZE, luma_at(t, m->x, m->y), t->luma_stride,
	    MB_SIZE);
	for (int y = 0; y < HALF; y++, pairs += t->chroma_stride)
		for (int x = 0; x < HALF; x++) {
			m->before[CB + y * HALF + x] = pairs[2 * x];
			m->before[CR + y * HALF + x] = pairs[2 * x + 1];
		}
}

void
macroblock_store(const uint8_t pixels[MB_PIXELS], int mb_x, int mb_y,
    const struct patch_target *t)
{
	uint8_t *pairs = chroma_at(t, mb_x, mb_y);

	copy_rows(
	    luma_at(t, mb_x, mb_y), t->luma_stride, pixels, MB_SIZE, MB_SIZE);
	for (int y = 0; y < HALF; y++, pairs += t->chroma_stride)
		for (int x = 0; x < HALF; x++) {
			pairs[2 * x] = pixels[CB + y * HALF + x];
			pairs[2 * x + 1] = pixels[CR + y * HALF + x];
		}
}

/*
 * A plane of a macroblock of which only width x height pixels are in the
 * picture: its last ones are repeated to the ends of their blocks, and blocks
 * out of sight stay as they were.
 */
static void
load_edge(uint8_t *to, const uint8_t *before, int size, const uint8_t *from,
    int stride, int width, int height)
{
	for (int y = 0; y < size; y++)
		for (int x = 0; x < size; x++) {
			int fx = x < width ? x : width - 1;
			int fy = y < height ? y : height - 1;
			bool seen = (x & ~3) < width && (y & ~3) < height;

			to[y * size + x] = seen ? from[fy * stride + fx]
						: before[y * size + x];
		}
}

static void
load_source(struct macroblock *m, const struct picture *p)
{
	int width = ((p->width + 1) & ~1) - m->x * MB_SIZE;
	int height = ((p->height + 1) & ~1) - m->y * MB_SIZE;

	for (int i = 0; i < 3; i++) {
		int size = planes[i].size, at = planes[i].at;
		const uint8_t *from =
		    p->plane[i] + m->y * size * p->stride[i] + m->x * size;

		if (width >= MB_SIZE && height >= MB_SIZE)
			copy_rows(
			    m->source + at, size, from, p->stride[i], size);
		else
			load_edge(m->source + at, m->before + at, size, from,
			    p->stride[i], i ? width / 2 : width,
			    i ? height / 2 : height);
	}
}

/* Sections 8.3.3.3 and 8.3.4: means of the pixels around; all are there. */
static void
predict(struct macroblock *m, const struct patch_target *t)
{
	const uint8_t *luma = luma_at(t, m->x, m->y);
	int sum = MB_SIZE;

	for (int i = 0; i < MB_SIZE; i++)
		sum += luma[i - t->luma_stride] + luma[i * t->luma_stride - 1];
	memset(m->around, sum >> 5, CB);
	for (int plane = 0; plane < 2; plane++) {
		uint8_t *to = m->around + (plane ? CR : CB);
		const uint8_t *from = chroma_at(t, m->x, m->y) + plane;
		int top[2] = { 2, 2 }, left[2] = { 2, 2 }; /* halves */

		for (int i = 0; i < HALF; i++) {
			top[i / 4] += from[2 * i - t->chroma_stride];
			left[i / 4] += from[i * t->chroma_stride - 2];
		}
		for (int y = 0; y < HALF; y++) {
			int l = y < 4 ? (top[0] + left[0]) >> 3 : left[1] >> 2;
			int r = y < 4 ? top[1] >> 2 : (top[1] + left[1]) >> 3;

			memset(to + y * HALF, l, 4);
			memset(to + y * HALF + 4, r, 4);
		}
	}
}

/* Whether it has less detail than its difference from before, the means off. */
static bool
is_flat(const struct macroblock *m)
{
	int mean = 0, step = 0, detail = INTRA_COST, difference = 0;

	for (int i = 0; i < CB; i++) {
		mean += m->source[i];
		step += m->source[i] - m->before[i];
	}
	mean /= CB;
	step /= CB;
	for (int i = 0; i < CB; i++) {
		detail += abs(m->source[i] - mean);
		difference += abs(m->source[i] - m->before[i] - step);
	}
	return detail < difference;
}

/* Its blocks into levels and pixels, DC apart if at dc: which are coded. */
static unsigned int
code_plane(struct macroblock *m, const struct plane *p, int16_t *dc,
    const struct quantiser *q)
{
	const uint8_t *from = m->intra ? m->around : m->before;
	int16_t c[16][16], mean[16];
	unsigned int coded = 0, across = (unsigned int)p->size / 4;

	for (unsigned int i = 0; i < p->blocks; i++) {
		unsigned int block = p->first + i;
		int at = p->at + (places[i].y * p->size + places[i].x) * 4;
		bool any =
		    transform_forward(c[i], m->source + at, from + at, p->size);

		mean[places[i].y * across + places[i].x] = c[i][0];
		c[i][0] = dc ? 0 : c[i][0];
		m->total[block] =
		    any ? transform_quantise(c[i], m->level[block], q) : 0;
		coded |= (unsigned int)(m->total[block] != 0) << i;
	}
	if (dc && transform_dc(mean, dc, (int)p->blocks, q))
		coded |= CODED_DC;
	for (unsigned int i = 0; i < p->blocks; i++) {
		int at = p->at + (places[i].y * p->size + places[i].x) * 4;

		if (dc)
			c[i][0] = mean[places[i].y * across + places[i].x];
		if (coded & (CODED_DC | 1u << i))
			transform_inverse(m->pixels + at, p->size, c[i]);
	}
	return coded;
}

static bool
is_outermost(const struct macroblock *m, const struct slice *s)
{
	return m->x == 0 || m->y == 0 || m->x == s->mb_width - 1 ||
	    m->y == s->mb_height - 1;
}

bool
macroblock_code(struct macroblock *m, const struct slice *s,
    const struct picture *p, const struct patch_target *t)
{
	unsigned int luma, chroma;

	load_before(m, t);
	load_source(m, p);
	if (!memcmp(m->source, m->before, MB_PIXELS))
		return false;
	m->intra = s->may_intra && !is_outermost(m, s) && is_flat(m);
	if (m->intra)
		predict(m, t);
	memcpy(m->pixels, m->intra ? m->around : m->before, MB_PIXELS);
	luma = code_plane(m, &planes[0], m->intra ? m->dc[0] : NULL, &s->luma);
	chroma = code_plane(m, &planes[1], m->dc[1], &s->chroma) |
	    code_plane(m, &planes[2], m->dc[2], &s->chroma);
	m->coded = chroma & 15 ? 32 : chroma ? 16 : 0;
	for (unsigned int i = 0; i < 4; i++)
		if (luma & (m->intra ? 0xffff : 15u << 4 * i))
			m->coded |= 1u << i;
	return m->intra || m->coded;
}

bool
macroblock_moves_edge(const struct macroblock *m, const struct slice *s)
{
	for (int i = 0; i < 3 && is_outermost(m, s); i++) {
		const uint8_t *a = m->before + planes[i].at;
		const uint8_t *b = m->pixels + planes[i].at;
		int size = planes[i].size, last = size - 1;

		for (int k = 0; k < size; k++) {
			int left = k * size, right = left + last;
			int top = k, bottom = last * size + k;

			if ((m->x == 0 && a[left] != b[left]) ||
			    (m->y == 0 && a[top] != b[top]) ||
			    (m->x == s->mb_width - 1 && a[right] != b[right]) ||
			    (m->y == s->mb_height - 1 &&
				a[bottom] != b[bottom]))
				return true;
		}
	}
	return false;
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
macroblock_repeat(
    int mb_x, int mb_y, const struct slice *s, const struct patch_target *t)
{
	struct edge e = { .at = luma_at(t, mb_x, mb_y),
		.stride = t->luma_stride,
		.width = MB_SIZE,
		.height = MB_SIZE,
		.size = 1,
		.left = mb_x == 0,
		.right = mb_x == s->mb_width - 1,
		.top = mb_y == 0,
		.bottom = mb_y == s->mb_height - 1,
		.columns = t->margin,
		.rows = t->margin };

	if (!e.left && !e.right && !e.top && !e.bottom)
		return;
	repeat_plane(&e);
	e.at = chroma_at(t, mb_x, mb_y);
	e.stride = t->chroma_stride;
	e.height = HALF;
	e.size = 2;
	e.rows = t->margin / 2;
	repeat_plane(&e);
}

/*
 * Section 9.2.1: totals of a plane of size x size blocks, framed by those of
 * the neighbours, in rows of size + 1; first is the plane's in columns.
 */
static void
neighbour_totals(uint8_t *totals, const struct macroblock *m,
    const struct slice *s, unsigned int first, unsigned int size)
{
	const struct column *c = &s->columns[m->x];
	uint64_t row = s->row + (uint64_t)m->y;

	for (unsigned int i = 0; i < size; i++) {
		uint8_t *top = &totals[1 + i];
		uint8_t *left = &totals[(1 + i) * (size + 1)];

		*top = c->row == row - 1 ? c->bottom[first + i] : 0;
		if (m->y == 0)
			*top = NO_BLOCK;
		if (m->x == 0)
			*left = NO_BLOCK;
		else
			*left = c[-1].row == row ? c[-1].right[first + i] : 0;
	}
}

static int
expected(const uint8_t *total, const uint8_t *above)
{
	int a = total[-1], b = *above;

	if (a == NO_BLOCK)
		return b == NO_BLOCK ? 0 : b;
	return b == NO_BLOCK ? a : (a + b + 1) >> 1;
}

/* The blocks of a plane, n levels each; before them luma's DC, if apart. */
static void
put_plane(const struct macroblock *m, struct slice *s, struct bits *b,
    const struct plane *p, unsigned int n, unsigned int coded)
{
	struct column *c = &s->columns[m->x];
	unsigned int size = (unsigned int)p->size / 4, row = size + 1;
	unsigned int edge = p->first ? p->first / 2 - 4 : 0;
	uint8_t totals[25];

	neighbour_totals(totals, m, s, edge, size);
	if (m->intra && !p->first)
		cavlc_put(
		    b, m->dc[0], 16, expected(&totals[row + 1], totals + 1));
	for (unsigned int i = 0; i < p->blocks; i++) {
		uint8_t *total =
		    &totals[(places[i].y + 1) * row + places[i].x + 1];

		*total = m->total[p->first + i];
		if (coded >> i / 4 & 1)
			cavlc_put(b, m->level[p->first + i] + 16 - n,
			    *total ? n : 0, expected(total, total - row));
	}
	for (unsigned int i = 0; i < size; i++) {
		c->right[edge + i] = totals[(i + 2) * row - 1];
		c->bottom[edge + i] = totals[size * row + 1 + i];
	}
}

void
macroblock_put(const struct macroblock *m, struct slice *s, struct bits *b)
{
	/* Table 9-4, inter: the number of each coded_block_pattern. */
	static const uint8_t patterns[48] = { 0, 2, 3, 7, 4, 8, 17, 13, 5, 18,
		9, 14, 10, 15, 16, 11, 1, 32, 33, 36, 34, 37, 44, 40, 35, 45,
		38, 41, 39, 42, 43, 19, 6, 24, 25, 20, 26, 21, 46, 28, 27, 47,
		22, 29, 23, 30, 31, 12 };
	unsigned int luma = m->coded & 15, chroma = m->coded >> 4;

	if (m->intra) {
		/* Table 7-11, I_16x16_2_x_x, behind the five types of P. */
		bits_put_ue(b, 5 + 3 + 4 * chroma + (luma ? 12 : 0));
		bits_put_ue(b, 0); /* intra_chroma_pred_mode */
	} else {
		bits_put(b, 7, 3); /* ue(): mb_type; se() twice: mvd_l0 */
		bits_put_ue(b, patterns[m->coded]);
	}
	bits_put_se(b, 0); /* mb_qp_delta */
	put_plane(m, s, b, &planes[0], m->intra ? 15 : 16, luma);
	for (int i = 1; chroma && i < 3; i++)
		cavlc_put(b, m->dc[i], 4, CAVLC_CHROMA_DC);
	for (int i = 1; i < 3; i++)
		put_plane(m, s, b, &planes[i], 15, chroma >> 1);
	s->columns[m->x].row = s->row + (uint64_t)m->y;
}
