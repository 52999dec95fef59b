/* rd-capture: what of a coarse damage really changed */
#include "../../bin/rd-capture/verify.h"

#include "../tap.h"

enum { WIDTH = 1000, HEIGHT = 700, ROUNDS = 300 };

static const struct frames_geometry size = { WIDTH, HEIGHT, WIDTH * 4 + 64, 3 };
static uint8_t before[HEIGHT * (WIDTH * 4 + 64)], now[sizeof(before)];
static const struct rect all = { 0, 0, WIDTH, HEIGHT };

static bool
is_in(const struct region *g, int x, int y)
{
	for (unsigned int i = 0; i < g->n; i++) {
		const struct rect *r = &g->rects[i];

		if (x >= r->x && x < r->x + r->w && y >= r->y &&
		    y < r->y + r->h)
			return true;
	}
	return false;
}

static int
below(int n)
{
	return rand() % n;
}

/* Change pixels here and there in damage; are all of them left in it? */
static bool
keeps_changes(struct region damage, int changes)
{
	int at[32][2];
	bool kept = true;

	memcpy(now, before, sizeof(now));
	for (int i = 0; i < changes; i++) {
		const struct rect *r = &damage.rects[below((int)damage.n)];

		at[i][0] = r->x + below(r->w);
		at[i][1] = r->y + below(r->h);
		now[at[i][1] * (int)size.stride + at[i][0] * 4 + below(3)] ^= 1;
	}
	verify_damage(&damage, &size, now, before);
	for (int i = 0; i < changes; i++)
		kept &= is_in(&damage, at[i][0], at[i][1]) ||
		    !memcmp(now + at[i][1] * (int)size.stride + at[i][0] * 4,
			before + at[i][1] * (int)size.stride + at[i][0] * 4, 4);
	return kept;
}

static void
test_random(void)
{
	bool kept = true;

	for (int round = 0; round < ROUNDS; round++) {
		struct region damage = { 0 };

		for (int i = below(8); i >= 0; i--) {
			int x = below(WIDTH), y = below(HEIGHT);

			region_add(&damage,
			    (struct rect){ (uint16_t)x, (uint16_t)y,
				(uint16_t)(1 + below(WIDTH - x)),
				(uint16_t)(1 + below(HEIGHT - y)) });
		}
		kept &= keeps_changes(damage, below(32));
	}
	ok(kept, "nothing that changed is taken out");
}

static void
test_exact(void)
{
	struct region damage = { 1, { all } };

	memcpy(now, before, sizeof(now));
	verify_damage(&damage, &size, now, before);
	is_int(damage.n, 0, "where nothing changed nothing is left");

	now[130 * size.stride + 70 * 4] ^= 1;
	damage = (struct region){ 1, { all } };
	verify_damage(&damage, &size, now, before);
	is_int(damage.n, 1, "of one changed pixel one tile is left");
	is_int(damage.rects[0].x, 64, "its own");
	is_int(damage.rects[0].y, 128, "either way");
	is_int(region_area(&damage), VERIFY_TILE * VERIFY_TILE, "and whole");

	now[(HEIGHT - 1) * size.stride + (WIDTH - 1) * 4] ^= 1;
	damage = (struct region){ 1, { { 3, 5, WIDTH - 3, HEIGHT - 5 } } };
	verify_damage(&damage, &size, now, before);
	is_int(damage.n, 2, "and cut off at the edge");
	is_int(region_area(&damage),
	    VERIFY_TILE * VERIFY_TILE + (WIDTH % 64) * (HEIGHT % 64),
	    "as is the tile");

	damage = (struct region){ 1, { { 300, 300, 300, 300 } } };
	verify_damage(&damage, &size, now, before);
	is_int(
	    region_area(&damage), 300 * 300, "what is small is not looked at");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(before); i++)
		before[i] = (uint8_t)below(256);
	test_exact();
	test_random();
	return done_testing();
}
