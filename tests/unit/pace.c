/* base: something that happens at most so often */
#include "base/pace.h"

#include "../tap.h"

static void
test_rate(void)
{
	struct pace p = { 0 };

	is_int(pace_next(&p, 1000), 0, "the first is allowed at once");
	pace_took(&p, 1000, 100);
	is_int(pace_next(&p, 1000), 1000, "after a rest one is saved up");
	pace_took(&p, 1000, 100);
	is_int(pace_next(&p, 1000), 1100, "and no more");
	pace_took(&p, 1130, 100);
	is_int(pace_next(&p, 1130), 1200,
	    "one that was late does not delay the next");
	pace_took(&p, 1250, 100);
	pace_took(&p, 1300, 100);
	is_int(pace_next(&p, 1300), 1400, "nor do many");
	pace_took(&p, 9000, 100);
	is_int(pace_next(&p, 9000), 9000, "a long rest saves one");
	p = (struct pace){ .next_us = 5 };
	pace_took(&p, 7, 0);
	is_int(pace_next(&p, 7), 7, "no interval, no waiting");
}

static void
test_hurry(void)
{
	struct pace p = { .next_us = 5000 };

	pace_hurry(&p, 1000);
	for (int i = 0; i < PACE_EXTRA; i++) {
		is_int(pace_next(&p, 1001), 1001, "in a hurry: at once");
		pace_took(&p, 1001, 5000);
	}
	is_int(pace_next(&p, 1002), 5000, "but not for long");
	pace_hurry(&p, 2000);
	is_int(pace_next(&p, 2000 + PACE_HURRY_US), 5000, "nor for ever");
	pace_took(&p, 6000, 1000);
	is_int(p.extra, PACE_EXTRA, "what was allowed anyway is not extra");
}

int
main(void)
{
	test_rate();
	test_hurry();
	return done_testing();
}
