#include "transform.h"

#include <stdlib.h>
#include <string.h>

#include "cavlc.h"

static const uint8_t zigzag[16] = { 0, 4, 1, 2, 5, 8, 12, 9, 6, 3, 7, 10, 13,
	14, 11, 15 };

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
		q->nothing[i] = (int16_t)(65535 / q->factor[i] - q->bias[i]);
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

/* Four numbers of one block and four of another. */
typedef int16_t lanes __attribute__((vector_size(16)));

static lanes
load(const uint8_t *p)
{
	uint8_t bytes __attribute__((vector_size(8)));

	memcpy(&bytes, p, sizeof(bytes));
	return __builtin_convertvector(bytes, lanes);
}

static void
forward(lanes v[4])
{
	lanes s03 = v[0] + v[3], s12 = v[1] + v[2];
	lanes d03 = v[0] - v[3], d12 = v[1] - v[2];

	v[0] = s03 + s12;
	v[1] = d03 + d03 + d12;
	v[2] = s03 - s12;
	v[3] = d03 - d12 - d12;
}

#define LOW_16(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH_16(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define LOW_32(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 2, 3, 10, 11)
#define HIGH_32(a, b) __builtin_shufflevector(a, b, 4, 5, 12, 13, 6, 7, 14, 15)
#define LOW_64(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HIGH_64(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

/* Rows of both blocks into columns of both. */
static void
transpose(lanes v[4])
{
	lanes a = LOW_16(v[0], v[1]), b = LOW_16(v[2], v[3]);
	lanes c = HIGH_16(v[0], v[1]), d = HIGH_16(v[2], v[3]);
	lanes a01 = LOW_32(a, b), a23 = HIGH_32(a, b);
	lanes c01 = LOW_32(c, d), c23 = HIGH_32(c, d);

	v[0] = LOW_64(a01, c01);
	v[1] = HIGH_64(a01, c01);
	v[2] = LOW_64(a23, c23);
	v[3] = HIGH_64(a23, c23);
}

/* Whether some are further from zero than q's nothing. */
static bool
has_levels(const int16_t c[16], const struct quantiser *q)
{
	uint64_t some[2];

	for (int i = 0; i < 16; i += 8) {
		lanes v, nothing, beyond;

		memcpy(&v, c + i, sizeof(v));
		memcpy(&nothing, q->nothing + i, sizeof(nothing));
		beyond = (v > nothing) | (v < -nothing);
		memcpy(some, &beyond, sizeof(some));
		if (some[0] | some[1])
			return true;
	}
	return false;
}

/* The transform that section 8.5.12.2 inverts. */
unsigned int
transform_forward(int16_t c[2][16], const uint8_t *to, const uint8_t *from,
    int stride, const struct quantiser *q)
{
	lanes v[4];

	for (int y = 0; y < 4; y++)
		v[y] = load(to + y * stride) - load(from + y * stride);
	forward(v);
	transpose(v);
	forward(v);
	for (int x = 0; x < 4; x += 2) {
		lanes one = LOW_64(v[x], v[x + 1]);
		lanes other = HIGH_64(v[x], v[x + 1]);

		memcpy(c[0] + 4 * x, &one, sizeof(one));
		memcpy(c[1] + 4 * x, &other, sizeof(other));
	}
	return has_levels(c[0], q) | (unsigned int)has_levels(c[1], q) << 1;
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

	for (int y = 0; y < 4; y++) {
		int s = c[y] + c[8 + y], t = c[y] - c[8 + y];
		int u = (c[4 + y] >> 1) - c[12 + y];
		int v = c[4 + y] + (c[12 + y] >> 1);

		d[4 * y] = s + v;
		d[4 * y + 1] = t + u;
		d[4 * y + 2] = t - u;
		d[4 * y + 3] = s - v;
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
