/*
 * shared.h - what the processes of one server decide together
 *
 * Who may have an allocation, and at which ports: how many there are is
 * counted over all processes that were forked since shared_open().  No
 * relayed datagram needs any of it.
 */
#ifndef TURN_SHARED_H
#define TURN_SHARED_H

#include <pthread.h>

#include "turn/limit.h"
#include "turn/ports.h"
#include "turn/quota.h"

struct shared {
	pthread_mutex_t lock; /* of all that follows but the seed */
	uint64_t seed;        /* by which names and addresses are hashed */
	uint32_t allocations;
	struct ports ports;
	struct quota quota;
	struct limit limit;
};

/* For at most max allocations.  0, -ENOMEM, or -EIO: no random numbers. */
int shared_open(struct shared **s, uint32_t max);
/* Of this process; the others keep theirs. */
void shared_close(struct shared *s);

void shared_lock(struct shared *s);
void shared_unlock(struct shared *s);

#endif
