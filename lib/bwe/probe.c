#include "bwe/probe.h"

enum {
	PACKET = 1200,
	ENOUGH = 80,    /* per cent of packets that have to arrive */
	STRETCHED = 90, /* per cent of the rate sent at: less is all there is */
	USABLE = 95,    /* per cent of that */
	ABSURD = 2,     /* times as fast as sent: not the way's doing */
};

void
probe_begin(struct probe *p, int64_t now_us, int64_t rate)
{
	uint8_t id = p->id == UINT8_MAX ? 1 : (uint8_t)(p->id + 1);

	*p = (struct probe){ .id = id,
		.sending = true,
		.awaited = true,
		.rate = rate,
		.begun_us = now_us };
}

void
probe_abandon(struct probe *p)
{
	p->sending = p->awaited = false;
}

uint8_t
probe_sent(struct probe *p, int64_t now_us, unsigned int bytes)
{
	if (!p->sending)
		return 0;
	p->packets++;
	p->bytes += bytes;
	p->sending = p->packets < PROBE_PACKETS ||
	    p->bytes < PROBE_PACKETS * PACKET ||
	    p->bytes < p->rate / 8 * PROBE_US / 1000000;
	p->last_sent_us = now_us;
	return p->id;
}

void
probe_arrived(struct probe *p, uint8_t id, int64_t sent_us, int64_t arrived_us,
    unsigned int bytes)
{
	if (!p->awaited || !id || id != p->id)
		return;
	if (!p->arrived) {
		p->first_sent_us = p->last_sent_us = sent_us;
		p->first_arrived_us = p->last_arrived_us = arrived_us;
		p->first_bytes = bytes;
	}
	p->arrived++;
	p->arrived_bytes += bytes;
	if (sent_us >= p->last_sent_us) {
		p->last_sent_us = sent_us;
		p->last_bytes = bytes;
	}
	if (arrived_us > p->last_arrived_us)
		p->last_arrived_us = arrived_us;
}

bool
probe_result(struct probe *p, int64_t now_us, int64_t *rate, bool *all)
{
	int64_t sent, arrived, fast, carried;

	if (p->awaited && now_us - p->begun_us > PROBE_WAIT_US) {
		probe_abandon(p);
		return false;
	}
	if (!p->awaited || p->sending ||
	    p->arrived * 100 < p->packets * ENOUGH || p->arrived < 2)
		return false;
	p->awaited = false;
	sent = p->last_sent_us - p->first_sent_us;
	arrived = p->last_arrived_us - p->first_arrived_us;
	if (sent <= 0 || arrived <= 0)
		return false;
	fast = (int64_t)(p->arrived_bytes - p->last_bytes) * 8000000 / sent;
	carried =
	    (int64_t)(p->arrived_bytes - p->first_bytes) * 8000000 / arrived;
	if (carried > fast * ABSURD)
		return false;
	*all = carried < fast * STRETCHED / 100;
	*rate = *all ? carried * USABLE / 100 : fast < carried ? fast : carried;
	return true;
}
