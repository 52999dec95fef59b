#include "../../bin/rd-encode/recover.h"

#include "../tap.h"

static unsigned int due;

static void
on_due(void *arg)
{
	(void)arg;
	due++;
}

int
main(void)
{
	struct loop loop = { 0 };
	struct recover r = { .loop = &loop, .due = on_due };

	if (loop_init(&loop))
		return 1;
	recover_init(&r);
	recover_from(&r, 5, 100000);
	ok(!r.misses, "nobody misses what nobody had");
	recover_now(&r);
	ok(r.key && due == 1, "a key picture, at once");
	recover_key(&r, 0xfffffff0, 1000000);
	ok(!r.key, "is made");
	recover_from(&r, 0xffffffef, 100000);
	ok(!r.misses, "what came before does not matter");
	recover_from(&r, 2, 100000);
	recover_from(&r, 0xfffffffe, 200000);
	recover_from(&r, 3, 300000);
	ok(r.misses && r.seq == 0xfffffffe, "the oldest does");
	is_int(r.back_timer.at_us, 1100000, "soonest for who waits least");
	recover_back(&r, 9, 0xfffffffa, 2000000);
	ok(!r.misses && !r.back_timer.set, "all go on");
	recover_from(&r, 0xfffffffb, 100000);
	recover_from(&r, 8, 100000);
	ok(!r.misses, "so do those who did not know yet");
	recover_from(&r, 0xfffffffa, 100000);
	ok(r.misses, "but not who misses what that needs");
	is_int(r.back_timer.at_us, 2100000, "a while after the last");
	recover_never(&r, 500000);
	ok(!r.misses && r.key_timer.at_us == 1500000,
	    "if it is too old they wait for a key picture");
	recover_by_key(&r, 400000);
	is_int(r.key_timer.at_us, 1400000, "others for the same");
	recover_key(&r, 20, 3000000);
	ok(!r.key_timer.set && !r.back_timer.set, "which is for all");
	recover_from(&r, 20, 100000);
	ok(r.misses, "and may get lost itself");
	recover_close(&r);
	loop_clear(&loop);
	return done_testing();
}
