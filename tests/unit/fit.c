/* rd-rtc: whether pictures of the whole size fit */
#include "../../bin/rd-rtc/fit.h"

#include "../tap.h"

enum { RATE = 700000, PICTURES = 25 };

static int64_t now = 1000000;

/* Pictures of so many bit/s come, for at most so many seconds: how long. */
static double
until_change(struct fit *f, int64_t rate, int seconds)
{
	int64_t begun = now;

	for (int i = 0; i < seconds * PICTURES; i++) {
		now += 1000000 / PICTURES;
		if (fit_look(f, now, (size_t)(rate / 8 / PICTURES)))
			break;
	}
	return (double)(now - begun) / 1e6;
}

static bool
is_about(double got, double want)
{
	return got > want - 1.2 && got < want + 1.2;
}

static void
test_change(void)
{
	struct fit f = { .rate = RATE };

	until_change(&f, RATE * 11 / 10, 60);
	ok(!f.half, "a little too much is borne");
	for (int i = 0; i < 20 && !f.half; i++) {
		until_change(&f, 8 * RATE, 2);
		until_change(&f, RATE, 2);
	}
	ok(!f.half, "and much for a moment");
	ok(is_about(until_change(&f, 8 * RATE, 60), 4) && f.half,
	    "but not much for long");
	until_change(&f, RATE, 60);
	ok(f.half, "half of it stays while it fills the way");
	f.rate = 8 * RATE;
	ok(is_about(until_change(&f, RATE, 60), 5) && !f.half,
	    "and goes when there is room");
	until_change(&f, 8 * RATE, 60);
	ok(!f.half, "for as long as that is so");
	f.rate = RATE;
	until_change(&f, 8 * RATE, 60);
	now += 3600LL * 1000000;
	fit_look(&f, now, 0);
	ok(f.half, "a long rest is one look");
	ok(is_about(until_change(&f, 0, 60), 4) && !f.half,
	    "at rest there is room");
}

static void
test_trials(void)
{
	static const int waits[] = { 5, 10, 20, 40, 80, 160, 320, 320 };
	struct fit f = { .rate = RATE };
	int good = 0;

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		until_change(&f, 8 * RATE, 10);
		good += is_about(until_change(&f, RATE / 2, 400), waits[i]);
	}
	is_int(good, sizeof(waits) / sizeof(*waits),
	    "after each mistake it waits twice as long, up to a limit");
	until_change(&f, RATE, 61);
	until_change(&f, 8 * RATE, 10);
	ok(f.half && is_about(until_change(&f, RATE / 2, 400), 5),
	    "until it was none");
}

int
main(void)
{
	struct fit f = { .rate = RATE };

	ok(!fit_look(&f, now, 1000000) && !f.half,
	    "the first look sees nothing");
	test_change();
	test_trials();
	return done_testing();
}
