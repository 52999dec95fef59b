#include "macroblock.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cavlc.h"

enum {
	LUMA = 16,          /* blocks */
	CODED_DC = 1 << 16, /* beside a bit for each block */
	/* From here on no level of DC is beyond CAVLC_LEVEL_MAX. */
	INTRA_QP_MIN = 12,
	/* What it must save in sums of differences: half a step per pixel. */
	INTRA_COST = 128,
	/* Sum of differences that is not worth looking for a better likeness.
	 */
	CLOSE = 4 * MB_CB,
};

static const struct plane {
	int at, size;               /* among pixels; of a row */
	unsigned int first, blocks; /* among the macroblock's */
} planes[3] = { { 0, MB_SIZE, 0, LUMA }, { MB_CB, MB_HALF, LUMA, 4 },
	{ MB_CR, MB_HALF, LUMA + 4, 4 } };

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
	return neighbours_open(&s->neighbours, mb_width);
}

void
slice_close(struct slice *s)
{
	neighbours_close(&s->neighbours);
}

void
slice_begin(struct slice *s, int qp)
{
	quantiser_init(&s->luma, qp);
	quantiser_init(&s->chroma, quantiser_chroma(qp));
	s->may_intra = qp >= INTRA_QP_MIN;
	neighbours_begin(&s->neighbours, s->mb_height);
}

/*
 * A plane of a macroblock of which only width x height pixels are in the
 * picture: its last ones are repeated to the ends of their blocks, and blocks
 * out of sight stay as they were.
 */
static void
load_edge(uint8_t *to, const uint8_t *still, int size, const uint8_t *from,
    int stride, int width, int height)
{
	for (int y = 0; y < size; y++)
		for (int x = 0; x < size; x++) {
			int fx = x < width ? x : width - 1;
			int fy = y < height ? y : height - 1;
			bool seen = (x & ~3) < width && (y & ~3) < height;

			to[y * size + x] =
			    seen ? from[fy * stride + fx] : still[y * size + x];
		}
}

static void
load_whole(struct macroblock *m, const struct picture *p)
{
	int x = m->x * MB_SIZE, y = m->y * MB_SIZE;
	const uint8_t *luma = p->plane[0] + y * p->stride[0] + x;
	const uint8_t *cb = p->plane[1] + y / 2 * p->stride[1] + x / 2;
	const uint8_t *cr = p->plane[2] + y / 2 * p->stride[2] + x / 2;

	for (int i = 0; i < MB_SIZE; i++)
		memcpy(
		    m->source + i * MB_SIZE, luma + i * p->stride[0], MB_SIZE);
	for (int i = 0; i < MB_HALF; i++) {
		memcpy(m->source + MB_CB + i * MB_HALF, cb + i * p->stride[1],
		    MB_HALF);
		memcpy(m->source + MB_CR + i * MB_HALF, cr + i * p->stride[2],
		    MB_HALF);
	}
}

static void
load_source(
    struct macroblock *m, const struct picture *p, const struct patch_target *t)
{
	int width = ((p->width + 1) & ~1) - m->x * MB_SIZE;
	int height = ((p->height + 1) & ~1) - m->y * MB_SIZE;

	if (width >= MB_SIZE && height >= MB_SIZE) {
		load_whole(m, p);
		return;
	}
	target_load(m->still, t, m->x, m->y, 0);
	for (int i = 0; i < 3; i++) {
		int size = planes[i].size, at = planes[i].at;
		const uint8_t *from =
		    p->plane[i] + m->y * size * p->stride[i] + m->x * size;

		load_edge(m->source + at, m->still + at, size, from,
		    p->stride[i], i ? width / 2 : width,
		    i ? height / 2 : height);
	}
}

/* Sections 8.3.3.3 and 8.3.4: means of the pixels around; all are there. */
static void
predict(struct macroblock *m, const struct patch_target *t)
{
	const uint8_t *luma = target_luma(t, m->x, m->y);
	int sum = MB_SIZE;

	for (int i = 0; i < MB_SIZE; i++)
		sum += luma[i - t->luma_stride] + luma[i * t->luma_stride - 1];
	memset(m->around, sum >> 5, MB_CB);
	for (int plane = 0; plane < 2; plane++) {
		uint8_t *to = m->around + (plane ? MB_CR : MB_CB);
		const uint8_t *from = target_chroma(t, m->x, m->y) + plane;
		int top[2] = { 2, 2 }, left[2] = { 2, 2 }; /* halves */

		for (int i = 0; i < MB_HALF; i++) {
			top[i / 4] += from[2 * i - t->chroma_stride];
			left[i / 4] += from[i * t->chroma_stride - 2];
		}
		for (int y = 0; y < MB_HALF; y++) {
			int l = y < 4 ? (top[0] + left[0]) >> 3 : left[1] >> 2;
			int r = y < 4 ? top[1] >> 2 : (top[1] + left[1]) >> 3;

			memset(to + y * MB_HALF, l, 4);
			memset(to + y * MB_HALF + 4, r, 4);
		}
	}
}

static int
difference(const uint8_t a[MB_CB], const uint8_t b[MB_CB])
{
	int sum = 0;

	for (int i = 0; i < MB_CB; i++)
		sum += abs(a[i] - b[i]);
	return sum;
}

/* Whether it has less detail than its difference from like, the means off. */
static bool
is_flat(const struct macroblock *m)
{
	int mean = 0, step = 0, detail = INTRA_COST, rest = 0;

	for (int i = 0; i < MB_CB; i++) {
		mean += m->source[i];
		step += m->source[i] - m->like[i];
	}
	mean /= MB_CB;
	step /= MB_CB;
	for (int i = 0; i < MB_CB; i++) {
		detail += abs(m->source[i] - mean);
		rest += abs(m->source[i] - m->like[i] - step);
	}
	return detail < rest;
}

/* Its blocks into levels and pixels, DC apart if at dc: which are coded. */
static unsigned int
code_plane(struct macroblock *m, const struct plane *p, int16_t *dc,
    const struct quantiser *q)
{
	int16_t c[16][16], mean[16];
	unsigned int coded = 0, some = 0, across = (unsigned int)p->size / 4;

	for (unsigned int i = 0; i < p->blocks; i += 2) {
		int at = p->at + (places[i].y * p->size + places[i].x) * 4;

		some |= transform_forward(
			    &c[i], m->source + at, m->like + at, p->size, q)
		    << i;
	}
	for (unsigned int i = 0; i < p->blocks; i++) {
		unsigned int block = p->first + i;

		mean[places[i].y * across + places[i].x] = c[i][0];
		c[i][0] = dc ? 0 : c[i][0];
		m->total[block] = 0;
		if (some >> i & 1)
			m->total[block] =
			    transform_quantise(c[i], m->level[block], q);
		else
			memset(c[i], 0, sizeof(c[i]));
		coded |= (unsigned int)(m->total[block] != 0) << i;
	}
	if (dc && transform_dc(mean, dc, (int)p->blocks, q))
		coded |= CODED_DC;
	for (unsigned int i = 0; coded && i < p->blocks; i++) {
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

/* Whether what it would be like when moved was scrolled, and so is known. */
static bool
may_move(const struct macroblock *m, const struct slice *s)
{
	int top = m->y * MB_SIZE + s->scroll;

	return s->scroll && m->x >= s->scrolled.left &&
	    m->x < s->scrolled.right && top >= s->scrolled.top * MB_SIZE &&
	    top + MB_SIZE <= s->scrolled.bottom * MB_SIZE;
}

static void
take(struct macroblock *m, enum motion motion, const uint8_t *like)
{
	m->motion = motion;
	m->like = like;
	m->difference = difference(m->source, like);
}

/* Load what it may be like, and choose. */
static void
choose_motion(
    struct macroblock *m, const struct slice *s, const struct patch_target *t)
{
	int moved = INT_MAX;

	if (may_move(m, s)) {
		target_load(m->moved, &s->before, m->x, m->y, s->scroll);
		take(m, MOTION_MOVED, m->moved);
		moved = m->difference;
	}
	if (moved > CLOSE) {
		target_load(m->still, t, m->x, m->y, 0);
		take(m, MOTION_STILL, m->still);
	}
	if (moved < m->difference)
		take(m, MOTION_MOVED, m->moved);
}

static void
choose_intra(
    struct macroblock *m, const struct slice *s, const struct patch_target *t)
{
	if (!s->may_intra || m->difference <= CLOSE || is_outermost(m, s) ||
	    !is_flat(m))
		return;
	m->motion = MOTION_INTRA;
	m->like = m->around;
	predict(m, t);
}

static void
code_residual(struct macroblock *m, const struct slice *s)
{
	bool intra = m->motion == MOTION_INTRA;
	unsigned int luma, chroma;

	luma = code_plane(m, &planes[0], intra ? m->dc[0] : NULL, &s->luma);
	chroma = code_plane(m, &planes[1], m->dc[1], &s->chroma) |
	    code_plane(m, &planes[2], m->dc[2], &s->chroma);
	m->coded = chroma & 15 ? 32 : chroma ? 16 : 0;
	for (unsigned int i = 0; i < 4; i++)
		if (luma & (intra ? 0xffff : 15u << 4 * i))
			m->coded |= 1u << i;
}

/*
 * Whether it has only such errors as the quantiser leaves anyway: an eighth of
 * a step on average, and one step at most in any pixel.
 */
static bool
is_close(const struct macroblock *m, const struct slice *s)
{
	int step = s->luma.scale[0] / 16, sum = 0;
	uint8_t most = 0;

	for (int i = 0; i < MB_PIXELS; i++)
		sum += abs(m->source[i] - m->like[i]);
	if (sum > MB_PIXELS * step / 8)
		return false;
	for (int i = 0; i < MB_PIXELS; i++) {
		uint8_t a = m->source[i], b = m->like[i];
		uint8_t d = (uint8_t)(a > b ? a - b : b - a);

		most = d > most ? d : most;
	}
	return most <= step;
}

bool
macroblock_code(struct macroblock *m, const struct slice *s,
    const struct picture *p, const struct patch_target *t)
{
	bool good;

	load_source(m, p, t);
	choose_motion(m, s, t);
	good = m->motion == MOTION_MOVED
	    ? is_close(m, s)
	    : !memcmp(m->source, m->like, MB_PIXELS);
	if (!good)
		choose_intra(m, s, t);
	memcpy(m->pixels, m->like, MB_PIXELS);
	m->coded = 0;
	if (!good)
		code_residual(m, s);
	return m->coded || m->motion == MOTION_INTRA ||
	    m->motion != neighbours_skipped(&s->neighbours, m->x, m->y);
}

void
macroblock_keep(struct macroblock *m, const struct patch_target *t)
{
	target_load(m->still, t, m->x, m->y, 0);
	memcpy(m->pixels, m->still, MB_PIXELS);
	m->motion = MOTION_STILL;
	m->coded = 0;
	memset(m->total, 0, sizeof(m->total));
}

bool
macroblock_moves_edge(const struct macroblock *m, const struct slice *s)
{
	for (int i = 0; i < 3 && is_outermost(m, s); i++) {
		const uint8_t *a = m->still + planes[i].at;
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
	struct column *c = &s->neighbours.columns[m->x];
	unsigned int size = (unsigned int)p->size / 4, row = size + 1;
	unsigned int edge = p->first ? p->first / 2 - 4 : 0;
	uint8_t totals[25];

	neighbours_totals(&s->neighbours, m->x, m->y, totals, edge, size);
	if (m->motion == MOTION_INTRA && !p->first)
		cavlc_put(
		    b, m->dc[0], 16, expected(&totals[row + 1], totals + 1));
	for (unsigned int i = 0; i < p->blocks; i++) {
		uint8_t *total =
		    &totals[(places[i].y + 1) * row + places[i].x + 1];
		bool any = coded >> i / 4 & 1;

		*total = any ? m->total[p->first + i] : 0;
		if (any)
			cavlc_put(b, m->level[p->first + i] + 16 - n,
			    *total ? n : 0, expected(total, total - row));
	}
	for (unsigned int i = 0; i < size; i++) {
		c->right[edge + i] = totals[(i + 2) * row - 1];
		c->bottom[edge + i] = totals[size * row + 1 + i];
	}
}

/* mb_type, how it is predicted, and coded_block_pattern. */
static void
put_prediction(
    const struct macroblock *m, const struct slice *s, struct bits *b)
{
	/* Table 9-4, inter: the number of each coded_block_pattern. */
	static const uint8_t patterns[48] = { 0, 2, 3, 7, 4, 8, 17, 13, 5, 18,
		9, 14, 10, 15, 16, 11, 1, 32, 33, 36, 34, 37, 44, 40, 35, 45,
		38, 41, 39, 42, 43, 19, 6, 24, 25, 20, 26, 21, 46, 28, 27, 47,
		22, 29, 23, 30, 31, 12 };
	unsigned int luma = m->coded & 15, chroma = m->coded >> 4;

	if (m->motion == MOTION_INTRA) {
		/* Table 7-11, I_16x16_2_x_x, behind the five types of P. */
		bits_put_ue(b, 5 + 3 + 4 * chroma + (luma ? 12 : 0));
		bits_put_ue(b, 0); /* intra_chroma_pred_mode */
		return;
	}
	bits_put_ue(b, 0); /* P_L0_16x16 */
	bits_put_se(b, 0); /* mvd_l0, in quarters of a pixel */
	bits_put_se(b,
	    4 * s->scroll *
		((m->motion == MOTION_MOVED) -
		    (neighbours_coded(&s->neighbours, m->x, m->y) ==
			MOTION_MOVED)));
	bits_put_ue(b, patterns[m->coded]);
}

void
macroblock_put(const struct macroblock *m, struct slice *s, struct bits *b)
{
	unsigned int luma = m->coded & 15, chroma = m->coded >> 4;

	put_prediction(m, s, b);
	if (m->coded || m->motion == MOTION_INTRA)
		bits_put_se(b, 0); /* mb_qp_delta */
	put_plane(
	    m, s, b, &planes[0], m->motion == MOTION_INTRA ? 15 : 16, luma);
	for (int i = 1; chroma && i < 3; i++)
		cavlc_put(b, m->dc[i], 4, CAVLC_CHROMA_DC);
	for (int i = 1; i < 3; i++)
		put_plane(m, s, b, &planes[i], 15, chroma >> 1);
	neighbours_say(&s->neighbours, m->x, m->y, m->motion);
}
