#include "turn/limit.h"

#include "turn/hash.h"

enum { US = 1000000 };

static int64_t *
slot(struct limit *l, const struct address *source)
{
	struct address ip = *source;

	ip.port = 0;
	return &l->full_us[hash_address(&ip, l->seed) % LIMIT_SLOTS];
}

bool
limit_take(struct limit *l, const struct address *source, int64_t now_us)
{
	int64_t *full = slot(l, source);
	int64_t from = *full > now_us ? *full : now_us;

	if (from - now_us > (int64_t)(LIMIT_BURST - 1) * US / LIMIT_PER_S)
		return false;
	*full = from + US / LIMIT_PER_S;
	return true;
}

void
limit_proved(struct limit *l, const struct address *source)
{
	*slot(l, source) = 0;
}
