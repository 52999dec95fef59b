/*
 * waiting.h - connections that have no allocation yet, or no more
 *
 * In the order of their coming, counted by source: each has the same time,
 * so the oldest is the first whose time is over.  Pure; entries are the
 * caller's memory.
 */
#ifndef TURN_WAITING_H
#define TURN_WAITING_H

#include "stun/address.h"
#include "turn/quota.h"

enum { WAITING_US = 10000000 };

struct waiter { /* all zero: it does not wait */
	struct waiter *older, *newer;
	uint64_t source;
	int64_t until_us; /* 0: it does not wait */
};

struct waiting {
	struct waiter *oldest, *newest;
	size_t n;
	uint64_t seed; /* random, the caller's */
	struct quota sources;
};

/* For at most max at a time.  0 or -ENOMEM. */
int waiting_open(struct waiting *w, size_t max);
void waiting_close(struct waiting *w);

/*
 * From now_us on c waits, if it does not already.  False: max_source of its
 * source (an IPv4 address, or an IPv6 network of 64 bits) wait.
 */
bool waiting_add(struct waiting *w, struct waiter *c,
    const struct address *source, uint32_t max_source, int64_t now_us);
/* It waits no longer, if it did. */
void waiting_remove(struct waiting *w, struct waiter *c);

#endif
