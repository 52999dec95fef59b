#include "base/pace.h"

int64_t
pace_next(const struct pace *p, int64_t now_us)
{
	return p->extra && now_us < p->hurry_us ? now_us : p->next_us;
}

void
pace_took(struct pace *p, int64_t now_us, int64_t interval_us)
{
	int64_t least_us = now_us - PACE_SAVED * interval_us;

	if (now_us < p->next_us && p->extra) {
		p->extra--;
		return;
	}
	if (p->next_us < least_us)
		p->next_us = least_us;
	p->next_us += interval_us - interval_us / 64;
}

void
pace_hurry(struct pace *p, int64_t now_us)
{
	p->extra = PACE_EXTRA;
	p->hurry_us = now_us + PACE_HURRY_US;
}
