#include "frames/region.h"

static uint32_t
area(struct rect r)
{
	return (uint32_t)r.w * r.h;
}

static struct rect
bounds(struct rect a, struct rect b)
{
	int x = a.x < b.x ? a.x : b.x, y = a.y < b.y ? a.y : b.y;
	int right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
	int bottom = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;

	return (struct rect){ (uint16_t)x, (uint16_t)y, (uint16_t)(right - x),
		(uint16_t)(bottom - y) };
}

/* Pixels that one rectangle around both covers beyond what each does. */
static int64_t
waste(struct rect a, struct rect b)
{
	return (int64_t)area(bounds(a, b)) - area(a) - area(b);
}

static struct rect
take_out(struct region *g, unsigned int i)
{
	struct rect r = g->rects[i];

	g->rects[i] = g->rects[--g->n];
	return r;
}

/* Join the two, of g's and r, that waste least by it. */
static void
make_room(struct region *g, struct rect *r)
{
	int64_t least = INT64_MAX;
	unsigned int first = 0;
	struct rect *partner = r;

	for (unsigned int i = 0; i < g->n; i++) {
		for (unsigned int k = i + 1; k <= g->n; k++) {
			struct rect *other = k < g->n ? &g->rects[k] : r;
			int64_t cost = waste(g->rects[i], *other);

			if (cost < least) {
				least = cost;
				first = i;
				partner = other;
			}
		}
	}
	*partner = bounds(*partner, g->rects[first]);
	take_out(g, first);
}

void
region_clear(struct region *g)
{
	g->n = 0;
}

void
region_add(struct region *g, struct rect r)
{
	unsigned int i = 0;

	while (i < g->n) {
		if (waste(r, g->rects[i]) <= 0) {
			r = bounds(r, take_out(g, i));
			i = 0; /* larger now, it may meet others */
		} else {
			i++;
		}
	}
	if (g->n == REGION_MAX)
		make_room(g, &r);
	g->rects[g->n++] = r;
}

/* Join one of the others with the one at i, if that is much alike. */
static bool
coarsen_one(struct region *g, unsigned int i)
{
	for (unsigned int k = i + 1; k < g->n; k++) {
		struct rect r = bounds(g->rects[i], g->rects[k]);

		if (3 * waste(g->rects[i], g->rects[k]) > (int64_t)area(r))
			continue;
		g->rects[i] = r;
		take_out(g, k);
		return true;
	}
	return false;
}

void
region_coarsen(struct region *g)
{
	unsigned int i = 0;

	while (i < g->n)
		i = coarsen_one(g, i) ? 0 : i + 1;
}

void
region_join(struct region *g, const struct region *other)
{
	for (unsigned int i = 0; i < other->n; i++)
		region_add(g, other->rects[i]);
}

void
region_clip(struct region *g, uint16_t width, uint16_t height)
{
	unsigned int i = 0;

	while (i < g->n) {
		struct rect *r = &g->rects[i];

		if (r->x >= width || r->y >= height) {
			take_out(g, i);
			continue;
		}
		if (r->w > width - r->x)
			r->w = (uint16_t)(width - r->x);
		if (r->h > height - r->y)
			r->h = (uint16_t)(height - r->y);
		i++;
	}
}

/* What both cover; w or h is 0 when that is nothing. */
static struct rect
common(struct rect a, struct rect b)
{
	int x = a.x > b.x ? a.x : b.x, y = a.y > b.y ? a.y : b.y;
	int right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
	int bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;

	if (right <= x || bottom <= y)
		return (struct rect){ 0 };
	return (struct rect){ (uint16_t)x, (uint16_t)y, (uint16_t)(right - x),
		(uint16_t)(bottom - y) };
}

/* A part of a, in pixels from its top left. */
static void
add_part(
    struct region *g, struct rect a, int left, int top, int right, int bottom)
{
	struct rect r = { (uint16_t)(a.x + left), (uint16_t)(a.y + top),
		(uint16_t)(right - left), (uint16_t)(bottom - top) };

	if (r.w && r.h)
		region_add(g, r);
}

void
region_cut(struct region *g, struct rect r, struct region *out)
{
	struct region all = *g;

	region_clear(g);
	for (unsigned int i = 0; i < all.n; i++) {
		struct rect a = all.rects[i], in = common(a, r);
		int left = in.x - a.x, top = in.y - a.y;
		int right = left + in.w, bottom = top + in.h;

		if (!in.w) {
			region_add(g, a);
			continue;
		}
		region_add(out, in);
		add_part(g, a, 0, 0, a.w, top);
		add_part(g, a, 0, top, left, bottom);
		add_part(g, a, right, top, a.w, bottom);
		add_part(g, a, 0, bottom, a.w, a.h);
	}
}

bool
region_meets(const struct region *g, struct rect r)
{
	for (unsigned int i = 0; i < g->n; i++)
		if (common(g->rects[i], r).w)
			return true;
	return false;
}

uint64_t
region_area(const struct region *g)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < g->n; i++)
		sum += area(g->rects[i]);
	return sum;
}
