#include "turn/shared.h"

#include <errno.h>
#include <sys/mman.h>

#include "turn_priv.h"

static int
init_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;
	int err;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	err = pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
	return -err;
}

int
shared_open(struct shared **out, uint32_t max)
{
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	*out = NULL;
	if (s == MAP_FAILED)
		return -ENOMEM;
	/* Each allocation counts for a user and for a source. */
	err = quota_open(&s->quota, 2 * (size_t)max);
	if (!err)
		err = init_lock(&s->lock);
	if (!err &&
	    (!random_bytes(&s->seed, sizeof(s->seed)) ||
		!random_bytes(&s->limit.seed, sizeof(s->limit.seed))))
		err = -EIO;
	if (err)
		shared_close(s);
	else
		*out = s;
	return err;
}

void
shared_close(struct shared *s)
{
	struct quota quota;

	if (!s)
		return;
	quota = s->quota; /* the others go on with s as it is */
	quota_close(&quota);
	munmap(s, sizeof(*s));
}

void
shared_lock(struct shared *s)
{
	pthread_mutex_lock(&s->lock);
}

void
shared_unlock(struct shared *s)
{
	pthread_mutex_unlock(&s->lock);
}
