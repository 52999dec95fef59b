#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include <openssl/crypto.h>

#include "turn/hash.h"
#include "turn_priv.h"

bool
random_bytes(void *out, size_t len)
{
	return getrandom(out, len, 0) == (ssize_t)len;
}

uint64_t
name_hash(const struct turn *t, const char *name, uint64_t kind)
{
	uint64_t h = hash_mix(t->shared->seed, kind);

	for (; *name; name++)
		h = hash_mix(h, (uint8_t)*name);
	return h;
}

int
turn_open(struct turn *t)
{
	uint32_t max = t->config.max;
	int err = 0;

	t->nbuckets = 16;
	while (t->nbuckets < max)
		t->nbuckets *= 2;
	t->nheap = t->nfresh = 0;
	t->unused = NOBODY;
	t->allocs = calloc(max, sizeof(*t->allocs));
	t->heap = calloc(max, sizeof(*t->heap));
	t->connections =
	    calloc(t->config.max_connections, sizeof(*t->connections));
	t->buckets = malloc(t->nbuckets * sizeof(*t->buckets));
	if (!t->allocs || !t->heap || !t->buckets ||
	    (t->config.max_connections && !t->connections))
		err = -ENOMEM;
	else if (!random_bytes(&t->data_id, sizeof(t->data_id)) ||
	    !random_bytes(t->nonce_key, sizeof(t->nonce_key)))
		err = -EIO;
	else if (!t->shared)
		err = shared_open(&t->shared, max);
	if (err) {
		turn_close(t);
		return err;
	}
	connections_open(t);
	memset(t->buckets, 0xff, t->nbuckets * sizeof(*t->buckets));
	t->shared->ports.first = t->config.first_port;
	t->shared->ports.last = t->config.last_port;
	return 0;
}

void
turn_close(struct turn *t)
{
	if (t->shared)
		shared_lock(t->shared);
	while (t->nheap)
		alloc_end(t, &t->allocs[t->heap[0]]);
	if (t->shared)
		shared_unlock(t->shared);
	free(t->allocs);
	free(t->heap);
	free(t->buckets);
	free(t->connections);
	t->connections = NULL;
	t->allocs = NULL;
	t->heap = t->buckets = NULL;
	shared_close(t->shared);
	t->shared = NULL;
	credentials_clear(&t->credentials);
	OPENSSL_cleanse(t->nonce_key, sizeof(t->nonce_key));
}

void
alloc_end(struct turn *t, struct turn_alloc *a)
{
	connections_end(t, a);
	for (int i = 0; i < 2; i++)
		if (a->relay[i].address.family) {
			t->config.close(t->config.arg, &a->relay[i]);
			ports_give(&t->shared->ports, &a->relay[i].address);
		}
	quota_give(&t->shared->quota, a->user_quota);
	quota_give(&t->shared->quota, a->source_quota);
	t->shared->allocations--;
	OPENSSL_cleanse(a->key, sizeof(a->key));
	table_remove(t, a);
}

bool
turn_knows(const struct turn *t, const struct turn_client *client)
{
	return table_find(t, client) != NULL;
}

void
turn_gone(struct turn *t, const struct turn_client *client)
{
	struct turn_alloc *a = table_find(t, client);

	if (!a)
		return;
	shared_lock(t->shared);
	alloc_end(t, a);
	shared_unlock(t->shared);
}

int64_t
turn_deadline(const struct turn *t)
{
	int64_t at = t->nheap ? t->allocs[t->heap[0]].until_us : INT64_MAX;

	return t->oldest && t->oldest->until_us < at ? t->oldest->until_us : at;
}

void
turn_expire(struct turn *t, int64_t now_us)
{
	shared_lock(t->shared);
	connections_expire(t, now_us);
	while (turn_deadline(t) <= now_us) {
		t->stats.expired++;
		alloc_end(t, &t->allocs[t->heap[0]]);
	}
	shared_unlock(t->shared);
}
