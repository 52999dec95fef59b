#include "turn/quota.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

int
quota_open(struct quota *q, size_t keys)
{
	size_t size = 16;

	while (size < 2 * keys)
		size *= 2;
	q->mask = size - 1;
	q->counts = mmap(NULL, size * sizeof(*q->counts),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (q->counts != MAP_FAILED)
		return 0;
	q->counts = NULL;
	return -ENOMEM;
}

void
quota_close(struct quota *q)
{
	if (q->counts)
		munmap(q->counts, (q->mask + 1) * sizeof(*q->counts));
	q->counts = NULL;
}

/* Where the key is, or the free place where it belongs. */
static size_t
place(const struct quota *q, uint64_t key)
{
	size_t i = key & q->mask;

	while (q->counts[i].count && q->counts[i].key != key)
		i = (i + 1) & q->mask;
	return i;
}

bool
quota_take(struct quota *q, uint64_t key, uint32_t max)
{
	struct quota_count *c = &q->counts[place(q, key)];

	if (c->count >= max)
		return false;
	c->key = key;
	c->count++;
	return true;
}

/* Linear probing knows no holes: what follows moves up if it may. */
static void
close_hole(struct quota *q, size_t hole)
{
	for (size_t i = (hole + 1) & q->mask; q->counts[i].count;
	     i = (i + 1) & q->mask) {
		size_t home = q->counts[i].key & q->mask;

		if (((i - home) & q->mask) < ((i - hole) & q->mask))
			continue;
		q->counts[hole] = q->counts[i];
		q->counts[i].count = 0;
		hole = i;
	}
}

void
quota_give(struct quota *q, uint64_t key)
{
	size_t i = place(q, key);

	assert(q->counts[i].count);
	if (--q->counts[i].count == 0)
		close_hole(q, i);
}

uint32_t
quota_of(const struct quota *q, uint64_t key)
{
	return q->counts[place(q, key)].count;
}
