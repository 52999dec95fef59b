#include "turn/hash.h"
#include "turn_priv.h"

static uint32_t *
bucket(const struct turn *t, const struct turn_client *c)
{
	uint64_t h =
	    hash_address(&c->address, hash_mix(t->shared->seed, c->link));

	return &t->buckets[h & (t->nbuckets - 1)];
}

static bool
same_client(const struct turn_client *a, const struct turn_client *b)
{
	return a->link == b->link && a->stream == b->stream &&
	    address_same(&a->address, &b->address);
}

struct turn_alloc *
table_find(const struct turn *t, const struct turn_client *c)
{
	for (uint32_t i = *bucket(t, c); i != NOBODY; i = t->allocs[i].next)
		if (same_client(&t->allocs[i].client, c))
			return &t->allocs[i];
	return NULL;
}

static void
heap_put(struct turn *t, uint32_t at, uint32_t index)
{
	t->heap[at] = index;
	t->allocs[index].heap_at = at;
}

static int64_t
until(const struct turn *t, uint32_t at)
{
	return t->allocs[t->heap[at]].until_us;
}

/* Let what is at a place of the heap find its own. */
static void
heap_settle(struct turn *t, uint32_t at)
{
	uint32_t index = t->heap[at], child;
	int64_t us = t->allocs[index].until_us;

	for (; at && until(t, (at - 1) / 2) > us; at = (at - 1) / 2)
		heap_put(t, at, t->heap[(at - 1) / 2]);
	while ((child = 2 * at + 1) < t->nheap) {
		if (child + 1 < t->nheap &&
		    until(t, child + 1) < until(t, child))
			child++;
		if (until(t, child) >= us)
			break;
		heap_put(t, at, t->heap[child]);
		at = child;
	}
	heap_put(t, at, index);
}

struct turn_alloc *
table_add(struct turn *t, const struct turn_client *c, int64_t until_us)
{
	uint32_t index = t->unused, *head = bucket(t, c);
	struct turn_alloc *a;

	if (index != NOBODY)
		t->unused = t->allocs[index].next;
	else if (t->nfresh < t->config.max)
		index = t->nfresh++;
	else
		return NULL;
	a = &t->allocs[index];
	a->client = *c;
	a->until_us = until_us;
	a->full_us = 0;
	a->npermissions = a->nchannels = a->nconnections = 0;
	a->connections = NULL;
	a->tcp = false;
	a->relay[0] = a->relay[1] = (struct turn_relay){ .alloc = a, .fd = -1 };
	a->next = *head;
	*head = index;
	heap_put(t, t->nheap++, index);
	heap_settle(t, t->nheap - 1);
	return a;
}

void
table_remove(struct turn *t, struct turn_alloc *a)
{
	uint32_t index = (uint32_t)(a - t->allocs), at = a->heap_at;
	uint32_t *link = bucket(t, &a->client);

	while (*link != index)
		link = &t->allocs[*link].next;
	*link = a->next;
	a->next = t->unused;
	t->unused = index;
	if (--t->nheap != at) {
		heap_put(t, at, t->heap[t->nheap]);
		heap_settle(t, at);
	}
}

void
table_move(struct turn *t, struct turn_alloc *a, int64_t until_us)
{
	a->until_us = until_us;
	heap_settle(t, a->heap_at);
}
