/* rd-encode: what scrolled, and by how much */
#include "scroll/scroll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../alloc.h"
#include "../tap.h"

enum { STRIDE = 1024, ROWS = 700, LINE = 13 };

static uint8_t page[2 * ROWS][STRIDE], screen[ROWS][STRIDE];

/* Lines of dots, no two alike, with blank rows between them. */
static void
fill_page(void)
{
	memset(page, 235, sizeof(page));
	for (int y = 0; y < 2 * ROWS; y++)
		for (int x = 0; x < STRIDE && y % LINE > 2; x++)
			if (rand() % 5 == 0)
				page[y][x] = 16;
}

/* Part of the page, from a row on. */
static void
show(int x, int y, int w, int h, int from)
{
	for (int i = 0; i < h; i++)
		memcpy(&screen[y + i][x], &page[from + i][x], (size_t)w);
}

static uint8_t old[ROWS][STRIDE];

static void
before(struct scroll *s, int x, int y, int w, int h)
{
	memcpy(old, screen, sizeof(old));
	scroll_before(s, &screen[y][x], STRIDE, w, h);
}

/* Both ways to ask say the same. */
static int
after(struct scroll *s, int x, int y, int w, int h)
{
	int by = scroll_after(s, &screen[y][x]);
	int too = scroll_between(s, &old[y][x], &screen[y][x], STRIDE, w, h);

	return by == too ? by : 9999;
}

/* What is said of the rectangle when it shows one part, then another. */
static int
moved(struct scroll *s, int w, int h, int from, int to)
{
	int x = 30, y = 10;

	show(x, y, w, h, from);
	before(s, x, y, w, h);
	show(x, y, w, h, to);
	return after(s, x, y, w, h);
}

static void
test_lengths(struct scroll *s)
{
	static const int widths[] = { 64, 65, 127, 640, 900 };
	int wrong = 0;

	for (size_t i = 0; i < LEN(widths); i++)
		for (int by = -200; by <= 200; by++)
			wrong += moved(s, widths[i], 500, 300, 300 + by) != by;
	is_int(wrong, 0, "by any number of rows, either way");
	is_int(moved(s, 640, 500, 0, 400), 0, "too far to be sure");
	is_int(moved(s, 63, 500, 0, 10), 0, "too narrow");
	is_int(moved(s, 900, 690, 0, 600), 0, "too far for all of the rows");
	is_int(moved(s, 640, 1, 0, 10), 0, "a row");
}

static void
test_others(struct scroll *s)
{
	show(0, 0, 640, 600, 100);
	before(s, 0, 0, 640, 600);
	show(0, 0, 600, 600, 126);
	is_int(after(s, 0, 0, 640, 600), 26, "all but a bar at the side");
	show(0, 0, 640, 600, 100);
	before(s, 0, 0, 640, 600);
	show(0, 0, 250, 600, 126);
	is_int(after(s, 0, 0, 640, 600), 0, "less than half");
	memset(screen, 50, sizeof(screen));
	before(s, 0, 0, 640, 600);
	is_int(after(s, 0, 0, 640, 600), 0, "nothing to see");
	show(0, 0, 640, 600, 100);
	is_int(after(s, 0, 0, 640, 600), 0, "what was not there before");
	show(0, 0, 640, 600, 100);
	before(s, 0, 0, 640, 600);
	show(0, 0, 640, 600, 126);
	for (int y = 0; y < ROWS; y++)
		for (int x = 0; x < 190; x++)
			screen[y][x] = (uint8_t)rand();
	is_int(after(s, 0, 0, 640, 600), 26, "beside a film");
	for (int y = 0; y < ROWS; y++)
		for (int x = 0; x < STRIDE; x++)
			screen[y][x] = (uint8_t)rand();
	is_int(after(s, 0, 0, 640, 600), 0, "a film");
	for (int y = 0; y < ROWS; y++)
		memcpy(page[y], page[y % 2], STRIDE);
	is_int(moved(s, 640, 500, 0, 10), 0, "it could be from anywhere");
}

static void
test_open(void)
{
	struct scroll *s = NULL;

	for (int n = 0; n < 4; n++) {
		int err;

		allocations = n;
		err = scroll_open(&s, 100);
		allocations = -1;
		is_int(err, -ENOMEM, "allocation %d fails", n);
		ok(!s, "and nothing is left");
	}
	scroll_close(s);
}

int
main(void)
{
	struct scroll *s;

	test_open();
	if (scroll_open(&s, ROWS))
		abort();
	fill_page();
	test_lengths(s);
	test_others(s);
	scroll_close(s);
	return done_testing();
}
