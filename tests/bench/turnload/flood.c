#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum {
	FLOOD_US = 1000, /* between batches: 64,000 sources a second */
	OWN = 64,        /* who has just ended one is not given another */
};

void
allocate_many(struct load *l)
{
	struct cost before = cost_of(l->pid), after;
	int64_t from = now_ns(), to;

	for (uint32_t i = 0; i < l->nclients; i++)
		client_allocate(l, &l->clients[i]);
	to = now_ns();
	after = cost_of(l->pid);
	printf("allocations_s %.0f\n", l->nclients * 1e9 / (double)(to - from));
	printf("bytes_each %.0f\n",
	    (double)(after.rss - before.rss) / l->nclients);
	printf("cpu_us_each %.1f\n",
	    (double)(after.cpu_ns - before.cpu_ns) / 1e3 / l->nclients);
}

/* Whoever proves nothing, each source once; what is answered is not read. */
static void
ask_from_all(struct load *l)
{
	struct batch b = { 0 };
	struct load others = *l;

	load_open(&others);
	batch_open(&b);
	for (uint32_t i = 0; i < l->nclients; i++) {
		size_t len = client_ask(b.data[b.n], sizeof(*b.data));

		batch_add(&b, &others.clients[i].address, &l->server, len, 0);
		if (b.n == BATCH) {
			batch_send(&b, others.fd);
			usleep(FLOOD_US);
		}
	}
	batch_send(&b, others.fd);
}

static int
earlier(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void
flood(struct load *l)
{
	static int64_t took[1 << 20];
	struct cost before, after;
	size_t n = 0;
	pid_t child;

	client_allocate(l, l->clients); /* what is made once is there */
	client_release(l, l->clients);
	before = cost_of(l->pid);
	if ((child = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ask_from_all(l);
		_exit(0);
	}
	while (waitpid(child, NULL, WNOHANG) == 0 &&
	    n < sizeof(took) / sizeof(*took)) {
		struct client *own = &l->clients[++n % OWN];
		int64_t from = now_ns();

		client_allocate(l, own);
		took[n - 1] = now_ns() - from;
		client_release(l, own);
	}
	after = cost_of(l->pid);
	qsort(took, n, sizeof(*took), earlier);
	printf("rss_growth %" PRId64 "\n", after.rss - before.rss);
	printf(
	    "allocate_p99_us %.0f\n", n ? (double)took[n * 99 / 100] / 1e3 : 0);
	printf("allocated %zu\n", n);
}
