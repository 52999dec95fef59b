#include "bwe/pacer.h"

#include "../tap.h"

enum { MS = 1000, RATE = 8000000 }; /* a byte takes 1 us */

static struct pacer p;
static uint16_t seq;
static int64_t at;

static enum pacer_what
next(int64_t now, bool pad)
{
	enum pacer_what what = pacer_next(&p, now, RATE, pad, &seq, &at);

	if (what != PACER_NOTHING && what != PACER_WAIT)
		pacer_sent(&p, now, RATE, 1000, pad);
	return what;
}

static void
order(void)
{
	int64_t now = 1000 * MS;

	p = (struct pacer){ 0 };
	is_int(next(now, false), PACER_NOTHING, "nothing waits at first");
	is_int(next(now, true), PACER_PAD, "but padding can be had");
	now += 100 * MS;
	pacer_add(&p, now, 65532, 1);
	pacer_add(&p, now, 1, 2);
	is_int(next(now, true), PACER_VIDEO, "video goes before padding");
	is_int(seq, 65532, "from its first packet");
	pacer_again(&p, 65532);
	is_int(next(now, true), PACER_RESEND, "what was lost before video");
	is_int(seq, 65532, "which it is");
	for (int i = 0; i < 3; i++)
		is_int(next(now, true), PACER_VIDEO, "five make a burst");
	is_int(next(now, true), PACER_WAIT, "then it waits");
	is_int(at, now + 1 * MS + 1, "until the first has had its time");
	is_int(next(at, true), PACER_VIDEO, "and goes on");
	is_int(seq, 0, "in order");
	pacer_sent(&p, at + 1 * MS, RATE, 5000, false);
	is_int(next(at + 1 * MS, true), PACER_WAIT, "sound takes time too");
	is_int(next(at + 10 * MS, true), PACER_VIDEO, "which passes");
	is_int(seq, 1, "the next picture");
	is_int(next(at + 20 * MS, false), PACER_NOTHING, "until all left");
	p = (struct pacer){ 0 };
	pacer_add(&p, now, 0, 9);
	pacer_sent(&p, now, 100 * RATE, 50000, false);
	is_int(pacer_next(&p, now, RATE / 10, false, &seq, &at), PACER_WAIT,
	    "a burst at a higher rate");
	ok(at <= now + 13 * MS, "is not paid at a lower one");
}

static void
repairs(void)
{
	int64_t now = 1000 * MS;

	p = (struct pacer){ 0 };
	pacer_repair(&p, 9);
	pacer_repair(&p, 5);
	pacer_add(&p, now, 0, 1);
	pacer_again(&p, 9);
	is_int(next(now, true), PACER_RESEND, "what was lost goes first");
	for (int i = 0; i < 4; i++)
		is_int(next(now, true), PACER_REPAIR, "then what repairs");
	is_int(next(now, true), PACER_WAIT, "at the pace of all else");
	is_int(next(at, true), PACER_REPAIR, "to the last");
	is_int(next(at + 9 * MS, true), PACER_VIDEO, "then what is next");
	is_int(next(at + 9 * MS, false), PACER_NOTHING, "and no more");
	pacer_repair(&p, 1);
	pacer_next(&p, at + 20 * MS, RATE, false, &seq, &at);
	pacer_sent(&p, 0, RATE, 100, false);
	pacer_repair(&p, 1);
	pacer_repair(&p, 0);
	is_int(next(at + 40 * MS, false), PACER_NOTHING, "it can be forgotten");
}

static void
waits(void)
{
	int64_t now = 1000 * MS;

	p = (struct pacer){ 0 };
	pacer_add(&p, now, 0, 3);
	is_int(pacer_waits_us(&p, now + 5 * MS), 5 * MS, "a picture waits");
	ok(!pacer_is_late(&p, now + PACER_LATE_US), "and may");
	ok(pacer_is_late(&p, now + PACER_LATE_US + 1), "but not so long");
	pacer_next(&p, now, RATE, false, &seq, &at);
	ok(!pacer_sent(&p, now, RATE, 100, false), "the first waited not");
	pacer_next(&p, now, RATE, false, &seq, &at);
	ok(pacer_sent(&p, now, RATE, 100, false), "the second did");
	pacer_next(&p, now, RATE, false, &seq, &at);
	ok(pacer_sent(&p, now, RATE, 100, false), "as did the last");
	ok(!pacer_is_late(&p, now + 1000 * MS), "nothing left is not late");
	pacer_add(&p, now + 9 * MS, 3, 4);
	pacer_next(&p, now + 9 * MS, RATE, false, &seq, &at);
	ok(!pacer_sent(&p, now + 9 * MS, RATE, 100, false),
	    "after a pause it is the first again");
}

static void
drops(void)
{
	p = (struct pacer){ 0 };
	is_int(pacer_drop(&p, 7), 7, "nothing to drop");
	pacer_add(&p, 0, 7, 9);
	pacer_add(&p, 0, 9, 12);
	pacer_add(&p, 0, 12, 13);
	pacer_next(&p, 1000 * MS, RATE, false, &seq, &at);
	is_int(pacer_drop(&p, 13), 9, "but not a picture that has begun");
	is_int(next(1000 * MS, false), PACER_VIDEO, "which goes on");
	is_int(seq, 8, "to its end");
	is_int(next(1000 * MS, false), PACER_NOTHING, "and that is all");
	pacer_add(&p, 0, 9, 10);
	is_int(pacer_drop(&p, 10), 9, "all of what has not");
}

static void
bounds(void)
{
	unsigned int n = 0;

	p = (struct pacer){ 0 };
	for (int i = 0; i < 2 * PACER_AGAIN; i++)
		pacer_again(&p, (uint16_t)i);
	for (uint16_t i = 0; i < 2 * PACER_FRAMES; i++)
		pacer_add(&p, 0, i, (uint16_t)(i + 1));
	for (int64_t now = 1000 * MS; n < 1000; now += 1 * MS, n++)
		if (next(now, false) != PACER_RESEND)
			break;
	is_int(n, PACER_AGAIN, "no more is sent again than fits");
	is_int(p.frames_left, PACER_FRAMES - 1, "nor are pictures");
	for (int64_t now = 3000 * MS; p.frames_left; now += 1 * MS)
		next(now, false);
	is_int(seq, 2 * PACER_FRAMES - 1, "which lose no packet");
}

int
main(void)
{
	order();
	repairs();
	waits();
	drops();
	bounds();
	return done_testing();
}
