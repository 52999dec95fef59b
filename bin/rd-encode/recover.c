#include "recover.h"

#include "packets/packets.h"

static void
key_expired(struct loop_timer *t)
{
	recover_now(t->arg);
}

static void
back_expired(struct loop_timer *t)
{
	struct recover *r = t->arg;

	r->back = true;
	r->due(r->arg);
}

void
recover_init(struct recover *r)
{
	r->key_timer = (struct loop_timer){ .expired = key_expired, .arg = r };
	r->back_timer =
	    (struct loop_timer){ .expired = back_expired, .arg = r };
}

void
recover_close(struct recover *r)
{
	loop_timer_stop(r->loop, &r->key_timer);
	loop_timer_stop(r->loop, &r->back_timer);
}

static void
set_earlier(struct recover *r, struct loop_timer *t, int64_t at_us)
{
	if (!t->set || at_us < t->at_us)
		loop_timer_set(r->loop, t, at_us);
}

void
recover_by_key(struct recover *r, int64_t gap_us)
{
	set_earlier(r, &r->key_timer, r->key_us + gap_us);
}

void
recover_from(struct recover *r, uint32_t seq, int64_t gap_us)
{
	if (!r->begun || packet_is_before(seq, r->key_seq) ||
	    (packet_is_before(seq, r->back_seq) &&
		packet_is_before(r->back_from, seq)))
		return;
	if (!r->misses || packet_is_before(seq, r->seq))
		r->seq = seq;
	r->misses = true;
	set_earlier(r, &r->back_timer, r->back_us + gap_us);
}

void
recover_never(struct recover *r, int64_t gap_us)
{
	r->back = r->misses = false;
	recover_by_key(r, gap_us);
}

void
recover_now(struct recover *r)
{
	r->key = true;
	r->due(r->arg);
}

void
recover_key(struct recover *r, uint32_t seq, int64_t now_us)
{
	recover_close(r);
	r->key = r->back = r->misses = false;
	r->begun = true;
	r->key_seq = r->back_seq = r->back_from = seq;
	r->key_us = r->back_us = now_us;
}

void
recover_back(struct recover *r, uint32_t seq, uint32_t from, int64_t now_us)
{
	loop_timer_stop(r->loop, &r->back_timer);
	r->back = r->misses = false;
	r->back_seq = seq;
	r->back_from = from;
	r->back_us = now_us;
}
