/* udpimp's lane: fates by seed and number, times by the link's rate */
#include "../udpimp/lane.h"

#include "../tap.h"

enum { PACKETS = 20000, SIZE = 1000, GAP_US = 1000 };

static int64_t at[PACKETS][LANE_COPIES];
static size_t copies[PACKETS];

/* Packets at an even pace through l; how many arrive. */
static int
run(struct lane *l, int n)
{
	int arrived = 0;

	for (int i = 0; i < n; i++) {
		copies[i] = lane_pass(l, i * (int64_t)GAP_US, SIZE, at[i]);
		arrived += copies[i] > 0;
	}
	return arrived;
}

static void
test_wire(void)
{
	struct lane l = { .seed = 1 };
	bool good = true;

	is_int(run(&l, PACKETS), PACKETS, "all zero, all arrive");
	for (int i = 0; i < PACKETS; i++)
		good = good && copies[i] == 1 && at[i][0] == i * GAP_US;
	ok(good, "once and at once");
	is_int(l.bytes, PACKETS * SIZE, "and are counted");
	l.hole = 1;
	is_int(run(&l, 10), 0, "nothing comes out of a hole");
	is_int(l.lost, 10, "and that is counted");
}

static void
test_seed(void)
{
	struct lane a = { .seed = 1, .loss = .05 }, b = a,
		    c = { .seed = 2, .loss = .05 };
	bool same = true, other = false;
	size_t first[PACKETS];
	int n = run(&a, PACKETS);

	ok(n > PACKETS * .945 && n < PACKETS * .955, "5 %% are lost: %d", n);
	memcpy(first, copies, sizeof(first));
	for (int i = 0; i < PACKETS; i++)
		same =
		    same && lane_pass(&b, i * 7 + i % 3, 50, at[i]) == first[i];
	ok(same, "the same ones, whenever they come");
	for (int i = 0; i < PACKETS; i++)
		other = other || lane_pass(&c, i, SIZE, at[i]) != first[i];
	ok(other, "others for another seed");
}

static void
test_bursts(void)
{
	struct lane l = { .seed = 3, .burst_begin = .01, .burst_end = .2 };
	int n = run(&l, PACKETS), bursts = 0;

	for (int i = 1; i < PACKETS; i++)
		bursts += !copies[i] && copies[i - 1];
	ok(bursts > 150 && bursts < 250, "%d bursts", bursts);
	ok((PACKETS - n) / bursts == 4 || (PACKETS - n) / bursts == 5,
	    "of %.1f packets", (PACKETS - n) / (double)bursts);
}

static void
test_copies(void)
{
	struct lane l = {
		.seed = 4, .duplicate = .1, .reorder = .02, .reorder_us = 5000
	};
	int twice = 0, overtaken = 0;

	run(&l, PACKETS);
	for (int i = 0; i < PACKETS; i++) {
		twice += copies[i] == 2 && at[i][1] == at[i][0];
		overtaken += i + 1 < PACKETS && at[i][0] > at[i + 1][0];
	}
	ok(twice > 1900 && twice < 2100, "%d come twice", twice);
	ok(overtaken > 340 && overtaken < 460, "%d are overtaken", overtaken);
}

static void
test_delay(void)
{
	struct lane l = { .seed = 5, .delay_us = 100000, .jitter_us = 30000 };
	int64_t least = INT64_MAX, most = 0;
	bool ordered = true;

	run(&l, PACKETS);
	for (int i = 0; i < PACKETS; i++) {
		int64_t took = at[i][0] - i * GAP_US;

		least = took < least ? took : least;
		most = took > most ? took : most;
		ordered = ordered && (!i || at[i][0] >= at[i - 1][0]);
	}
	ok(least >= 100000 && least < 104000, "delay from %jd",
	    (intmax_t)least);
	ok(most <= 130000 && most > 126000, "to %jd us", (intmax_t)most);
	ok(ordered, "in order");
}

static void
test_rate(void)
{
	/* Half of what comes, and a buffer of 50 ms. */
	struct lane l = { .bytes_per_us = .5, .queue_us = 50000 };
	int n = run(&l, PACKETS);
	int64_t last = 0;

	ok(n >= PACKETS / 2 && n <= PACKETS / 2 + 30, "%d get through", n);
	is_int(l.dropped, PACKETS - n, "the others found no room");
	ok(l.longest_us > 48000 && l.longest_us <= 50000,
	    "the longest wait was %jd us", (intmax_t)l.longest_us);
	for (int i = 0; i < PACKETS; i++)
		if (copies[i])
			last = at[i][0];
	ok(last / n >= 1990 && last / n <= 2010, "one each %jd us",
	    (intmax_t)(last / n));
}

int
main(void)
{
	test_wire();
	test_seed();
	test_bursts();
	test_copies();
	test_delay();
	test_rate();
	return done_testing();
}
