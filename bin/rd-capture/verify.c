#include "verify.h"

#include <string.h>

enum { TILES = FRAMES_SIZE_MAX / VERIFY_TILE }; /* side by side */

static int
tile_end(int at, int end)
{
	int next = (at / VERIFY_TILE + 1) * VERIFY_TILE;

	return next < end ? next : end;
}

/* Which tiles of a row of them changed; line by line, as memory lies. */
static void
compare(bool changed[TILES], const struct frames_geometry *g,
    const uint8_t *now, const uint8_t *before, struct rect row)
{
	int end = row.x + row.w;

	for (int y = row.y; y < row.y + row.h; y++) {
		size_t line = (size_t)y * g->stride;

		for (int x = row.x, next; x < end; x = next) {
			bool *tile = &changed[x / VERIFY_TILE];
			size_t at = line + (size_t)x * 4;

			next = tile_end(x, end);
			if (!*tile)
				*tile = memcmp(now + at, before + at,
				    (size_t)(next - x) * 4);
		}
	}
}

/* Those side by side as one rectangle. */
static void
add_changed(struct region *g, const bool changed[TILES], struct rect row)
{
	int end = row.x + row.w;

	row.w = 0;
	for (int x = row.x, next; x < end; x = next) {
		next = tile_end(x, end);
		if (changed[x / VERIFY_TILE]) {
			row.x = row.w ? row.x : (uint16_t)x;
			row.w = (uint16_t)(next - row.x);
		} else if (row.w) {
			region_add(g, row);
			row.w = 0;
		}
	}
	if (row.w)
		region_add(g, row);
}

void
verify_damage(struct region *damage, const struct frames_geometry *size,
    const uint8_t *now, const uint8_t *before)
{
	struct region changed = { 0 };

	if (region_area(damage) < VERIFY_AREA)
		return;
	for (unsigned int i = 0; i < damage->n; i++) {
		struct rect row = damage->rects[i];
		int end = row.y + row.h;

		for (int y = row.y; y < end;) {
			bool tiles[TILES] = { 0 };

			row.y = (uint16_t)y;
			y = tile_end(y, end);
			row.h = (uint16_t)(y - row.y);
			compare(tiles, size, now, before, row);
			add_changed(&changed, tiles, row);
		}
	}
	*damage = changed;
}
