/*
 * probe.h - short clusters of packets, sent faster than is known to pass
 *
 * How fast they arrive tells what the way carries before a stream relies on
 * it.  Media that waits is what a cluster is made of, and padding the rest.
 *
 * Pure; caller's memory, no allocation.
 */
#ifndef BWE_PROBE_H
#define BWE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PROBE_PACKETS = 5, /* at least, and as many bytes as take */
	PROBE_US = 15000,
	PROBE_WAIT_US = 1000000, /* for its feedback */
};

struct probe {
	uint8_t id;   /* of the newest cluster, never 0 once there was one */
	bool sending; /* it is not complete */
	bool awaited; /* nor is its feedback */
	int64_t rate; /* bit/s, at which it is sent */
	int64_t begun_us;
	unsigned int packets, arrived; /* counts */
	unsigned int bytes, arrived_bytes, first_bytes, last_bytes;
	int64_t first_sent_us, last_sent_us;
	int64_t first_arrived_us, last_arrived_us;
};

void probe_begin(struct probe *p, int64_t now_us, int64_t rate);
/* Nothing is to be sent for it any more, and nothing concluded. */
void probe_abandon(struct probe *p);

/* A packet leaves: the cluster it belongs to, or 0. */
uint8_t probe_sent(struct probe *p, int64_t now_us, unsigned int bytes);
void probe_arrived(struct probe *p, uint8_t id, int64_t sent_us,
    int64_t arrived_us, unsigned int bytes);

/*
 * Once enough of it arrived, and then no more: bit/s that pass, and whether
 * the way could not carry more than that.  False: nothing is known.
 */
bool probe_result(struct probe *p, int64_t now_us, int64_t *rate, bool *all);

#endif
