/*
 * quota.h - how many allocations somebody has
 *
 * Counts by key in a table of fixed size; a key that counts nothing takes no
 * place.  Pure.
 */
#ifndef TURN_QUOTA_H
#define TURN_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quota_count {
	uint64_t key;
	uint32_t count;
};

struct quota {
	struct quota_count *counts;
	size_t mask;
};

/*
 * Room for that many different keys at a time, in memory that is that of all
 * processes forked afterwards.  0 or -ENOMEM.
 */
int quota_open(struct quota *q, size_t keys);
void quota_close(struct quota *q);

/* Count one more, unless there are max already. */
bool quota_take(struct quota *q, uint64_t key, uint32_t max);
void quota_give(struct quota *q, uint64_t key);
uint32_t quota_of(const struct quota *q, uint64_t key);

#endif
