#include "flow/flow.h"

#include "../tap.h"

enum { MS = 1000 };

static struct flow f;

static void
start(void)
{
	f = (struct flow){ 0 };
}

static void
window(void)
{
	int64_t now = 1000 * MS;

	start();
	ok(flow_takes_video(&f, now), "the first may go");
	flow_sent(&f, now, 0, 1000);
	ok(flow_takes_video(&f, now + 40 * MS), "and more within 40 ms");
	ok(!flow_takes_video(&f, now + 41 * MS), "but not later");
	ok(flow_takes_audio(&f, now + 41 * MS), "but for sound");
	ok(!flow_takes_audio(&f, now + 251 * MS), "which stops as well");
	is_int(flow_age_us(&f, now + 7), 7, "its age is known");
	ok(!flow_acked(&f, now, 9), "an unknown number");
	is_int(f.count, 1, "is nothing");
	flow_acked(&f, now + 100 * MS, 0);
	ok(flow_takes_video(&f, now + 1000 * MS), "when it has arrived");
	is_int(flow_age_us(&f, now), 0, "none has an age");
	now += 2000 * MS;
	flow_sent(&f, now, 1, 1000);
	ok(flow_takes_video(&f, now + 140 * MS) &&
		!flow_takes_video(&f, now + 141 * MS),
	    "the time of flight is allowed for");
	for (uint32_t i = 2; i < FLOW_MAX + 1; i++)
		flow_sent(&f, now, i, 1);
	ok(!flow_takes_video(&f, now), "there is a most of packets");
	flow_sent(&f, now, 12345, 1);
	is_int(f.count, FLOW_MAX, "and no more are noted");
	flow_acked(&f, now, FLOW_MAX - 1);
	is_int(f.count, 1, "one acknowledges all before it");
}

/*
 * A link of bits per second and rtt_us, offered wanted bits per second, or
 * what it was told, in pictures of 1/60 s: the most one of them took to
 * arrive after the first three seconds.  Every sixth is a small one, so a
 * rate told is used by five sixths.
 */
static int64_t
run(int64_t *now, double bits, int64_t rtt_us, double wanted, int seconds)
{
	struct {
		int64_t at;
		uint32_t seq;
	} acks[FLOW_MAX];
	int first = 0, n = 0;
	static uint32_t seq;
	int64_t free_us = *now, end = *now + seconds * 1000000, worst = 0;

	for (int64_t t = *now; t < end; t += MS) {
		for (; n && acks[first].at <= t; n--) {
			flow_acked(&f, acks[first].at, acks[first].seq);
			first = (first + 1) % FLOW_MAX;
		}
		if ((t - *now) % (17 * MS) || !flow_takes_video(&f, t))
			continue;
		double rate = f.bitrate && (double)f.bitrate < wanted
		    ? (double)f.bitrate
		    : wanted;
		size_t bytes = (size_t)(rate * 0.017 / 8);

		if (seq % 6 == 0)
			bytes = 200; /* sound, or a small change */

		free_us = free_us < t ? t : free_us;
		free_us += (int64_t)((double)bytes * 8e6 / bits);
		flow_sent(&f, t, ++seq, bytes);
		acks[(first + n) % FLOW_MAX].at = free_us + rtt_us;
		acks[(first + n++) % FLOW_MAX].seq = seq;
		if (t > *now + 3000 * MS && free_us + rtt_us - t > worst)
			worst = free_us + rtt_us - t;
	}
	while (n--) {
		flow_acked(&f, acks[first].at, acks[first].seq);
		first = (first + 1) % FLOW_MAX;
	}
	*now = end > free_us + rtt_us ? end : free_us + rtt_us;
	return worst;
}

static void
rates(void)
{
	int64_t now = 1000 * MS, worst;

	start();
	run(&now, 100e6, 5 * MS, 8e6, 10);
	is_int(f.bitrate, 0, "a way that carries all sets no limit");
	worst = run(&now, 2e6, 5 * MS, 8e6, 60);
	ok(f.bitrate > 1400000 && f.bitrate < 2400000,
	    "2 Mbit/s are found: %lld", (long long)f.bitrate);
	ok(worst < 60 * MS, "and its queue is short: %lld us",
	    (long long)worst);
	run(&now, 4e6, 5 * MS, 8e6, 10);
	ok(f.bitrate > 2800000 && f.bitrate < 4800000,
	    "4 Mbit/s are found again: %lld", (long long)f.bitrate);
	run(&now, 4e6, 5 * MS, 1e5, 10);
	ok(f.bitrate > 2800000, "little use does not change that");
	run(&now, 100e6, 5 * MS, 8e6, 20);
	ok(!f.bitrate || f.bitrate > 8000000, "nor is it for ever: %lld",
	    (long long)f.bitrate);
	start();
	worst = run(&now, 3e6, 150 * MS, 8e6, 60);
	ok(f.bitrate > 2000000 && f.bitrate < 3600000,
	    "3 Mbit/s are found far away: %lld", (long long)f.bitrate);
	ok(worst < 210 * MS, "with a short queue: %lld us", (long long)worst);
}

int
main(void)
{
	window();
	rates();
	return done_testing();
}
