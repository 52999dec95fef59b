/*
 * gather.h - when to let datagrams gather
 *
 * Waking up for one datagram costs more than relaying it.  While many come,
 * one after the other, the server sleeps between two turns: one waking then
 * serves several, and those of a kind become runs.  Few are never kept
 * waiting, nobody sleeps who has enough to do, and where fewer come because
 * of it, since each side waits for the other's, it is left alone.  Pure.
 */
#ifndef RD_TURN_GATHER_H
#define RD_TURN_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GATHER_US = 200,          /* one sleep */
	GATHER_PERIOD_US = 10000, /* by which the rate is told */
	GATHER_MANY = 100,        /* datagrams in a period */
	GATHER_ENOUGH = 16,       /* in one turn: no need to wait for more */
	GATHER_LEAVE_US = 250000, /* alone */
};

struct gather { /* all zero: few come */
	int64_t since_us, leave_until_us;
	size_t received, before; /* in this period, in the one before */
	bool sleeps, began; /* in this period; it did not in the one before */
};

/* A turn that received n ends at now_us: how long to sleep after it, in us. */
unsigned int gather_turn(struct gather *g, int64_t now_us, size_t n);

#endif
