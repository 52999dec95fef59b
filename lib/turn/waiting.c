#include "turn/waiting.h"

#include "turn/hash.h"

int
waiting_open(struct waiting *w, size_t max)
{
	w->oldest = w->newest = NULL;
	w->n = 0;
	return quota_open(&w->sources, max);
}

void
waiting_close(struct waiting *w)
{
	quota_close(&w->sources);
}

bool
waiting_add(struct waiting *w, struct waiter *c, const struct address *source,
    uint32_t max_source, int64_t now_us)
{
	if (c->until_us)
		return true;
	c->source = hash_source(source, w->seed);
	if (!quota_take(&w->sources, c->source, max_source))
		return false;
	c->until_us = now_us + WAITING_US;
	c->newer = NULL;
	c->older = w->newest;
	*(w->newest ? &w->newest->newer : &w->oldest) = c;
	w->newest = c;
	w->n++;
	return true;
}

void
waiting_remove(struct waiting *w, struct waiter *c)
{
	if (!c->until_us)
		return;
	quota_give(&w->sources, c->source);
	c->until_us = 0;
	*(c->older ? &c->older->newer : &w->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &w->newest) = c->older;
	w->n--;
}
