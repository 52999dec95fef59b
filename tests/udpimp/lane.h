/*
 * lane.h - one direction of a bad network, as a function of time and packets
 *
 * What happens to the n-th packet is drawn from the seed and n alone, and how
 * long it takes follows from when it came: no I/O, no clock, no allocation.
 */
#ifndef UDPIMP_LANE_H
#define UDPIMP_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LANE_COPIES = 2 };

struct lane {
	/* Set by the caller, any time; all zero is a wire. */
	uint64_t seed;
	double loss;                   /* shares are of 1 */
	double burst_begin, burst_end; /* share of packets where one does */
	double duplicate;
	double reorder, reorder_us; /* so many wait so much longer */
	double delay_us;
	double jitter_us; /* up to so much more, wandering; order is kept */
	double bytes_per_us, queue_us; /* a link's rate, 0: any; its buffer */
	double hole;                   /* not 0: nothing gets through */

	/* The lane's. */
	uint64_t count;
	bool bursting;
	int64_t free_us, last_us;

	/* Sums, which the caller may set to 0. */
	uint64_t packets, bytes; /* that got through */
	uint64_t lost, dropped;  /* by chance, by a full buffer */
	int64_t longest_us;      /* that one waited in the buffer */
};

/*
 * A packet of len bytes comes at now_us, which never decreases.  The number
 * of copies that arrive, and when in at_us.
 */
size_t lane_pass(
    struct lane *l, int64_t now_us, size_t len, int64_t at_us[LANE_COPIES]);

#endif
