#include "bwe/bwe.h"

enum {
	NONE,
	FLYING,
	LOST,
	PAST, /* lost, and not counted */
	HERE,
};

enum {
	OLD_US = 10000000,   /* feedback on what left before is too late */
	RTT_US = 10000000,   /* the least round trip is of so long */
	USED_US = 250000,    /* and what was sent */
	USED = 60,           /* per cent of the rate: not limited then */
	SILENT_US = 400000,  /* without feedback, and a round trip: half, */
	AGAIN_US = 250000,   /* and half again */
	SPREAD_US = 100000,  /* of packets without feedback: not just a tail */
	DEEP = 3,            /* halved more often it was no accident */
	EMPTY_US = 15000,    /* more than the least way: no queue */
	STANDING_US = 80000, /* more than the least way: a queue */
	CHOKES = 4,          /* times what passes is sent */
	QUEUE_US = 250000,   /* may be in flight besides a round trip */
	GUESS_US = 333000,   /* a round trip not known yet: RFC 9002 */
	FLIGHT_MIN = 12000,  /* bytes */
	CALM_US = 1000000,   /* after a queue grew */
	GENTLY = 105,        /* per cent of the rate, until then */
	FREELY = 250,
	BLIND = 20000000,   /* bit/s, of the first picture: it is awaited */
	FIRST = 3,          /* times the start is what is probed first, */
	NEXT = 2,           /* and then times what passed */
	ENOUGH = 12000000,  /* bit/s: at the start not probed for more */
	PROBED_US = 300000, /* its own queue, and a round trip */
	PROBE_MIN_US = 500000,
	PROBE_MAX_US = 4000000,
};

/* The wrap of the viewer's clock. */
static const int64_t WRAP_US = (int64_t)64000 << 24;

static struct bwe_packet *
find(struct bwe *b, uint16_t seq)
{
	return &b->packets[seq % BWE_PACKETS];
}

static void
set_rate(struct bwe *b)
{
	int64_t rate = b->aimd.rate;

	if (rate > b->loss.limit)
		rate = b->loss.limit;
	if (b->remb && rate > b->remb)
		rate = b->remb;
	for (unsigned int i = 0; i < b->silence && rate > BWE_MIN; i++)
		rate /= 2;
	if (rate < BWE_MIN)
		rate = BWE_MIN;
	b->rate = rate < BWE_MAX ? rate : BWE_MAX;
}

void
bwe_init(struct bwe *b, int64_t now_us, int64_t start)
{
	*b = (struct bwe){ .start = start, .least_us = INT64_MAX };
	bwe_restart(b, now_us);
}

void
bwe_restart(struct bwe *b, int64_t now_us)
{
	trend_init(&b->trend);
	aimd_init(&b->aimd, b->start);
	loss_init(&b->loss, BWE_MAX);
	probe_abandon(&b->probe);
	b->busy = (struct busy){ 0 };
	b->starting = true;
	b->probe_us = now_us;
	b->probe_gap_us = PROBE_MIN_US;
	b->rtts[0] = b->rtts[1] = b->rtt_us = 0;
	b->ways[0] = b->ways[1] = INT64_MAX;
	b->silence = 0;
	b->remb = 0;
	b->over_us = now_us - CALM_US;
	set_rate(b);
}

/* What is sent against what may be, over the last moments. */
static void
note_used(struct bwe *b, int64_t now_us, unsigned int bytes)
{
	int64_t passed = now_us - b->used_us;

	if (passed > USED_US) {
		b->used[1] = passed < 2 * USED_US ? b->used[0] : 0;
		b->used[0] = 0;
		b->used_us = now_us;
		passed = 0;
	}
	b->used[0] += bytes;
	b->limited = (int64_t)(b->used[0] + b->used[1]) * 8 * 100 <
	    b->rate * USED / 1000000 * (USED_US + passed);
}

static void
probe_if_due(struct bwe *b, int64_t now_us)
{
	int64_t rate = b->rate * NEXT;

	if (b->probe.awaited || now_us < b->probe_us || b->silence ||
	    (!b->starting && (b->limited || b->over)) ||
	    loss_matters(&b->loss) || b->rate >= BWE_MAX ||
	    (b->remb && b->rate >= b->remb))
		return;
	if (b->starting && b->rate == b->start)
		rate = b->start * FIRST;
	if (b->remb && rate > b->remb)
		rate = b->remb;
	probe_begin(&b->probe, now_us, rate < BWE_MAX ? rate : BWE_MAX);
	b->probe_us = now_us + b->probe_gap_us;
	b->probe_gap_us *= 2;
	if (b->probe_gap_us > PROBE_MAX_US)
		b->probe_gap_us = PROBE_MAX_US;
}

void
bwe_sent(struct bwe *b, int64_t now_us, uint16_t seq, unsigned int bytes,
    bool waited)
{
	struct bwe_packet *p = find(b, seq);

	bytes += BWE_OVERHEAD;
	probe_if_due(b, now_us);
	*p = (struct bwe_packet){ .sent_us = now_us,
		.seq = seq,
		.bytes = (uint16_t)bytes,
		.cluster = probe_sent(&b->probe, now_us, bytes),
		.state = FLYING,
		.waited = waited && !bwe_is_full(b) };
	if (!b->flight) {
		b->unheard_us = now_us;
		b->told_seq = seq;
	}
	if (!b->silent_us)
		b->silent_us = now_us + SILENT_US + b->rtt_us;
	b->flight += bytes;
	b->next_seq = (uint16_t)(seq + 1);
	b->sent_us = now_us;
	note_used(b, now_us, bytes);
}

/* The viewer's clock, freed from its wraps. */
static int64_t
unwrap(struct bwe *b, int64_t raw_us)
{
	int64_t step = (raw_us - b->raw_us) % WRAP_US;

	if (step > WRAP_US / 2)
		step -= WRAP_US;
	if (step < -WRAP_US / 2)
		step += WRAP_US;
	b->raw_us = raw_us;
	b->arrived_us += step;
	return b->arrived_us;
}

/* All before seq is no longer in flight, whether it was told of or not. */
static void
land(struct bwe *b, uint16_t seq)
{
	while (
	    (int16_t)(seq - b->told_seq) >= 0 && b->told_seq != b->next_seq) {
		struct bwe_packet *p = find(b, b->told_seq);

		if (p->seq == b->told_seq && b->flight >= p->bytes)
			b->flight -= p->bytes;
		b->told_seq++;
	}
	if (b->told_seq == b->next_seq)
		b->flight = 0;
}

static int64_t
less(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
note_times(struct bwe *b, int64_t now_us, int64_t rtt_us, int64_t way_us)
{
	if (now_us - b->rtts_us > RTT_US) {
		b->rtts[1] = b->rtts[0];
		b->rtts[0] = 0;
		b->ways[1] = b->ways[0];
		b->ways[0] = INT64_MAX;
		b->rtts_us = now_us;
	}
	b->ways[0] = less(b->ways[0], way_us);
	b->least_us = less(b->least_us, way_us);
	if (!b->rtts[0] || rtt_us < b->rtts[0])
		b->rtts[0] = rtt_us;
	b->rtt_us = b->rtts[0];
	if (b->rtts[1])
		b->rtt_us = less(b->rtt_us, b->rtts[1]);
}

/* How long what was told of waited at least, in queues on its way. */
static int64_t
waited(const struct bwe *b)
{
	return b->least_us - less(b->ways[0], b->ways[1]);
}

/* What was too much for a rate that is lower by now is no news. */
static void
note_lost(struct bwe *b, struct bwe_packet *p)
{
	if (p->sent_us < b->aimd.less_us) {
		p->state = PAST;
		return;
	}
	p->state = LOST;
	b->reported++;
	b->lost++;
}

void
bwe_arrival(
    struct bwe *b, int64_t now_us, uint16_t seq, bool received, int64_t at_us)
{
	struct bwe_packet *p = find(b, seq);
	int64_t arrived_us;

	if (p->state == NONE || p->seq != seq || p->state == HERE ||
	    now_us - p->sent_us > OLD_US)
		return;
	if (!received && p->state != FLYING)
		return;
	land(b, seq);
	if (!received) {
		note_lost(b, p);
		return;
	}
	b->reported += p->state == FLYING;
	b->lost -= p->state == LOST;
	p->state = HERE;
	b->heard++;
	arrived_us = unwrap(b, at_us);
	note_times(b, now_us, now_us - p->sent_us, arrived_us - p->sent_us);
	trend_packet(&b->trend, p->sent_us, arrived_us);
	busy_packet(&b->busy, p->sent_us, arrived_us, p->bytes, p->waited);
	probe_arrived(&b->probe, p->cluster, p->sent_us, arrived_us, p->bytes);
}

/* Feedback is back: it was a hole, not a wall. */
static void
resume(struct bwe *b, int64_t now_us)
{
	if (b->silence >= DEEP) {
		aimd_set(&b->aimd, now_us, b->aimd.rate / 2);
		trend_init(&b->trend);
		b->probe_us = now_us;
		b->probe_gap_us = PROBE_MIN_US;
	}
	b->silence = 0;
}

static void
conclude(struct bwe *b, int64_t now_us)
{
	int64_t rate;
	bool all;

	if (!probe_result(&b->probe, now_us, &rate, &all))
		return;
	b->starting &= !all && rate < ENOUGH;
	if (rate <= b->rate && !all)
		return;
	aimd_set(&b->aimd, now_us, rate);
	if (b->loss.limit < rate)
		b->loss.limit = rate;
	if (all)
		return;
	b->probe_gap_us = PROBE_MIN_US;
	b->probe_us = now_us;
}

/*
 * A queue that grew is no reason for less once more, without a new group, nor
 * when it was a probe that made it, nor once it is gone.  One that stands, with
 * much less passing than is sent, is a reason before the trend shows it.
 */
static enum trend_usage
usage_now(struct bwe *b, int64_t now_us, const struct aimd_news *news)
{
	bool same = b->groups == b->trend.count;
	bool probed =
	    b->probe.id && now_us - b->probe.begun_us < PROBED_US + b->rtt_us;
	bool chokes = news->deep && news->all && news->busy < b->rate / CHOKES;

	b->groups = b->trend.count;
	if (b->trend.usage != TREND_OVER && !chokes)
		return b->trend.usage;
	return same || probed || news->empty ? TREND_UNDER : TREND_OVER;
}

void
bwe_told(struct bwe *b, int64_t now_us)
{
	struct aimd_news news = { .deep = b->heard && waited(b) > STANDING_US,
		.empty = b->heard && waited(b) < EMPTY_US,
		.rtt_us = b->rtt_us };

	news.busy = busy_rate(&b->busy, &news.all);
	news.usage = usage_now(b, now_us, &news);

	if (b->heard) {
		b->told_us = now_us;
		b->unheard_us = now_us;
		b->silent_us = b->flight ? now_us + SILENT_US + b->rtt_us : 0;
		resume(b, now_us);
	}
	if (news.usage == TREND_OVER) {
		b->over_us = now_us;
		b->starting = false;
	}
	b->over = now_us - b->over_us < CALM_US;
	note_used(b, now_us, 0);
	loss_update(&b->loss, now_us, b->reported, b->lost, b->rate, b->rtt_us,
	    news.deep);
	news.limited = b->limited;
	if (b->heard)
		aimd_update(&b->aimd, now_us, &news);
	conclude(b, now_us);
	b->heard = b->reported = 0;
	b->least_us = INT64_MAX;
	b->lost = 0;
	set_rate(b);
}

void
bwe_remb(struct bwe *b, int64_t rate)
{
	b->remb = rate;
	set_rate(b);
}

void
bwe_tick(struct bwe *b, int64_t now_us)
{
	if (!b->silent_us || now_us < b->silent_us)
		return;
	if (b->sent_us - b->unheard_us < SPREAD_US && !bwe_is_full(b)) {
		b->silent_us = 0;
		return;
	}
	b->silence++;
	b->unheard_us = now_us - SPREAD_US;
	b->silent_us = now_us + AGAIN_US;
	set_rate(b);
}

bool
bwe_is_full(const struct bwe *b)
{
	int64_t rtt = b->rtt_us ? b->rtt_us : GUESS_US;
	int64_t most = b->rate / 8 * (rtt + QUEUE_US) / 1000000;

	return b->flight > (most > FLIGHT_MIN ? most : FLIGHT_MIN);
}

int64_t
bwe_pace(const struct bwe *b)
{
	if (b->probe.sending)
		return b->probe.rate;
	if (bwe_is_full(b))
		return BWE_MIN;
	if (!b->told_us && b->rate < BLIND)
		return BLIND;
	return b->rate * (b->over ? GENTLY : FREELY) / 100;
}
