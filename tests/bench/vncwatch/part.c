#include "watch.h"

enum {
	CELL = 16,
	CELLS = 16,
	CHECK = 4, /* of them guard the others */
	BRIGHT = 128,
};

static uint32_t part[WATCH_H][WATCH_W];

bool part_discard;

bool
part_meets(struct area a)
{
	return !part_discard && a.x < WATCH_X + WATCH_W &&
	    a.x + a.w > WATCH_X && a.y < WATCH_Y + WATCH_H &&
	    a.y + a.h > WATCH_Y;
}

void
part_put(int x, int y, uint32_t pixel)
{
	x -= WATCH_X;
	y -= WATCH_Y;
	if (x >= 0 && x < WATCH_W && y >= 0 && y < WATCH_H)
		part[y][x] = pixel;
}

void
part_fill(struct area a, uint32_t pixel)
{
	if (!part_meets(a))
		return;
	for (int y = a.y; y < a.y + a.h; y++)
		for (int x = a.x; x < a.x + a.w; x++)
			part_put(x, y, pixel);
}

int
part_number(void)
{
	unsigned int code = 0, number, sum;

	for (int i = 0; i < CELLS; i++) {
		uint32_t green = part[CELL / 2][i * CELL + CELL / 2] >> 8;

		code = code << 1 | ((green & 255) >= BRIGHT);
	}
	number = code >> CHECK;
	sum = (number >> 8) + (number >> 4) + number;
	return (code & 15) == (~sum & 15) ? (int)number : -1;
}
