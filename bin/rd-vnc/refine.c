/*
 * What was sent lossy is sent exactly once it is quiet, and nothing newer, nor
 * anything on its way, is there that would have to wait behind it.
 */
#include "session.h"

enum {
	TICK_US = 250000,        /* quiet for one to two of these */
	TILES = 16,              /* of one update */
	TILE_BITS = 2 * 8 << 12, /* of a tile, about */
};

static void
tick(struct loop_timer *t)
{
	struct session *s = t->arg;

	lossy_tick(&s->lossy);
	if (s->lossy.young)
		loop_timer_set(s->loop, t, clock_us() + TICK_US);
	session_pump(s);
}

static void
watch(struct session *s)
{
	if (!s->lossy.young || s->quiet.set)
		return;
	s->quiet = (struct loop_timer){ .expired = tick, .arg = s };
	loop_timer_set(s->loop, &s->quiet, clock_us() + TICK_US);
}

void
refine_sent(struct session *s, struct rect r, bool lossy)
{
	if (lossy)
		lossy_mark(&s->lossy, r);
	else
		lossy_clear(&s->lossy, r);
	watch(s);
}

void
refine_copied(struct session *s, const struct screen_copy *c)
{
	lossy_move(&s->lossy, c->to, c->x, c->y);
	watch(s);
}

/* As many as pass soon, as far as it is known how fast that is. */
static unsigned int
most(const struct session *s)
{
	int64_t n = TILES;

	if (s->flow.bitrate)
		n = s->flow.bitrate * FLOW_QUEUE_US / 1000000 / TILE_BITS;
	return n > TILES ? TILES : n < 1 ? 1 : (unsigned int)n;
}

bool
refine_due(struct session *s)
{
	unsigned int left = most(s);
	struct rect r;

	if (conn_waiting(s->conn) || s->flow.count)
		return false;
	while (left && s->region.n < REGION_MAX &&
	    lossy_due(&s->lossy, left, &r)) {
		lossy_clear(&s->lossy, r);
		region_add(&s->region, r);
		left -= (r.w + LOSSY_SIDE - 1u) / LOSSY_SIDE;
	}
	return s->region.n;
}
