#include "follow.h"

#include <stddef.h>

/* NULL when nobody gave input. */
static const struct fanout_reader *
leader(const struct fanout *f)
{
	const struct fanout_reader *newest = NULL;

	for (unsigned int i = 0; i < FANOUT_READERS; i++) {
		const struct fanout_reader *r = &f->readers[i];

		if (r->used && r->lead && (!newest || r->lead > newest->lead))
			newest = r;
	}
	return newest;
}

void
follow_lead(struct fanout *f, struct fanout_reader *r)
{
	const struct fanout_reader *last = leader(f);

	if (last != r)
		r->lead = last ? last->lead + 1 : 1;
}

int64_t
follow_bitrate(const struct fanout *f, int64_t most)
{
	const struct fanout_reader *first = leader(f);
	int64_t bitrate = 0;

	if (first && first->bitrate)
		return first->bitrate < most ? first->bitrate : most;
	for (unsigned int i = 0; i < FANOUT_READERS; i++) {
		const struct fanout_reader *r = &f->readers[i];

		if (r->used && r->bitrate > bitrate)
			bitrate = r->bitrate;
	}
	return bitrate && bitrate < most ? bitrate : most;
}

bool
follow_leads(const struct fanout *f, const struct fanout_reader *r)
{
	return f->count < 2 || leader(f) == r;
}
