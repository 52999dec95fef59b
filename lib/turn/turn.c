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
	uint64_t h = hash_mix(t->seed, kind);

	for (; *name; name++)
		h = hash_mix(h, (uint8_t)*name);
	return h;
}

int
turn_open(struct turn *t)
{
	uint32_t max = t->config.max;

	t->nbuckets = 16;
	while (t->nbuckets < max)
		t->nbuckets *= 2;
	t->nheap = t->nfresh = 0;
	t->unused = NOBODY;
	t->ports.first = t->config.first_port;
	t->ports.last = t->config.last_port;
	t->allocs = calloc(max, sizeof(*t->allocs));
	t->heap = calloc(max, sizeof(*t->heap));
	t->connections =
	    calloc(t->config.max_connections, sizeof(*t->connections));
	t->buckets = malloc(t->nbuckets * sizeof(*t->buckets));
	/* Each allocation counts for a user and for a source. */
	if (quota_open(&t->quota, 2 * (size_t)max) || !t->allocs || !t->heap ||
	    !t->buckets || (t->config.max_connections && !t->connections)) {
		turn_close(t);
		return -ENOMEM;
	}
	connections_open(t);
	memset(t->buckets, 0xff, t->nbuckets * sizeof(*t->buckets));
	if (!random_bytes(&t->seed, sizeof(t->seed)) ||
	    !random_bytes(&t->data_id, sizeof(t->data_id)) ||
	    !random_bytes(&t->limit.seed, sizeof(t->limit.seed)) ||
	    !random_bytes(t->nonce_key, sizeof(t->nonce_key))) {
		turn_close(t);
		return -EIO;
	}
	return 0;
}

void
turn_close(struct turn *t)
{
	while (t->nheap)
		alloc_end(t, &t->allocs[t->heap[0]]);
	free(t->allocs);
	free(t->heap);
	free(t->buckets);
	free(t->connections);
	t->connections = NULL;
	t->allocs = NULL;
	t->heap = t->buckets = NULL;
	quota_close(&t->quota);
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
			ports_give(&t->ports, &a->relay[i].address);
		}
	quota_give(&t->quota, a->user_quota);
	quota_give(&t->quota, a->source_quota);
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

	if (a)
		alloc_end(t, a);
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
	connections_expire(t, now_us);
	while (turn_deadline(t) <= now_us) {
		t->stats.expired++;
		alloc_end(t, &t->allocs[t->heap[0]]);
	}
}
