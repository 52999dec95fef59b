#include "rfb/palette.h"

#include <string.h>

/* Where a colour is, or would be. */
static unsigned int
place_of(const struct palette *p, uint32_t colour)
{
	unsigned int at = colour * 0x9e3779b1u >> 22;

	while (p->places[at] && p->colours[p->places[at] - 1] != colour)
		at = (at + 1) % PALETTE_PLACES;
	return at;
}

void
palette_clear(struct palette *p, unsigned int max)
{
	p->max = max;
	p->n = 0;
	memset(p->places, 0, sizeof(p->places));
}

void
palette_add(struct palette *p, uint32_t colour)
{
	unsigned int at;

	if (p->n > p->max)
		return;
	at = place_of(p, colour);
	if (p->places[at])
		return;
	p->colours[p->n++] = colour;
	if (p->n <= p->max)
		p->places[at] = (uint16_t)p->n;
}

bool
palette_join(struct palette *p, const struct palette *other)
{
	unsigned int missing = 0;

	for (unsigned int i = 0; i < other->n; i++)
		missing += !p->places[place_of(p, other->colours[i])];
	if (p->n + missing > p->max)
		return false;
	for (unsigned int i = 0; i < other->n; i++)
		palette_add(p, other->colours[i]);
	return true;
}

unsigned int
palette_number(const struct palette *p, uint32_t colour)
{
	if (colour == p->colours[0])
		return 0;
	if (colour == p->colours[1])
		return 1;
	return p->places[place_of(p, colour)] - 1u;
}
