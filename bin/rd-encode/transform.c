#include "transform.h"

#include <stdlib.h>

#include "cavlc.h"

static const uint8_t zigzag[16] = { 0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7,
	11, 14, 15 };

/* Sections 8.5.9 and 8.5.12.1; factors undo scales and transforms' gain. */
void
quantiser_init(struct quantiser *q, int qp)
{
	static const uint8_t norm[6][3] = { { 10, 16, 13 }, { 11, 18, 14 },
		{ 13, 20, 16 }, { 14, 23, 18 }, { 16, 25, 20 },
		{ 18, 29, 23 } };
	static const uint32_t gain[3] = { 1u << 18, (1u << 22) / 25,
		(1u << 20) / 5 };
	/*
	 * A level is rounded up from two thirds on, which suits text: it has
	 * few zeros.  With the coarsest that could bring decoders' sums beyond
	 * the 16 bits that section 8.5.12.2 grants them.
	 */
	uint32_t round_up = qp < 48 ? 65536 / 3 : 0;

	for (unsigned int i = 0; i < 16; i++) {
		unsigned int x = i & 1, y = i >> 2 & 1;
		unsigned int kind = x & y ? 1 : 2 * (x | y);
		uint32_t step = (uint32_t)norm[qp % 6][kind] << qp / 6;

		q->scale[i] = (int16_t)step;
		q->factor[i] = (uint16_t)((gain[kind] + step / 2) / step);
		q->bias[i] = (uint16_t)(round_up / q->factor[i]);
	}
}

/* Table 8-15. */
int
quantiser_chroma(int qp)
{
	static const uint8_t over[] = { 29, 30, 31, 32, 32, 33, 34, 34, 35, 35,
		36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39 };

	return qp < 30 ? qp : over[qp - 30];
}

/* The transform that section 8.5.12.2 inverts. */
bool
transform_forward(
    int16_t c[16], const uint8_t *to, const uint8_t *from, int stride)
{
	int d[16], any = 0;

	for (int y = 0; y < 4; y++) {
		int r[4], s03, s12, d03, d12;

		for (int x = 0; x < 4; x++)
			r[x] = to[y * stride + x] - from[y * stride + x];
		any |= r[0] | r[1] | r[2] | r[3];
		s03 = r[0] + r[3], s12 = r[1] + r[2];
		d03 = r[0] - r[3], d12 = r[1] - r[2];
		d[y * 4] = s03 + s12;
		d[y * 4 + 1] = 2 * d03 + d12;
		d[y * 4 + 2] = s03 - s12;
		d[y * 4 + 3] = d03 - 2 * d12;
	}
	for (int x = 0; x < 4; x++) {
		int s03 = d[x] + d[12 + x], s12 = d[4 + x] + d[8 + x];
		int d03 = d[x] - d[12 + x], d12 = d[4 + x] - d[8 + x];

		c[x] = (int16_t)(s03 + s12);
		c[4 + x] = (int16_t)(2 * d03 + d12);
		c[8 + x] = (int16_t)(s03 - s12);
		c[12 + x] = (int16_t)(d03 - 2 * d12);
	}
	return any;
}

static uint8_t
clip(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Section 8.5.12.2. */
void
transform_inverse(uint8_t *pixels, int stride, const int16_t c[16])
{
	int d[16];

	for (int y = 0; y < 16; y += 4) {
		int s = c[y] + c[y + 2], t = c[y] - c[y + 2];
		int u = (c[y + 1] >> 1) - c[y + 3];
		int v = c[y + 1] + (c[y + 3] >> 1);

		d[y] = s + v;
		d[y + 1] = t + u;
		d[y + 2] = t - u;
		d[y + 3] = s - v;
	}
	for (int x = 0; x < 4; x++) {
		uint8_t *p = pixels + x;
		int s = d[x] + d[8 + x] + 32, t = d[x] - d[8 + x] + 32;
		int u = (d[4 + x] >> 1) - d[12 + x];
		int v = d[4 + x] + (d[12 + x] >> 1);

		p[0] = clip(p[0] + ((s + v) >> 6));
		p[stride] = clip(p[stride] + ((t + u) >> 6));
		p[2 * stride] = clip(p[2 * stride] + ((t - u) >> 6));
		p[3 * stride] = clip(p[3 * stride] + ((s - v) >> 6));
	}
}

uint8_t
transform_quantise(int16_t c[16], int16_t level[16], const struct quantiser *q)
{
	uint16_t any = 0;
	uint8_t total = 0;
	int16_t l[16];

	for (int i = 0; i < 16; i++) {
		uint16_t size = (uint16_t)(abs(c[i]) + q->bias[i]);

		size = (uint16_t)((uint32_t)size * q->factor[i] >> 16);
		any |= size;
		l[i] = (int16_t)(c[i] < 0 ? -size : size);
		c[i] = (int16_t)(l[i] * q->scale[i]);
	}
	for (int i = 0; any && i < 16; i++) {
		level[i] = l[zigzag[i]];
		total = (uint8_t)(total + (level[i] != 0));
	}
	return total;
}

/* Of one dimension of n, or of two as is the same. */
static void
hadamard(int *v, int n)
{
	for (int step = 1; step < n; step *= 2)
		for (int i = 0; i < n; i++)
			if (!(i & step)) {
				int a = v[i], b = v[i + step];

				v[i] = a + b;
				v[i + step] = a - b;
			}
}

/* Sections 8.5.10 and 8.5.11. */
bool
transform_dc(int16_t *c, int16_t *level, int n, const struct quantiser *q)
{
	/* The zigzag in hadamard()'s order of frequencies, 0 3 1 2. */
	static const uint8_t scan[16] = { 0, 2, 8, 12, 10, 3, 1, 11, 14, 4, 6,
		15, 9, 13, 7, 5 };
	int v[16], f[16] = { 0 }, shift = n == 16;
	bool any = false;

	for (int i = 0; i < n; i++)
		v[i] = c[i];
	hadamard(v, n);
	for (int i = 0; i < n; i++) {
		int at = n == 16 ? scan[i] : i;
		int size = (abs(v[at]) >> shift) + 2 * q->bias[0];

		size = size * q->factor[0] >> 17;
		if (size > CAVLC_LEVEL_MAX)
			size = CAVLC_LEVEL_MAX;
		any |= size != 0;
		f[at] = v[at] < 0 ? -size : size;
		level[i] = (int16_t)f[at];
	}
	hadamard(f, n);
	for (int i = 0; i < n; i++)
		c[i] =
		    (int16_t)((f[i] * q->scale[0] + 2 * shift) >> (1 + shift));
	return any;
}
