#include "rfb/lossy.h"

#include <errno.h>
#include <stdlib.h>

enum { EXACT = 0, DUE = 1, YOUNG = 1 + LOSSY_TICKS };

/* Tiles from x, y on, to before right, bottom. */
struct span {
	unsigned int x, y, right, bottom;
};

static unsigned int
least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* All that r has a part of. */
static struct span
touched(const struct lossy *l, struct rect r)
{
	unsigned int right = (unsigned int)(r.x + r.w + LOSSY_SIDE - 1);
	unsigned int bottom = (unsigned int)(r.y + r.h + LOSSY_SIDE - 1);

	return (struct span){ r.x / LOSSY_SIDE, r.y / LOSSY_SIDE,
		least(right / LOSSY_SIDE, l->across),
		least(bottom / LOSSY_SIDE, l->down) };
}

/* All that lie in r, as far as there is a picture. */
static struct span
covered(const struct lossy *l, struct rect r)
{
	struct span s = { (r.x + LOSSY_SIDE - 1u) / LOSSY_SIDE,
		(r.y + LOSSY_SIDE - 1u) / LOSSY_SIDE,
		(unsigned int)(r.x + r.w) / LOSSY_SIDE,
		(unsigned int)(r.y + r.h) / LOSSY_SIDE };

	if (r.x + r.w >= l->width)
		s.right = l->across;
	if (r.y + r.h >= l->height)
		s.bottom = l->down;
	return s;
}

static void
set(struct lossy *l, struct span s, uint8_t age)
{
	for (unsigned int y = s.y; y < s.bottom; y++)
		for (unsigned int x = s.x; x < s.right; x++) {
			uint8_t *at = &l->ages[y * l->across + x];

			l->young -= *at > DUE;
			*at = age;
			l->young += *at > DUE;
		}
}

int
lossy_fit(struct lossy *l, uint16_t width, uint16_t height)
{
	if (l->width == width && l->height == height)
		return 0;
	lossy_close(l);
	l->width = width;
	l->height = height;
	l->across = (width + LOSSY_SIDE - 1u) / LOSSY_SIDE;
	l->down = (height + LOSSY_SIDE - 1u) / LOSSY_SIDE;
	l->ages = calloc(l->across, l->down);
	if (l->ages)
		return 0;
	lossy_close(l);
	return -ENOMEM;
}

void
lossy_close(struct lossy *l)
{
	free(l->ages);
	*l = (struct lossy){ .ages = NULL };
}

void
lossy_mark(struct lossy *l, struct rect r)
{
	set(l, touched(l, r), YOUNG);
}

void
lossy_clear(struct lossy *l, struct rect r)
{
	set(l, covered(l, r), EXACT);
}

static bool
is_exact(const struct lossy *l, struct rect r)
{
	struct span s = touched(l, r);

	for (unsigned int y = s.y; y < s.bottom; y++)
		for (unsigned int x = s.x; x < s.right; x++)
			if (l->ages[y * l->across + x])
				return false;
	return true;
}

void
lossy_move(struct lossy *l, struct rect r, uint16_t x, uint16_t y)
{
	if (is_exact(l, (struct rect){ x, y, r.w, r.h }))
		lossy_clear(l, r);
	else
		lossy_mark(l, r);
}

void
lossy_tick(struct lossy *l)
{
	for (unsigned int i = 0; l->young && i < l->across * l->down; i++)
		if (l->ages[i] > DUE && --l->ages[i] == DUE)
			l->young--;
}

bool
lossy_due(const struct lossy *l, unsigned int max, struct rect *r)
{
	unsigned int first = 0, n = 0, x, y;

	while (first < l->across * l->down && l->ages[first] != DUE)
		first++;
	if (first == l->across * l->down)
		return false;
	x = first % l->across;
	y = first / l->across;
	while (n < max && x + n < l->across && l->ages[first + n] == DUE)
		n++;
	*r = (struct rect){ (uint16_t)(x * LOSSY_SIDE),
		(uint16_t)(y * LOSSY_SIDE),
		(uint16_t)least(n * LOSSY_SIDE, l->width - x * LOSSY_SIDE),
		(uint16_t)least(LOSSY_SIDE, l->height - y * LOSSY_SIDE) };
	return true;
}
