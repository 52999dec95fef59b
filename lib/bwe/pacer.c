#include "bwe/pacer.h"

#include <math.h>

enum { PACKET_BITS = 1200 * 8 };

static struct pacer_frame *
frame_at(struct pacer *p, unsigned int i)
{
	return &p->frames[(p->frame + i) % PACER_FRAMES];
}

void
pacer_add(struct pacer *p, int64_t now_us, uint16_t first, uint16_t next)
{
	struct pacer_frame *last;

	if (p->frames_left < PACER_FRAMES) {
		*frame_at(p, p->frames_left++) = (struct pacer_frame){
			.first = first, .next = next, .since_us = now_us
		};
		return;
	}
	last = frame_at(p, p->frames_left - 1);
	last->next = next;
}

int64_t
pacer_waits_us(const struct pacer *p, int64_t now_us)
{
	return p->frames_left ? now_us - p->frames[p->frame].since_us : 0;
}

bool
pacer_is_late(const struct pacer *p, int64_t now_us)
{
	return pacer_waits_us(p, now_us) > PACER_LATE_US;
}

uint16_t
pacer_drop(struct pacer *p, uint16_t next)
{
	unsigned int keep = p->frames_left && p->frames[p->frame].begun;

	if (p->frames_left > keep)
		next = frame_at(p, keep)->first;
	p->frames_left = keep;
	return next;
}

void
pacer_again(struct pacer *p, uint16_t seq)
{
	if (p->again_left == PACER_AGAIN)
		return;
	p->again[(p->again_at + p->again_left++) % PACER_AGAIN] = seq;
}

void
pacer_repair(struct pacer *p, unsigned int packets)
{
	p->repairs_left = packets;
}

static bool
is_waiting(const struct pacer *p)
{
	return p->again_left || p->repairs_left || p->frames_left;
}

static uint16_t
take_again(struct pacer *p)
{
	uint16_t seq = p->again[p->again_at];

	p->again_at = (p->again_at + 1) % PACER_AGAIN;
	p->again_left--;
	return seq;
}

static uint16_t
take_video(struct pacer *p)
{
	struct pacer_frame *f = frame_at(p, 0);
	uint16_t seq = f->first++;

	f->begun = true;
	if (f->first == f->next) {
		p->frame = (p->frame + 1) % PACER_FRAMES;
		p->frames_left--;
	}
	return seq;
}

static double
burst(int64_t rate)
{
	return (double)rate * PACER_BURST_US / 1e6;
}

/*
 * Bits of debt at now_us, when rate bit/s were paid off.  What a higher rate
 * allowed is not for a lower one to pay.
 */
static void
settle(struct pacer *p, int64_t now_us, int64_t rate)
{
	p->debt -= (double)rate * (double)(now_us - p->debt_us) / 1e6;
	p->debt = fmin(p->debt, burst(rate) + PACKET_BITS);
	if (p->debt < 0)
		p->debt = 0;
	p->debt_us = now_us;
}

enum pacer_what
pacer_next(struct pacer *p, int64_t now_us, int64_t rate, bool pad,
    uint16_t *seq, int64_t *at_us)
{
	double ahead;

	if (!is_waiting(p) && !pad)
		return PACER_NOTHING;
	settle(p, now_us, rate);
	ahead = p->debt - burst(rate);
	if (ahead > 0) {
		*at_us = now_us + 1 + (int64_t)(ahead * 1e6 / (double)rate);
		return PACER_WAIT;
	}
	if (p->again_left) {
		*seq = take_again(p);
		return PACER_RESEND;
	}
	if (p->repairs_left) {
		p->repairs_left--;
		return PACER_REPAIR;
	}
	if (p->frames_left) {
		*seq = take_video(p);
		return PACER_VIDEO;
	}
	return PACER_PAD;
}

bool
pacer_sent(
    struct pacer *p, int64_t now_us, int64_t rate, unsigned int bytes, bool pad)
{
	bool waited = p->more;

	settle(p, now_us, rate);
	p->debt += bytes * 8.0;
	p->more = is_waiting(p) || pad;
	return waited;
}
