#include "neighbour.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int
neighbours_open(struct neighbours *n, int mb_width)
{
	*n = (struct neighbours){ .mb_width = mb_width };
	n->columns = calloc((size_t)mb_width, sizeof(*n->columns));
	return n->columns ? 0 : -ENOMEM;
}

void
neighbours_close(struct neighbours *n)
{
	free(n->columns);
}

void
neighbours_begin(struct neighbours *n, int mb_height)
{
	n->row += (uint64_t)mb_height + 1; /* above it there is none */
}

static enum motion
left_of(const struct neighbours *n, int x, uint64_t row)
{
	const struct column *c = &n->columns[x - 1];

	if (x == 0)
		return MOTION_OUTSIDE;
	return c->row == row ? c->motion : MOTION_STILL;
}

/* In the row above, of which the columns before x are one row ahead. */
static enum motion
above(const struct neighbours *n, int x, int y, uint64_t row)
{
	const struct column *c = &n->columns[x];

	if (x < 0 || x >= n->mb_width || y == 0)
		return MOTION_OUTSIDE;
	if (c->row == row)
		return c->above;
	return c->row == row - 1 ? c->motion : MOTION_STILL;
}

/* Left, above, and above to the right or else to the left. */
struct three {
	enum motion a, b, c;
};

static struct three
around(const struct neighbours *n, int x, int y)
{
	uint64_t row = n->row + (uint64_t)y;
	struct three t = { left_of(n, x, row), above(n, x, y, row),
		above(n, x + 1, y, row) };

	if (t.c == MOTION_OUTSIDE)
		t.c = above(n, x - 1, y, row);
	return t;
}

static bool
refers(enum motion m)
{
	return m == MOTION_STILL || m == MOTION_MOVED;
}

enum motion
neighbours_coded(const struct neighbours *n, int x, int y)
{
	struct three t = around(n, x, y);
	int moved = (t.a == MOTION_MOVED) + (t.b == MOTION_MOVED) +
	    (t.c == MOTION_MOVED);
	bool alone = refers(t.a) + refers(t.b) + refers(t.c) == 1;

	return moved >= 2 || (moved && alone) ? MOTION_MOVED : MOTION_STILL;
}

enum motion
neighbours_skipped(const struct neighbours *n, int x, int y)
{
	struct three t = around(n, x, y);

	if (t.a == MOTION_OUTSIDE || t.b == MOTION_OUTSIDE ||
	    t.a == MOTION_STILL || t.b == MOTION_STILL)
		return MOTION_STILL;
	return neighbours_coded(n, x, y);
}

void
neighbours_totals(const struct neighbours *n, int x, int y, uint8_t *totals,
    unsigned int first, unsigned int size)
{
	const struct column *c = &n->columns[x];
	uint64_t row = n->row + (uint64_t)y;

	for (unsigned int i = 0; i < size; i++) {
		uint8_t *top = &totals[1 + i];
		uint8_t *left = &totals[(1 + i) * (size + 1)];

		*top = c->row == row - 1 ? c->bottom[first + i] : 0;
		if (y == 0)
			*top = NO_BLOCK;
		if (x == 0)
			*left = NO_BLOCK;
		else
			*left = c[-1].row == row ? c[-1].right[first + i] : 0;
	}
}

void
neighbours_say(struct neighbours *n, int x, int y, enum motion motion)
{
	struct column *c = &n->columns[x];
	uint64_t row = n->row + (uint64_t)y;

	c->above = c->row == row - 1 ? c->motion : MOTION_STILL;
	c->motion = motion;
	c->row = row;
}

void
neighbours_skip(struct neighbours *n, int x, int y, enum motion motion)
{
	struct column *c = &n->columns[x];

	memset(c->right, 0, sizeof(c->right));
	memset(c->bottom, 0, sizeof(c->bottom));
	neighbours_say(n, x, y, motion);
}
