#include "frames/region.h"

#include "../tap.h"

enum { WIDTH = 400, HEIGHT = 300 };

static uint8_t wanted[HEIGHT][WIDTH], covered[HEIGHT][WIDTH];

static void
fill(uint8_t map[HEIGHT][WIDTH], struct rect r)
{
	for (int y = r.y; y < r.y + r.h && y < HEIGHT; y++)
		for (int x = r.x; x < r.x + r.w && x < WIDTH; x++)
			map[y][x] = 1;
}

/* Everything that was added is covered; how many pixels more are. */
static long
excess(const struct region *g)
{
	long more = 0;

	memset(covered, 0, sizeof(covered));
	for (unsigned int i = 0; i < g->n; i++)
		fill(covered, g->rects[i]);
	for (int y = 0; y < HEIGHT; y++) {
		for (int x = 0; x < WIDTH; x++) {
			if (wanted[y][x] && !covered[y][x])
				return -1;
			more += covered[y][x] - wanted[y][x];
		}
	}
	return more;
}

static struct rect
at_random(int size)
{
	struct rect r = { .x = (uint16_t)(rand() % WIDTH),
		.y = (uint16_t)(rand() % HEIGHT) };

	r.w = (uint16_t)(1 + rand() % size);
	r.h = (uint16_t)(1 + rand() % size);
	if (r.x + r.w > WIDTH)
		r.w = (uint16_t)(WIDTH - r.x);
	if (r.y + r.h > HEIGHT)
		r.h = (uint16_t)(HEIGHT - r.y);
	return r;
}

static void
test_cover(void)
{
	bool good = true, bounded = true;

	for (int round = 0; round < 300; round++) {
		struct region g = { 0 };

		memset(wanted, 0, sizeof(wanted));
		for (int i = rand() % 100; i > 0; i--) {
			struct rect r = at_random(1 + rand() % 100);

			region_add(&g, r);
			fill(wanted, r);
			bounded &= g.n <= REGION_MAX;
		}
		good &= excess(&g) >= 0;
	}
	ok(good, "what was added is covered, 300 times");
	ok(bounded, "never more than REGION_MAX rectangles");
}

static void
test_merge(void)
{
	struct region g = { 0 };

	region_add(&g, (struct rect){ 0, 0, 10, 10 });
	region_add(&g, (struct rect){ 2, 2, 3, 3 });
	is_int(g.n, 1, "one inside another is nothing new");
	region_add(&g, (struct rect){ 10, 0, 5, 10 });
	is_int(g.n, 1, "side by side become one");
	is_int(region_area(&g), 150, "of both areas");
	region_add(&g, (struct rect){ 100, 100, 1, 1 });
	is_int(g.n, 2, "far apart stay two");
	region_add(&g, (struct rect){ 0, 10, 15, 90 });
	is_int(g.n, 2, "growing does not swallow a diagonal neighbour");
	region_add(&g, (struct rect){ 0, 0, 101, 101 });
	is_int(g.n, 1, "one around all replaces all");
	is_int(region_area(&g), 101 * 101, "and has its area");
	region_clear(&g);
	is_int(g.n, 0, "cleared");
	is_int(region_area(&g), 0, "nothing covers nothing");
}

/* Full of far dots, a new one joins what costs least. */
static void
test_full(void)
{
	struct region g = { 0 };
	struct rect dot = { 0, 0, 2, 2 };

	memset(wanted, 0, sizeof(wanted));
	for (int i = 0; i < REGION_MAX; i++) {
		dot.x = (uint16_t)(i % 8 * 50);
		dot.y = (uint16_t)(i / 8 * 70);
		region_add(&g, dot);
		fill(wanted, dot);
	}
	is_int(g.n, REGION_MAX, "dots fill it");
	is_int(excess(&g), 0, "exactly");
	dot.x += 4;
	region_add(&g, dot);
	fill(wanted, dot);
	is_int(g.n, REGION_MAX, "one more fits in");
	is_int(excess(&g), 4, "with the neighbour, over the gap between");
	region_add(&g, (struct rect){ 390, 290, 2, 2 });
	is_int(g.n, REGION_MAX, "a stranger too");
	region_add(&g, (struct rect){ 0, 0, 65535, 65535 });
	is_int(g.n, 1, "the largest rectangle");
	is_int(region_area(&g), 65535ll * 65535, "does not overflow");
}

static void
test_clip(void)
{
	struct region g = { 0 }, other = { 0 };

	region_add(&g, (struct rect){ 90, 10, 20, 5 });
	region_add(&g, (struct rect){ 100, 50, 5, 5 });
	region_add(&g, (struct rect){ 0, 79, 10, 100 });
	region_clip(&g, 100, 80);
	is_int(g.n, 2, "what lies outside is gone");
	is_int(region_area(&g), 10 * 5 + 10, "what sticks out is cut");
	region_add(&other, (struct rect){ 0, 0, 1, 1 });
	region_join(&other, &g);
	is_int(region_area(&other), 61, "joined");
	region_clip(&other, 0, 0);
	is_int(other.n, 0, "clipped to nothing");
}

static void
test_coarsen(void)
{
	struct region g = { 0 };

	for (uint16_t i = 0; i < 10; i++)
		region_add(&g,
		    (struct rect){ 0, (uint16_t)(i * 64),
			(uint16_t)(i % 2 ? 400 : 900), 64 });
	region_add(&g, (struct rect){ 0, 700, 900, 64 });
	region_add(&g, (struct rect){ 1500, 0, 64, 64 });
	is_int(g.n, 12, "lines of some lengths");
	region_coarsen(&g);
	is_int(g.n, 2, "are one page, and what is far stays apart");
	is_int(region_area(&g), 900 * 764 + 64 * 64, "from its first to last");
	region_coarsen(&g);
	is_int(g.n, 2, "and that is all");
}

/* What is cut out and what stays are together what there was. */
static void
test_cut(void)
{
	struct region g = { 0 }, out = { 0 };

	region_add(&g, (struct rect){ 10, 10, 30, 20 });
	region_add(&g, (struct rect){ 100, 100, 5, 5 });
	ok(region_meets(&g, (struct rect){ 39, 29, 9, 9 }) &&
		!region_meets(&g, (struct rect){ 40, 10, 9, 9 }) &&
		!region_meets(&g, (struct rect){ 10, 30, 9, 9 }),
	    "what meets it and what lies beside");
	region_cut(&g, (struct rect){ 20, 15, 10, 5 }, &out);
	is_int(region_area(&out), 50, "a hole is cut out");
	is_int(region_area(&g), 600 - 50 + 25, "all around it stays");
	ok(!region_meets(&g, (struct rect){ 20, 15, 10, 5 }), "but the hole");
	region_cut(&g, (struct rect){ 0, 0, 15, 65535 }, &out);
	is_int(region_area(&out), 50 + 5 * 20, "a side of it");
	region_cut(&g, (struct rect){ 0, 0, 65535, 65535 }, &out);
	is_int(g.n, 0, "and the rest");
	is_int(region_area(&out), 600 + 25, "is all there was");
}

int
main(void)
{
	srand(1);
	test_coarsen();
	test_cut();
	test_cover();
	test_merge();
	test_full();
	test_clip();
	return done_testing();
}
