/*
 * busy.h - at what rate packets arrived while there was always one to send
 *
 * A screen is silent most of the time, so bytes by the clock say little about
 * the way.  Counted is only the time between packets of which the second was
 * waiting already when the first left.
 *
 * Pure; caller's memory, no allocation.
 */
#ifndef BWE_BUSY_H
#define BWE_BUSY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BUSY_MAX = 256,        /* gaps kept */
	BUSY_MIN = 6,          /* of them at least are looked at, */
	BUSY_US = 150000,      /* and so many as that took to arrive */
	BUSY_OLD_US = 2000000, /* what arrived before is forgotten */
};

struct busy_gap {
	uint32_t bytes, sent_us, arrived_us;
	int64_t at_us;
};

struct busy {
	bool begun;
	int64_t sent_us, arrived_us; /* of the last packet */
	struct busy_gap gaps[BUSY_MAX];
	unsigned int count;
};

/* A packet arrived; waited: it was there when the one before it left. */
void busy_packet(struct busy *b, int64_t sent_us, int64_t arrived_us,
    unsigned int bytes, bool waited);

/*
 * Bit/s; 0 while too little is known.  *all: it took longer to arrive than
 * to send, so the way carries no more.
 */
int64_t busy_rate(const struct busy *b, bool *all);

#endif
