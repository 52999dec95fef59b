/* base: something that happens at most so often */
#include "base/pace.h"

#include "../tap.h"

static void
test_rate(void)
{
	struct pace p = { 0 };

	is_int(pace_next(&p, 10000), 0, "the first is allowed at once");
	pace_took(&p, 10000, 64);
	is_int(pace_next(&p, 10000), 10000 - 65, "after a rest");
	pace_took(&p, 10000, 64);
	is_int(pace_next(&p, 10000), 10000 - 2, "two are saved up");
	pace_took(&p, 10000, 64);
	is_int(pace_next(&p, 10000), 10000 + 61, "and no more");
	pace_took(&p, 10090, 64);
	is_int(pace_next(&p, 10090), 10000 + 124,
	    "one that was late does not delay the next");
	pace_took(&p, 90000, 64);
	is_int(pace_next(&p, 90000), 90000 - 65, "a long rest saves no more");
	p = (struct pace){ .next_us = 5 };
	pace_took(&p, 7, 0);
	is_int(pace_next(&p, 7), 7, "no interval, no waiting");
}

/* What comes at the same rate, but was held back in the beginning. */
static void
test_phase(void)
{
	struct pace p = { .next_us = 16000 };
	int64_t waited = 0;

	for (int64_t at = 0; at < 100 * 16666; at += 16666) {
		waited = pace_next(&p, at) - at;
		pace_took(&p, waited > 0 ? at + waited : at, 16666);
	}
	ok(waited <= 0, "is not for ever");
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
	test_phase();
	test_hurry();
	return done_testing();
}
