#include "pictures.h"

#include <stddef.h>

void
pictures_add(struct pictures *p, uint32_t seq, uint16_t first)
{
	p->sent[p->number++ % PICTURES] = (struct picture){ seq, first };
	if (p->count < PICTURES)
		p->count++;
}

const struct picture *
pictures_at(const struct pictures *p, uint16_t back)
{
	if (!back || back > p->count)
		return NULL;
	return &p->sent[(uint16_t)(p->number - back) % PICTURES];
}

bool
pictures_revoke(struct pictures *p, uint16_t end, uint32_t *seq)
{
	const struct picture *last;
	bool some = false;

	while (
	    (last = pictures_at(p, 1)) && (int16_t)(last->first - end) >= 0) {
		*seq = last->seq;
		some = true;
		p->number--;
		p->count--;
	}
	return some;
}

uint16_t
pictures_back(const struct pictures *p, uint32_t seq)
{
	for (uint16_t back = 1; back <= p->count; back++)
		if (pictures_at(p, back)->seq == seq)
			return back;
	return 0;
}
