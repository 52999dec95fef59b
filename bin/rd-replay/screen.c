#include "screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
screen_resize(struct screen *s, uint32_t width, uint32_t height)
{
	struct frames_geometry size = { width, height, width * 4,
		SCREEN_SLOTS };
	uint8_t *picture = calloc(height, size.stride);
	struct ring next;
	int err;

	if (!picture)
		return -ENOMEM;
	err = ring_create(&next, &size);
	if (!err &&
	    ((err = ring_seal(&next)) || (err = ring_replace(&s->ring, &next))))
		ring_close(&next);
	if (err) {
		free(picture);
		return err;
	}
	free(s->picture);
	s->picture = picture;
	s->ring = next;
	region_clear(&s->damage);
	for (int i = 0; i < SCREEN_SLOTS; i++)
		region_clear(&s->stale[i]);
	return 0;
}

void
screen_close(struct screen *s)
{
	ring_close(&s->ring);
	free(s->picture);
}

void
screen_paint(struct screen *s, const struct region *g, const uint8_t *pixels)
{
	size_t stride = s->ring.geometry.stride;

	for (unsigned int i = 0; i < g->n; i++) {
		const struct rect *r = &g->rects[i];
		uint8_t *row = s->picture + r->y * stride + r->x * 4u;

		for (int y = 0; y < r->h; y++, row += stride) {
			memcpy(row, pixels, r->w * 4u);
			pixels += r->w * 4u;
		}
	}
	region_join(&s->damage, g);
	for (int i = 0; i < SCREEN_SLOTS; i++)
		region_join(&s->stale[i], g);
}

static void
copy_stale(struct screen *s, uint32_t slot)
{
	const struct region *g = &s->stale[slot];
	size_t stride = s->ring.geometry.stride;
	uint8_t *pixels = ring_slot(&s->ring, slot);

	for (unsigned int i = 0; i < g->n; i++) {
		const struct rect *r = &g->rects[i];
		size_t at = r->y * stride + r->x * 4u;

		for (int y = 0; y < r->h; y++, at += stride)
			memcpy(pixels + at, s->picture + at, r->w * 4u);
	}
}

void
screen_frame(struct screen *s, struct frame *f)
{
	uint32_t slot = (uint32_t)(++s->seq % SCREEN_SLOTS);

	ring_begin(&s->ring, slot);
	copy_stale(s, slot);
	ring_end(&s->ring, slot, s->seq);
	region_clear(&s->stale[slot]);
	*f = (struct frame){ .seq = s->seq,
		.time_us = clock_us(),
		.slot = slot,
		.pixels = ring_slot(&s->ring, slot),
		.damage = s->damage };
	region_clear(&s->damage);
}
