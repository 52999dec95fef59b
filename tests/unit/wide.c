#include "../../bin/rd-encode/wide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"

enum { W = 53, H = 5, CW = (W + 1) / 2, CH = (H + 1) / 2 };

static uint8_t pixels[H][W][4], y[H][W], u[CH][CW], v[CH][CW];

static void
convert(int width, int height)
{
	uint8_t *to[3] = { y[0], u[0], v[0] };
	int strides[3] = { W, CW, CW };

	wide_convert(
	    pixels[0][0], sizeof(pixels[0]), to, strides, width, height);
}

static void
fill(uint8_t b, uint8_t g, uint8_t r)
{
	for (int i = 0; i < W * H; i++)
		memcpy(pixels[i / W][i % W], (uint8_t[4]){ b, g, r, 0x7f }, 4);
	convert(W, H);
}

/* How far what a client makes of it is from what was there, at most. */
static double
worst(void)
{
	double far = 0;

	for (int i = 0; i < W * H; i++) {
		const uint8_t *p = pixels[i / W][i % W];
		double cb = u[i / W / 2][i % W / 2] - 128;
		double cr = v[i / W / 2][i % W / 2] - 128;
		double luma = y[i / W][i % W];
		double back[3] = { luma + 1.8556 * cb,
			luma - 0.1873 * cb - 0.4681 * cr, luma + 1.5748 * cr };

		for (int c = 0; c < 3; c++) {
			double off = fabs(fmin(fmax(back[c], 0), 255) - p[c]);

			far = fmax(far, off);
		}
	}
	return far;
}

static void
colours(void)
{
	double far = 0;
	bool grey = true;

	for (int i = 0; i < 256; i++) {
		fill((uint8_t)i, (uint8_t)i, (uint8_t)i);
		grey = grey && worst() == 0 && u[0][0] == 128;
	}
	ok(grey, "every grey comes back as it was");
	for (int i = 0; i < 4096; i++) {
		fill((uint8_t)(i % 16 * 17), (uint8_t)(i / 16 % 16 * 17),
		    (uint8_t)(i / 256 * 17));
		far = fmax(far, worst());
	}
	ok(far < 4, "every colour within 4 of it: %.2f", far);
}

/* The same pixels, converted from each even place on, give the same. */
static void
parts(void)
{
	static uint8_t whole_y[H][W], whole_u[CH][CW], whole_v[CH][CW];
	bool same = true;

	for (int i = 0; i < W * H; i++)
		for (int c = 0; c < 4; c++)
			pixels[i / W][i % W][c] = (uint8_t)(rand() >> 7);
	convert(W, H);
	memcpy(whole_y, y, sizeof(y));
	memcpy(whole_u, u, sizeof(u));
	memcpy(whole_v, v, sizeof(v));
	for (int x = 0; x < W; x += 2) {
		uint8_t *to[3] = { y[2] + x, u[1] + x / 2, v[1] + x / 2 };
		int strides[3] = { W, CW, CW };

		wide_convert(
		    pixels[2][x], sizeof(pixels[0]), to, strides, W - x, H - 2);
		same = same && memcmp(whole_y, y, sizeof(y)) == 0 &&
		    memcmp(whole_u, u, sizeof(u)) == 0 &&
		    memcmp(whole_v, v, sizeof(v)) == 0;
	}
	ok(same, "a part gives what the whole does");
}

int
main(void)
{
	colours();
	parts();
	return done_testing();
}
