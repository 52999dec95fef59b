/* What is lossy becomes due after a while, and only that. */
#include "rfb/lossy.h"

#include "../tap.h"

static struct lossy l;

static void
tick(int n)
{
	while (n--)
		lossy_tick(&l);
}

static bool
is_due(unsigned int max, int x, int y, int w, int h)
{
	struct rect r;

	if (!lossy_due(&l, max, &r))
		return false;
	return r.x == x && r.y == y && r.w == w && r.h == h;
}

static bool
is_none(void)
{
	struct rect r;

	return !lossy_due(&l, 16, &r);
}

static void
test_due(void)
{
	lossy_mark(&l, (struct rect){ 60, 60, 10, 5 });
	ok(l.young == 4 && is_none(), "what was just sent is not due");
	tick(1);
	lossy_mark(&l, (struct rect){ 0, 0, 1, 1 });
	tick(1);
	ok(is_due(16, 64, 0, 64, 64), "nor what was sent again meanwhile");
	is_int((int)l.young, 1, "which is still looked at");
	tick(1);
	ok(is_due(16, 0, 0, 128, 64) && is_due(1, 0, 0, 64, 64),
	    "then a row is, as far as it is wanted");
	is_int((int)l.young, 0, "and nothing is waited for");
	lossy_clear(&l, (struct rect){ 0, 0, 128, 127 });
	ok(is_due(16, 0, 64, 128, 64), "a tile that was sent in part stays");
	lossy_clear(&l, (struct rect){ 0, 0, 128, 128 });
	ok(is_none(), "and one that was sent as a whole does not");
}

static void
test_edges(void)
{
	lossy_mark(&l, (struct rect){ 199, 149, 1, 1 });
	tick(LOSSY_TICKS);
	ok(is_due(16, 192, 128, 8, 22), "tiles end with the picture");
	lossy_clear(&l, (struct rect){ 192, 128, 8, 22 });
	ok(is_none(), "and so does what was sent");
	lossy_mark(&l, (struct rect){ 0, 0, 65535, 65535 });
	tick(LOSSY_TICKS);
	ok(is_due(16, 0, 0, 200, 64), "what is beyond is nothing");
	lossy_clear(&l, (struct rect){ 0, 0, 65535, 65535 });
	ok(is_none() && l.young == 0, "either way");
}

static void
test_moved(void)
{
	lossy_mark(&l, (struct rect){ 0, 0, 64, 64 });
	tick(LOSSY_TICKS);
	lossy_move(&l, (struct rect){ 64, 64, 64, 64 }, 0, 0);
	is_int((int)l.young, 1, "what is lossy is so where it went");
	lossy_move(&l, (struct rect){ 64, 64, 64, 64 }, 128, 0);
	is_int((int)l.young, 0, "and what is not is not");
	lossy_clear(&l, (struct rect){ 0, 0, 200, 150 });
}

int
main(void)
{
	lossy_mark(&l, (struct rect){ 0, 0, 10, 10 });
	tick(LOSSY_TICKS);
	ok(is_none(), "without a picture nothing is lossy");
	is_int(lossy_fit(&l, 200, 150), 0, "a picture");
	test_due();
	test_edges();
	test_moved();
	lossy_mark(&l, (struct rect){ 0, 0, 10, 10 });
	is_int(lossy_fit(&l, 200, 150), 0, "the same size");
	is_int((int)l.young, 1, "changes nothing");
	is_int(lossy_fit(&l, 65535, 65535), 0, "the largest");
	is_int((int)l.young, 0, "is exact");
	lossy_mark(&l, (struct rect){ 65534, 65534, 1, 1 });
	tick(LOSSY_TICKS);
	ok(is_due(16, 65472, 65472, 63, 63), "up to its last pixel");
	lossy_close(&l);
	return done_testing();
}
