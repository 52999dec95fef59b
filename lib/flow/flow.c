#include "flow/flow.h"

/* Per cent. */
enum {
	SHARE = 85, /* of what the way carries is asked for */
	BUSY = 90,  /* at work for so long it carries all it can, */
	HALF = 50,  /* or for so long while pictures had to wait */
	FULL = 70,  /* of the rate was used: it is what limits, and rises */
	RISE = 103, /* to find out whether there is more */
	LEAP = 125, /* when that is known */
	STEP = 2,   /* less is no change */
};

static const struct flow_mark *
oldest(const struct flow *f)
{
	return &f->marks[f->first];
}

/* The time of flight: what is more was spent in a queue. */
static int64_t
least_rtt(const struct flow *f)
{
	if (!f->least_us[1] || f->least_us[0] < f->least_us[1])
		return f->least_us[0];
	return f->least_us[1];
}

static void
note_rtt(struct flow *f, int64_t now_us, const struct flow_mark *m)
{
	int64_t flight_us;

	f->rtt_us = now_us - m->sent_us;
	flight_us = f->rtt_us;
	/* Less what its bytes took, as far as that is known. */
	if (f->bitrate)
		flight_us -= (int64_t)m->bytes * 8 * 10000 * SHARE / f->bitrate;
	if (flight_us <= f->rtt_us / 4)
		flight_us = f->rtt_us / 4 + 1;
	if (now_us - f->least_since_us > FLOW_RTT_US) {
		f->least_us[1] = f->least_us[0];
		f->least_us[0] = 0;
		f->least_since_us = now_us;
	}
	if (!f->least_us[0] || flight_us < f->least_us[0])
		f->least_us[0] = flight_us;
}

static bool
set_bitrate(struct flow *f, double wanted)
{
	int64_t step = f->bitrate * STEP / 100, bitrate = 0;

	if (wanted < FLOW_RATE_FREE)
		bitrate = (int64_t)wanted;
	if (bitrate && bitrate < FLOW_RATE_MIN)
		bitrate = FLOW_RATE_MIN;
	if (bitrate == f->bitrate ||
	    (bitrate && f->bitrate && bitrate > f->bitrate - step &&
		bitrate < f->bitrate + step))
		return false;
	f->bitrate = bitrate;
	return true;
}

/* A limit that is reached rises to what is known, if not too fast. */
static double
risen(int64_t bitrate, double share)
{
	double rise = (double)bitrate * RISE / 100;
	double leap = (double)bitrate * LEAP / 100;

	if (share < rise)
		return rise;
	return share < leap ? share : leap;
}

/* What the last moments say about the rate; then they are forgotten. */
static bool
look(struct flow *f, int64_t now_us)
{
	int64_t passed = now_us - f->look_us, used = f->carried_us;
	double bits = (double)f->carried * 8, share;
	bool busy;

	if (passed < FLOW_LOOK_US)
		return false;
	f->look_us = now_us;
	f->carried_us = 0;
	f->carried = 0;
	share = bits * 1e6 / (double)(used ? used : 1) * SHARE / 100;
	busy = used * 100 > passed * (f->refused ? HALF : BUSY);
	f->refused = false;
	if (busy)
		return set_bitrate(f, share);
	if (bits * 1e8 < (double)f->bitrate * (double)passed * FULL)
		return false;
	return f->bitrate && set_bitrate(f, risen(f->bitrate, share));
}

void
flow_sent(struct flow *f, int64_t now_us, uint32_t seq, size_t bytes)
{
	if (f->count == FLOW_MAX)
		return;
	f->marks[(f->first + f->count++) % FLOW_MAX] =
	    (struct flow_mark){ seq, bytes, now_us };
}

/* All since the last acknowledgement: sent_us is when the first was sent. */
static void
note_carried(struct flow *f, int64_t now_us, int64_t sent_us)
{
	int64_t end = now_us - least_rtt(f);
	int64_t begin = f->acked_us - least_rtt(f);

	if (begin < sent_us)
		begin = sent_us;
	if (end > begin)
		f->carried_us += end - begin;
	f->acked_us = now_us;
}

bool
flow_acked(struct flow *f, int64_t now_us, uint32_t seq)
{
	int64_t sent_us = oldest(f)->sent_us;
	unsigned int n = 0;

	while (n < f->count && f->marks[(f->first + n) % FLOW_MAX].seq != seq)
		n++;
	if (n == f->count)
		return false;
	for (n++; n; n--) {
		if (n == 1)
			note_rtt(f, now_us, oldest(f));
		f->carried += oldest(f)->bytes;
		f->first = (f->first + 1) % FLOW_MAX;
		f->count--;
	}
	note_carried(f, now_us, sent_us);
	return look(f, now_us);
}

int64_t
flow_age_us(const struct flow *f, int64_t now_us)
{
	return f->count ? now_us - oldest(f)->sent_us : 0;
}

static bool
takes(const struct flow *f, int64_t now_us, int64_t queue_us)
{
	return f->count < FLOW_MAX &&
	    flow_age_us(f, now_us) <= least_rtt(f) + queue_us;
}

bool
flow_takes_video(struct flow *f, int64_t now_us)
{
	bool takes_it = takes(f, now_us, FLOW_QUEUE_US);

	f->refused |= !takes_it;
	return takes_it;
}

bool
flow_takes_audio(const struct flow *f, int64_t now_us)
{
	return takes(f, now_us, FLOW_STALL_US);
}
