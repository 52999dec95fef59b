/*
 * Congestion control on a made-up network: the cases of RFC 8867 that matter
 * to one viewer, what libwebrtc asks of its own, and a link that changes.
 */
#include "bwe/bwe.h"

#include "../tap.h"
#include "../udpimp/net.h"

enum { MS = 1000, S = 1000000, K = 1000, M = 1000000, SEEDS = 3 };

static void
between(int64_t got, int64_t least, int64_t most, const char *what)
{
	if (!ok(got >= least && got <= most, "%s", what))
		printf("# got %" PRId64 ", want %" PRId64 "..%" PRId64 "\n",
		    got, least, most);
}

static int64_t
rate(const struct net *n)
{
	return n->flows[0].bwe.rate;
}

/* Per mille of all that were lost on the way there since this was asked. */
static int64_t
lost(struct net *n)
{
	struct lane *l = &n->there.lane;
	uint64_t gone = l->lost + l->dropped, all = gone + l->packets;

	l->lost = l->dropped = l->packets = 0;
	return all ? (int64_t)(gone * 1000 / all) : 0;
}

/* From now for us at this capacity, of which the first two seconds pass. */
static void
stretch(struct net *n, int64_t capacity, int64_t us)
{
	net_rate(&n->there, capacity);
	net_run(n, 2 * S);
	net_wait(n, 0);
	lost(n);
	net_run(n, us - 2 * S);
	between(net_got(n, 0, us), capacity * 3 / 4, capacity,
	    "three quarters of what there is are used");
	between(net_wait(n, 950), 0, 150, "with little queue");
	between(lost(n), 0, 20, "and little loss");
}

/* RFC 8867 section 5.1 */
static void
capacity_varies(uint64_t seed)
{
	struct net *n = net_new(seed, 1 * M, 50 * MS, 300 * MS);

	net_flow(n, 0, 300 * K, 4 * M);
	stretch(n, 1 * M, 40 * S);
	stretch(n, 2500 * K, 20 * S);
	stretch(n, 600 * K, 20 * S);
	stretch(n, 1 * M, 20 * S);
	free(n);
}

/* Section 5.3: feedback meets the media that come the other way. */
static void
feedback_is_congested(uint64_t seed)
{
	static const struct {
		int seconds;
		int64_t there, back;
	} steps[] = {
		{ 20, 2 * M, 2 * M },
		{ 15, 1 * M, 2 * M },
		{ 5, 1 * M, 800 * K },
		{ 20, 500 * K, 800 * K },
		{ 10, 2 * M, 800 * K },
		{ 30, 2 * M, 2 * M },
	};
	struct net *n = net_new(seed, 2 * M, 50 * MS, 300 * MS);

	net_flow(n, 0, 300 * K, 4 * M);
	n->flows[1].back = true;
	net_flow(n, 1, 300 * K, 4 * M);
	for (size_t i = 0; i < LEN(steps); i++) {
		int64_t us = steps[i].seconds * S;

		net_rate(&n->there, steps[i].there);
		net_rate(&n->back, steps[i].back);
		net_run(n, us);
		between(net_got(n, 0, us), steps[i].there * 6 / 10,
		    steps[i].there, "there is not slowed down");
		between(net_got(n, 1, us), steps[i].back * 6 / 10,
		    steps[i].back * 11 / 10, "nor is the way back");
	}
	free(n);
}

/* Section 5.6 */
static void
shares_with_tcp(uint64_t seed)
{
	struct net *n = net_new(seed, 2 * M, 50 * MS, 300 * MS);

	n->tcp.on = true;
	net_flow(n, 0, 300 * K, 2 * M);
	net_run(n, 120 * S);
	between(net_got(n, 0, 120 * S), 2 * M * 15 / 100, 2 * M * 75 / 100,
	    "a TCP leaves a share, and gets one");
	free(n);
	n = net_new(seed, 1 * M, 50 * MS, 300 * MS);
	n->tcp.on = true;
	net_flow(n, 0, 300 * K, 2 * M);
	net_run(n, 120 * S);
	between(
	    net_got(n, 0, 120 * S), 50 * K, 750 * K, "also of a narrow link");
	free(n);
}

/* Section 5.8: three flows, of which one pauses. */
static void
pauses(uint64_t seed)
{
	struct net *n = net_new(seed, 3500 * K, 50 * MS, 300 * MS);
	int64_t before;

	for (int i = 0; i < 3; i++)
		net_flow(n, i, 300 * K, 4 * M);
	net_run(n, 40 * S);
	between(net_got(n, 0, 40 * S) + net_got(n, 1, 40 * S) +
		net_got(n, 2, 40 * S),
	    3500 * K * 3 / 4, 3500 * K, "three fill the link");
	before = rate(n);
	n->flows[0].on = false;
	net_run(n, 20 * S);
	between(rate(n), before / 2, 4 * M, "silence is no collapse");
	for (int i = 0; i < 3; i++)
		net_got(n, i, 20 * S);
	n->flows[0].on = true;
	n->flows[0].frame_us = n->now_us;
	net_run(n, 20 * S);
	between(net_got(n, 0, 20 * S), 3500 * K / 10, 3500 * K,
	    "who comes back gets a share");
	between(net_got(n, 1, 20 * S) + net_got(n, 2, 20 * S), 1 * M, 3500 * K,
	    "and leaves the others theirs");
	free(n);
}

/* As on a browser's way: 8, then 1, then 8 Mbit/s. */
static void
link_breaks_in(uint64_t seed)
{
	struct net *n = net_new(seed, 8 * M, 20 * MS, 400 * MS);
	int64_t us = 0;

	net_flow(n, 0, 2500 * K, 8 * M);
	net_run(n, 500 * MS);
	between(rate(n), 5 * M, 9 * M, "the start takes half a second");
	net_run(n, 15 * S);
	net_got(n, 0, S);
	net_wait(n, 0);
	net_rate(&n->there, 1 * M);
	net_run(n, 1500 * MS);
	n->flows[0].sent_bytes = 0;
	net_run(n, 1500 * MS);
	between(n->flows[0].sent_bytes * 8 * 10 / 15, 500 * K, 1100 * K,
	    "no more is sent than passes, 1.5 s later");
	between(net_wait(n, 1000), 0, 400, "the queue never was long");
	net_run(n, 1 * S);
	between(net_wait(n, 1000), 0, 100, "and is gone after 3 s");
	net_run(n, 6 * S);
	net_got(n, 0, S);
	net_rate(&n->there, 8 * M);
	while (us < 20 * S && rate(n) < 6500 * K) {
		net_run(n, 10 * MS);
		us += 10 * MS;
	}
	between(us, 0, 10 * S, "what is there again is used within 10 s");
	free(n);
}

/* libwebrtc, GoogCcScenario and its unit tests, from here on. */
static void
converges(uint64_t seed)
{
	struct net *n = net_new(seed, 500 * K, 100 * MS, 300 * MS);

	net_flow(n, 0, 300 * K, 4 * M);
	net_run(n, 25 * S);
	between(rate(n), 350 * K, 550 * K, "450 of 500 after 25 s");
	net_rate(&n->there, 800 * K);
	net_run(n, 20 * S);
	between(rate(n), 600 * K, 900 * K, "750 of 800 20 s later");
	net_rate(&n->there, 100 * K);
	n->there.lane.delay_us = n->back.lane.delay_us = 200 * MS;
	net_run(n, 50 * S);
	between(rate(n), 65 * K, 115 * K, "90 of 100 50 s later");
	free(n);
}

static void
notices(int64_t jump_us, int64_t within_us, const char *what)
{
	struct net *n = net_new(1, 1 * M, 50 * MS, 1 * S);
	int64_t us = 0, sum = 0;

	net_flow(n, 0, 300 * K, 4 * M);
	net_run(n, 10 * S);
	for (int i = 0; i < 100; i++) {
		net_run(n, 100 * MS);
		sum += rate(n) / 100;
	}
	between(sum, 800 * K, 1100 * K, "a steady link of 1000 gives that");
	net_rate(&n->there, 500 * K);
	n->flows[0].skew_us += jump_us;
	while (rate(n) > 500 * K && us < 5 * S) {
		net_run(n, 1 * MS);
		us += 1 * MS;
	}
	between(us, 0, within_us, what);
	free(n);
}

static void
feedback_stops(void)
{
	struct net *n = net_new(1, 4 * M, 50 * MS, 300 * MS);
	int64_t before;

	net_flow(n, 0, 2500 * K, 4 * M);
	net_run(n, 10 * S);
	before = rate(n);
	n->flows[0].blind = true;
	net_run(n, 3 * S);
	between(rate(n), 0, 40 * K, "without feedback less than 40 kbit/s");
	n->flows[0].blind = false;
	net_run(n, 10 * S);
	between(
	    rate(n), before * 8 / 10, 8 * M, "and it comes back within 10 s");
	bwe_arrival(&n->flows[0].bwe, n->now_us + 300 * S,
	    n->flows[0].bwe.told_seq, true, 1);
	bwe_told(&n->flows[0].bwe, n->now_us + 300 * S);
	between(rate(n), before * 8 / 10, 8 * M, "what is 300 s late is not");
	free(n);
}

static void
video_stops(void)
{
	struct net *n = net_new(1, 2 * M, 50 * MS, 300 * MS);

	net_flow(n, 0, 300 * K, 4 * M);
	net_run(n, 10 * S);
	n->flows[0].on = false;
	net_run(n, 4 * S);
	between(rate(n), 1 * M, 2500 * K, "4 s of nothing change nothing");
	n->flows[0].on = true;
	n->flows[0].frame_us = n->now_us;
	for (int i = 0; i < 20; i++) {
		net_run(n, 100 * MS);
		if (rate(n) < 1 * M)
			break;
	}
	between(rate(n), 1 * M, 2500 * K, "nor does going on");
	free(n);
}

/* A screen: a picture now and then, of which the link may know nothing. */
static void
screen_rests(uint64_t seed)
{
	struct net *n = net_new(seed, 8 * M, 20 * MS, 300 * MS);
	int64_t least = INT64_MAX;

	n->there.lane.jitter_us = 10 * MS;
	net_flow(n, 0, 2500 * K, 8 * M);
	net_run(n, 5 * S);
	n->flows[0].most = 200 * K;
	for (int i = 0; i < 600; i++) {
		net_run(n, 100 * MS);
		if (rate(n) < least)
			least = rate(n);
	}
	between(least, 3 * M, 20 * M, "typing for a minute costs no rate");
	n->flows[0].most = 8 * M;
	net_got(n, 0, S);
	net_run(n, 3 * S);
	between(
	    net_got(n, 0, 3 * S), 4 * M, 8 * M, "the film that follows has it");
	free(n);
}

/* Of a way that carries 5 Mbit/s. */
static int64_t
mean_with_loss(double loss)
{
	struct net *n = net_new(1, 5 * M, 50 * MS, 300 * MS);
	int64_t sum = 0;

	n->there.lane.loss = loss;
	net_flow(n, 0, 5 * M, 8 * M);
	net_run(n, 20 * S);
	for (int i = 0; i < 400; i++) {
		net_run(n, 100 * MS);
		sum += rate(n) / 400;
	}
	free(n);
	return sum;
}

static void
narrows(uint64_t seed)
{
	struct net *n = net_new(seed, 8 * M, 20 * MS, 300 * MS);
	int64_t least = 8 * M;

	net_flow(n, 0, 6 * M, 8 * M);
	net_run(n, 10 * S);
	net_rate(&n->there, 1 * M);
	net_run(n, 300 * MS);
	between(rate(n), 500 * K, 1100 * K, "a way grows narrow: so does it");
	for (int i = 0; i < 40; i++) {
		net_run(n, 100 * MS);
		least = rate(n) < least ? rate(n) : least;
	}
	between(least, 550 * K, 1100 * K, "once, and not twice");
	free(n);
}

static void
loses(void)
{
	struct net *n = net_new(1, 2 * M, 200 * MS, 300 * MS);
	int dips = 0;

	n->there.lane.loss = 0.1;
	net_flow(n, 0, 300 * K, 4 * M);
	net_run(n, 120 * S);
	between(rate(n), 100 * K, 2 * M, "10 % loss leave 100 kbit/s");
	free(n);
	n = net_new(1, 2 * M, 10 * MS, 300 * MS);
	n->there.lane.loss = 0.2;
	net_flow(n, 0, 300 * K, 4 * M);
	for (int i = 0; i < 120; i++) {
		int64_t before = rate(n);

		net_run(n, 500 * MS);
		dips += rate(n) < before - 100 * K;
	}
	between(dips, 0, 1, "20 % loss do not make it toggle");
	free(n);
	between(mean_with_loss(0.03), 500 * K, 2500 * K,
	    "3 % keep it below half of 5 Mbit/s");
	between(mean_with_loss(0.1), 1500 * K, 2500 * K,
	    "10 % leave it enough to look on");
	n = net_new(1, 1 * M, 20 * MS, 10 * MS);
	net_flow(n, 0, 2 * M, 8 * M);
	net_run(n, 30 * S);
	between(rate(n), 600 * K, 1300 * K,
	    "what a way without a queue drops is not its own loss");
	free(n);
}

static void
remb_caps(void)
{
	struct net *n = net_new(1, 2 * M, 50 * MS, 300 * MS);

	net_flow(n, 0, 300 * K, 4 * M);
	net_run(n, 10 * S);
	bwe_remb(&n->flows[0].bwe, 250 * K);
	net_run(n, 1 * S);
	is_int(rate(n), 250 * K, "REMB is obeyed");
	net_run(n, 10 * S);
	is_int(rate(n), 250 * K, "as long as it stands");
	bwe_remb(&n->flows[0].bwe, 0);
	net_run(n, 10 * S);
	between(rate(n), 1500 * K, 2500 * K, "and what is free comes back");
	free(n);
}

static void
route_changes(void)
{
	struct net *n = net_new(1, 500 * K, 50 * MS, 300 * MS);

	net_flow(n, 0, 300 * K, 4 * M);
	net_run(n, 10 * S);
	net_rate(&n->there, 800 * K);
	bwe_restart(&n->flows[0].bwe, n->now_us);
	net_run(n, 1 * S);
	between(rate(n), 500 * K, 900 * K, "probes find 800 in a second");
	free(n);
}

/* What waits for the link waits nowhere else. */
static void
pacer_is_short(uint64_t seed)
{
	struct net *n = net_new(seed, 8 * M, 50 * MS, 300 * MS);

	net_flow(n, 0, 2500 * K, 8 * M);
	net_run(n, 10 * S);
	n->flows[0].held_us = 0;
	net_run(n, 10 * S);
	between(n->flows[0].held_us / MS, 0, 150, "the pacer's queue is short");
	net_rate(&n->there, 500 * K);
	n->flows[0].held_us = 0;
	net_run(n, 10 * S);
	between(n->flows[0].held_us / MS, 0, 2000, "also when the link breaks");
	free(n);
}

int
main(void)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		capacity_varies(seed);
		feedback_is_congested(seed);
		shares_with_tcp(seed);
		pauses(seed);
		link_breaks_in(seed);
		converges(seed);
		screen_rests(seed);
		pacer_is_short(seed);
	}
	notices(0, 500 * MS, "half of it is noticed in 500 ms");
	notices(30 * S, 867 * MS, "and in 867 when a clock jumps");
	notices(-30 * S, 933 * MS, "and in 933 when it jumps back");
	feedback_stops();
	video_stops();
	for (uint64_t seed = 1; seed <= 3; seed++)
		narrows(seed);
	loses();
	remb_caps();
	route_changes();
	return done_testing();
}
