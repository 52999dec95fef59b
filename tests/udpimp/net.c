#include "net.h"

#include <stdlib.h>

enum {
	STEP_US = 500,
	PACKET = 1150,
	TCP_PACKET = 1500,
	FRAME_US = 33333,
	FEEDBACK_US = 100000,
};

/* splitmix64 */
static double
chance(struct net *n)
{
	uint64_t z = n->seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

void
net_rate(struct net_pipe *p, int64_t rate)
{
	p->lane.bytes_per_us = (double)rate / 8e6;
}

struct net *
net_new(uint64_t seed, int64_t rate, int64_t delay_us, int64_t queue_us)
{
	struct net *n = calloc(1, sizeof(*n));

	if (!n)
		abort();
	n->seed = seed;
	n->now_us = 1000000;
	n->there.lane.seed = seed;
	n->back.lane.seed = seed + 1;
	n->there.lane.delay_us = n->back.lane.delay_us = (double)delay_us;
	n->there.lane.queue_us = n->back.lane.queue_us = (double)queue_us;
	net_rate(&n->there, rate);
	n->tcp.window = 10;
	n->tcp.threshold = 1e9;
	return n;
}

void
net_flow(struct net *n, int i, int64_t start, int64_t most)
{
	struct net_flow *f = &n->flows[i];

	f->on = true;
	f->most = most;
	f->share = 0.95;
	f->frame_us = n->now_us + i * 7000;
	f->seq = f->next = 0;
	f->any = false;
	f->pacer = (struct pacer){ 0 };
	bwe_init(&f->bwe, n->now_us, start);
}

static void
pipe_put(struct net *n, struct net_pipe *p, struct net_packet k)
{
	int64_t at_us[LANE_COPIES], wait;

	if (p->flying == NET_FLIGHT ||
	    !lane_pass(&p->lane, n->now_us, k.bytes, at_us))
		return;
	k.at_us = at_us[0];
	p->flight[(p->first + p->flying++) % NET_FLIGHT] = k;
	wait = p->lane.free_us - n->now_us;
	if (p->lane.bytes_per_us > 0)
		wait -= (int64_t)(k.bytes / p->lane.bytes_per_us);
	if (k.flow < NET_FLOWS && p == &n->there)
		n->waits[wait < 999000 ? wait / 1000 : 999]++;
}

static bool
pipe_get(struct net *n, struct net_pipe *p, struct net_packet *k)
{
	if (!p->flying || p->flight[p->first].at_us > n->now_us)
		return false;
	*k = p->flight[p->first];
	p->first = (p->first + 1) % NET_FLIGHT;
	p->flying--;
	return true;
}

static void
encode(struct net *n, struct net_flow *f)
{
	int64_t rate = (int64_t)((double)f->bwe.rate * f->share);
	unsigned int bytes;
	uint16_t first;

	if (!f->on || n->now_us < f->frame_us)
		return;
	f->frame_us += FRAME_US;
	if (rate > f->most)
		rate = f->most;
	if (pacer_is_late(&f->pacer, n->now_us)) {
		f->late++;
		f->seq = pacer_drop(&f->pacer, f->seq);
		return;
	}
	first = f->seq;
	bytes = (unsigned int)((double)(rate / 8 * FRAME_US / 1000000) *
	    (0.8 + 0.4 * chance(n)));
	while (bytes) {
		unsigned int part = bytes < PACKET ? bytes : PACKET;

		f->sizes[f->seq++] = part;
		bytes -= part;
	}
	if (f->seq != first)
		pacer_add(&f->pacer, n->now_us, first, f->seq);
}

static void
send(struct net *n, int i)
{
	struct net_flow *f = &n->flows[i];
	int64_t at;
	uint16_t seq;

	for (;;) {
		int64_t rate = bwe_pace(&f->bwe);
		bool pad = f->bwe.probe.sending;
		int64_t since = f->pacer.frames[f->pacer.frame].since_us;
		enum pacer_what what =
		    pacer_next(&f->pacer, n->now_us, rate, pad, &seq, &at);
		unsigned int bytes = PACKET;
		bool waited;

		if (what == PACER_NOTHING || what == PACER_WAIT)
			return;
		if (what == PACER_VIDEO)
			bytes = f->sizes[seq];
		if (what == PACER_VIDEO && f->held_us < n->now_us - since)
			f->held_us = n->now_us - since;
		waited = pacer_sent(&f->pacer, n->now_us, rate, bytes, pad);
		bwe_sent(&f->bwe, n->now_us, f->next, bytes, waited);
		f->sent_bytes += bytes + BWE_OVERHEAD;
		f->arrived_us[f->next] = 0;
		pipe_put(n, f->back ? &n->back : &n->there,
		    (struct net_packet){ .flow = i,
			.seq = f->next++,
			.bytes = bytes + BWE_OVERHEAD });
	}
}

static void
arrive(struct net *n, const struct net_packet *k)
{
	struct net_flow *f = &n->flows[k->flow];

	f->arrived_us[k->seq] = k->at_us;
	f->got_bytes += k->bytes;
	if (!f->any || (int16_t)(k->seq - f->newest) > 0)
		f->newest = k->seq;
	if (!f->any) {
		f->told = k->seq;
		f->feedback_us = n->now_us + FEEDBACK_US / 2;
	}
	f->any = true;
}

/* The viewer tells what it got, if anything. */
static void
tell(struct net *n, int i)
{
	struct net_flow *f = &n->flows[i];
	struct net_feedback *b;

	if (!f->any || n->now_us < f->feedback_us)
		return;
	f->feedback_us = n->now_us + FEEDBACK_US;
	if ((int16_t)(f->newest - f->told) < 0 ||
	    f->feedbacks_left == NET_FEEDBACKS)
		return;
	b = &f->feedbacks[(f->feedback + f->feedbacks_left++) % NET_FEEDBACKS];
	b->count = 0;
	while ((int16_t)(f->newest - f->told) >= 0 && b->count < NET_TOLD) {
		int64_t at = f->arrived_us[f->told];

		b->told[b->count].seq = f->told++;
		b->told[b->count].received = at != 0;
		b->told[b->count++].at_us = (at + f->skew_us) / 250 * 250;
	}
	b->at_us = INT64_MAX;
	pipe_put(n, f->back ? &n->there : &n->back,
	    (struct net_packet){ .flow = i,
		.answer = true,
		.seq = (uint16_t)((f->feedback + f->feedbacks_left - 1) %
		    NET_FEEDBACKS),
		.bytes = 60 + b->count });
}

static void
hear(struct net *n, const struct net_packet *k)
{
	struct net_flow *f = &n->flows[k->flow];
	struct net_feedback *b = &f->feedbacks[k->seq];

	/* Those before it got lost. */
	while (f->feedbacks_left && f->feedback % NET_FEEDBACKS != k->seq) {
		f->feedback = (f->feedback + 1) % NET_FEEDBACKS;
		f->feedbacks_left--;
	}
	f->feedback = (f->feedback + 1) % NET_FEEDBACKS;
	f->feedbacks_left--;
	if (f->blind)
		return;
	for (unsigned int i = 0; i < b->count; i++)
		bwe_arrival(&f->bwe, n->now_us, b->told[i].seq,
		    b->told[i].received, b->told[i].at_us);
	bwe_told(&f->bwe, n->now_us);
}

static void
tcp_send(struct net *n)
{
	struct net_tcp *t = &n->tcp;

	while (t->on && t->flight < (int)t->window) {
		t->flight++;
		pipe_put(n, &n->there,
		    (struct net_packet){ .flow = NET_FLOWS,
			.seq = t->seq++,
			.bytes = TCP_PACKET });
	}
}

/* Its acknowledgement is back: what came before is here or lost. */
static void
tcp_acked(struct net *n, uint16_t seq)
{
	struct net_tcp *t = &n->tcp;
	int lost = (int16_t)(seq - t->expected);

	t->flight -= 1 + (lost > 0 ? lost : 0);
	t->expected = (uint16_t)(seq + 1);
	if (lost > 0 && (int16_t)(seq - t->recover) >= 0) {
		t->window = t->window / 2 > 2 ? t->window / 2 : 2;
		t->threshold = t->window;
		t->recover = t->seq;
	} else if (t->window < t->threshold) {
		t->window++;
	} else {
		t->window += 1 / t->window;
	}
}

/* What came to the end of a pipe. */
static void
deliver(struct net *n, struct net_packet *k)
{
	if (k->flow < NET_FLOWS) {
		if (k->answer)
			hear(n, k);
		else
			arrive(n, k);
	} else if (k->answer) {
		tcp_acked(n, k->seq);
	} else {
		n->tcp.got_bytes += k->bytes;
		k->bytes = 40;
		k->answer = true;
		pipe_put(n, &n->back, *k);
	}
}

static void
step(struct net *n)
{
	struct net_packet k;

	n->now_us += STEP_US;
	for (int i = 0; i < NET_FLOWS; i++) {
		if (!n->flows[i].most)
			continue;
		encode(n, &n->flows[i]);
		bwe_tick(&n->flows[i].bwe, n->now_us);
		send(n, i);
		tell(n, i);
	}
	tcp_send(n);
	while (pipe_get(n, &n->there, &k) || pipe_get(n, &n->back, &k))
		deliver(n, &k);
}

void
net_run(struct net *n, int64_t us)
{
	for (int64_t end = n->now_us + us; n->now_us < end;)
		step(n);
}

unsigned int
net_wait(struct net *n, unsigned int mille)
{
	unsigned long all = 0, sum = 0;
	unsigned int ms = 0;

	for (int i = 0; i < 1000; i++)
		all += n->waits[i];
	while (ms < 999 && (sum += n->waits[ms]) * 1000 < all * mille)
		ms++;
	for (int i = 0; i < 1000; i++)
		n->waits[i] = 0;
	return ms;
}

int64_t
net_got(struct net *n, int i, int64_t us)
{
	int64_t *bytes =
	    i < NET_FLOWS ? &n->flows[i].got_bytes : &n->tcp.got_bytes;
	int64_t rate = *bytes * 8 * 1000000 / us;

	*bytes = 0;
	return rate;
}
