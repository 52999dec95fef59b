#include "turn/waiting.h"

#include "../tap.h"

enum { MAX = 40, SOURCES = 5, MAX_SOURCE = 6 };

static struct waiting waiting = { .seed = 1 };
static struct waiter waiters[MAX];

static struct address
from(unsigned int i)
{
	struct address a = { .family = ADDRESS_V6,
		.ip = { 0x20,
		    1, [7] = (uint8_t)(i % SOURCES), [15] = (uint8_t)i } };

	a.port = (uint16_t)i;
	return a;
}

static void
test_order(void)
{
	struct address a = from(0), b = from(1);

	is_int(waiting_open(&waiting, MAX), 0, "open");
	ok(waiting_add(&waiting, &waiters[0], &a, 1, 100), "one");
	ok(waiting_add(&waiting, &waiters[0], &a, 1, 200), "the same");
	is_int(waiting.oldest->until_us, 100 + WAITING_US, "keeps its time");
	a.ip[15] = 77;
	a.port = 77;
	ok(!waiting_add(&waiting, &waiters[1], &a, 1, 300),
	    "another of its network is too many");
	ok(waiting_add(&waiting, &waiters[1], &b, 1, 300), "one of another");
	ok(waiting.oldest == &waiters[0], "the first is the oldest");
	waiting_remove(&waiting, &waiters[0]);
	waiting_remove(&waiting, &waiters[0]);
	ok(waiting.oldest == &waiters[1], "then the second");
	ok(waiting_add(&waiting, &waiters[0], &a, 1, 400), "its place is free");
	waiting_remove(&waiting, &waiters[0]);
	waiting_remove(&waiting, &waiters[1]);
	ok(!waiting.oldest && !waiting.newest && !waiting.n, "none is left");
}

/* Random comings and goings against a model that only counts. */
static void
test_model(void)
{
	size_t count[SOURCES] = { 0 }, n = 0;
	uint32_t x = 3;

	for (int64_t now = 1; now < 5000; now++) {
		unsigned int i;
		struct address a;

		x = x * 1664525 + 1013904223;
		i = (x >> 16) % MAX;
		a = from(i);
		if (waiters[i].until_us) {
			waiting_remove(&waiting, &waiters[i]);
			count[i % SOURCES]--;
			n--;
		} else if (waiting_add(
			       &waiting, &waiters[i], &a, MAX_SOURCE, now)) {
			count[i % SOURCES]++;
			n++;
		} else if (count[i % SOURCES] != MAX_SOURCE)
			ok(false, "step %d: refused", (int)now);
		if (waiting.n != n || count[i % SOURCES] > MAX_SOURCE)
			ok(false, "step %d: %zu", (int)now, n);
		for (struct waiter *w = waiting.oldest; w; w = w->newer)
			if (w->newer && w->newer->until_us <= w->until_us)
				ok(false, "step %d: order", (int)now);
	}
	ok(n > 0, "5000 random steps, %zu left", n);
	while (waiting.oldest)
		waiting_remove(&waiting, waiting.oldest);
	for (size_t i = 0; i <= waiting.sources.mask; i++)
		if (waiting.sources.counts[i].count)
			ok(false, "a count is left");
	waiting_close(&waiting);
}

int
main(void)
{
	test_order();
	test_model();
	return done_testing();
}
