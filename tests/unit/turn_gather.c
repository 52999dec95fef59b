#include "../../bin/rd-turn/gather.h"

#include "../tap.h"

static struct gather gather;
static int64_t now_us = 1000000;

/* Turns of n datagrams each, so far apart; returns how many slept. */
static unsigned int
turns(unsigned int count, int64_t apart_us, size_t n)
{
	unsigned int slept = 0;

	for (unsigned int i = 0; i < count; i++) {
		now_us += apart_us;
		slept += gather_turn(&gather, now_us, n) > 0;
	}
	return slept;
}

int
main(void)
{
	is_int(turns(1000, 1000, 1), 0, "1000 a second do not wait");
	is_int(turns(1000, 1000, 8), 0, "nor 8000 a second");
	ok(turns(1000, 50, 1) > 700, "20,000 a second do");
	ok(turns(1, 50, 0) == 0, "when nothing came there is no waiting");
	ok(turns(1000, 500, 10) > 900, "nor does it end while they gather");
	is_int(turns(1000, 500, GATHER_ENOUGH), 0, "unless they are enough");
	is_int(turns(1, 1000000, 1), 0, "after a pause the first does not");
	turns(10, 100, 10);
	is_int(turns(1, 1000000, 10), 0, "a burst long ago does not count");
	gather = (struct gather){ .since_us = now_us };
	is_int(turns(1000, 10, 8), 1, "after a period of many it sleeps");
	turns(50, 200, 8);
	is_int(turns(1000, 10, 8), 0, "until fewer come because of it");
	turns(5, GATHER_LEAVE_US / 4, 1);
	ok(turns(1000, 50, 1) > 600, "but not for ever");
	return done_testing();
}
