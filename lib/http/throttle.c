#include "http/throttle.h"

/* FNV-1a, begun at the seed; its high bits hardly see the last byte. */
size_t
throttle_slot(const struct throttle *t, const void *source, size_t len)
{
	const uint8_t *p = source;
	uint64_t h = t->seed ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return ((h ^ h >> 29) * 0x9e3779b97f4a7c15u >> 32) % THROTTLE_SLOTS;
}

unsigned
throttle_wait(
    const struct throttle *t, const void *source, size_t len, int64_t now_us)
{
	int64_t at = t->full_us[throttle_slot(t, source, len)] -
	    (int64_t)(THROTTLE_BURST - 1) * THROTTLE_US;

	return at <= now_us ? 0 : (unsigned)((at - now_us + 999999) / 1000000);
}

void
throttle_fail(
    struct throttle *t, const void *source, size_t len, int64_t now_us)
{
	int64_t *full = &t->full_us[throttle_slot(t, source, len)];

	*full = (*full > now_us ? *full : now_us) + THROTTLE_US;
}
