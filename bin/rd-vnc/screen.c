#include "screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest/shape.h"

enum {
	SCROLL_WIDTH = 16,  /* pixels; less says too little, */
	SCROLL_HEIGHT = 64, /* or costs too little */
	TILE_W = 64,        /* what differs after scrolling is told by these */
	TILE_H = 16,
};

/* Is the picture read in the frame's slot? */
static bool
is_live(const struct screen *s)
{
	return s->picture.pixels != s->pixels;
}

static bool
holds(const struct screen *s)
{
	return !is_live(s) || ring_holds(&s->reader.ring, s->slot, s->seq);
}

/* The slot is there no more: what it alone had comes with the next frame. */
static void
lose(struct screen *s)
{
	region_join(&s->dirty, &s->owed);
	s->picture.pixels = s->pixels;
	s->torn = true;
}

static void
reader_size(struct frames_reader *r, const struct frames_geometry *g)
{
	struct screen *s = r->arg;

	if (is_live(s))
		lose(s);
	s->fresh = false;
	s->width = (uint16_t)g->width;
	s->height = (uint16_t)g->height;
	s->ops->size(s);
}

static void
reader_ready(struct frames_reader *r)
{
	struct screen *s = r->arg;

	s->fresh = true;
	s->ops->ready(s);
}

static void
take_cursor(struct screen *s, const struct frames_line *l)
{
	struct rfb_cursor *c = &s->cursor;

	c->w = (uint16_t)l->cursor.width;
	c->h = (uint16_t)l->cursor.height;
	c->xhot = (uint16_t)l->cursor.xhot;
	c->yhot = (uint16_t)l->cursor.yhot;
	if (c->w && !shape_decode(c->argb, l))
		c->w = c->h = c->xhot = c->yhot = 0;
	s->ops->cursor(s);
}

static void
reader_line(struct frames_reader *r, const char *line, size_t len)
{
	struct screen *s = r->arg;
	struct frames_line l;

	if (frames_line_decode(&l, line, len))
		return;
	if (l.kind == FRAMES_CURSOR)
		take_cursor(s, &l);
	if (l.kind != FRAMES_POINTER)
		return;
	s->pointer_x = l.pointer.x;
	s->pointer_y = l.pointer.y;
	s->ops->pointer(s);
}

static void
reader_down(struct frames_reader *r, int err)
{
	struct screen *s = r->arg;

	(void)err;
	screen_keep(s);
	s->attached = s->fresh = false;
	s->ops->gone(s);
}

static const struct frames_reader_ops reader_ops = {
	.geometry = reader_size,
	.ready = reader_ready,
	.line = reader_line,
	.down = reader_down,
};

int
screen_attach(struct screen *s, struct loop *loop, int fd,
    const struct screen_ops *ops, void *arg)
{
	int err;

	s->arg = arg;
	s->ops = ops;
	frames_reader_close(&s->reader);
	err = frames_reader_attach(&s->reader, loop, fd, &reader_ops, s);
	s->attached = !err;
	return err;
}

void
screen_close(struct screen *s)
{
	frames_reader_close(&s->reader);
	scroll_close(s->scroll);
	free(s->pixels);
	s->pixels = NULL;
}

/* A picture of another size: all of it is damage, as the frame will say. */
static int
resize(struct screen *s)
{
	size_t stride = s->reader.geometry.stride;

	free(s->pixels);
	scroll_close(s->scroll);
	s->picture = (struct rfb_picture){ 0 };
	s->scroll = NULL;
	s->pixels = calloc(s->height, stride);
	if (!s->pixels || scroll_open(&s->scroll, s->height)) {
		free(s->pixels);
		s->pixels = NULL;
		return -ENOMEM;
	}
	s->picture =
	    (struct rfb_picture){ s->pixels, stride, s->width, s->height };
	region_clear(&s->dirty);
	region_clear(&s->owed);
	return 0;
}

static bool
has_other_size(const struct screen *s)
{
	return s->picture.width != s->width || s->picture.height != s->height ||
	    s->picture.stride != s->reader.geometry.stride;
}

static uint8_t *
pixel_at(const struct screen *s, int x, int y)
{
	return s->pixels + (size_t)y * s->picture.stride + (size_t)x * 4;
}

static void
copy(struct screen *s, const uint8_t *pixels, struct rect r)
{
	size_t stride = s->picture.stride;
	const uint8_t *from = pixels + r.y * stride + (size_t)r.x * 4;
	uint8_t *to = pixel_at(s, r.x, r.y);

	for (int y = 0; y < r.h; y++, from += stride, to += stride)
		memcpy(to, from, (size_t)r.w * 4);
}

static bool
differs(const struct screen *s, const struct frame *f, struct rect r)
{
	size_t stride = s->picture.stride;
	const uint8_t *from = f->pixels + r.y * stride + (size_t)r.x * 4;
	const uint8_t *to = pixel_at(s, r.x, r.y);

	for (int y = 0; y < r.h; y++, from += stride, to += stride)
		if (memcmp(to, from, (size_t)r.w * 4) != 0)
			return true;
	return false;
}

/* Copy those tiles of r that differ, and only they are dirty. */
static void
copy_differences(struct screen *s, const struct frame *f, struct rect r)
{
	for (int y = r.y; y < r.y + r.h; y += TILE_H)
		for (int x = r.x; x < r.x + r.w; x += TILE_W) {
			int w = r.x + r.w - x, h = r.y + r.h - y;
			struct rect t = { (uint16_t)x, (uint16_t)y,
				(uint16_t)(w < TILE_W ? w : TILE_W),
				(uint16_t)(h < TILE_H ? h : TILE_H) };

			if (!differs(s, f, t))
				continue;
			copy(s, f->pixels, t);
			region_add(&s->dirty, t);
		}
}

/* Rows, one after the other in the order that spares what is still to go. */
static void
move_rows(struct screen *s, const struct screen_copy *c)
{
	bool down = c->y < c->to.y;

	for (int i = 0; i < c->to.h; i++) {
		int row = down ? c->to.h - 1 - i : i;

		memmove(pixel_at(s, c->to.x, c->to.y + row),
		    pixel_at(s, c->x, c->y + row), (size_t)c->to.w * 4);
	}
}

/* Copy what is owed of r; false when it is there no more. */
static bool
settle(struct screen *s, struct rect r)
{
	struct region part = { .n = 0 };

	region_cut(&s->owed, r, &part);
	for (unsigned int i = 0; i < part.n; i++)
		copy(s, s->picture.pixels, part.rects[i]);
	if (holds(s))
		return true;
	region_join(&s->owed, &part);
	return false;
}

/* By how many rows what is in r has moved up since the picture; 0: not. */
static int
find_scroll(struct screen *s, const struct frame *f, struct rect r)
{
	size_t at = r.y * s->picture.stride + (size_t)r.x * 4;
	bool owes = region_meets(&s->owed, r);

	if (owes && !is_live(s))
		return 0;
	return scroll_between(s->scroll,
	    (owes ? s->picture.pixels : s->pixels) + at, f->pixels + at,
	    (int)s->picture.stride, r.w * 4, r.h);
}

/*
 * What was scrolled the client moves itself, if it has it.  False when it is
 * to be sent like everything else.
 */
static bool
scrolled(struct screen *s, const struct frame *f, struct rect r)
{
	struct screen_copy *c = &s->copies[s->ncopies];
	int up;

	if (s->ncopies == SCREEN_COPIES || r.w < SCROLL_WIDTH ||
	    r.h < SCROLL_HEIGHT)
		return false;
	up = find_scroll(s, f, r);
	if (!up || !settle(s, r))
		return false;
	*c = (struct screen_copy){ r, r.x, r.y };
	c->to.h = (uint16_t)(r.h - abs(up));
	if (up > 0)
		c->y = (uint16_t)(r.y + up);
	else
		c->to.y = (uint16_t)(r.y - up);
	if (region_meets(
		&s->dirty, (struct rect){ c->x, c->y, c->to.w, c->to.h }))
		return false;
	move_rows(s, c);
	s->ncopies++;
	copy_differences(s, f, r);
	return true;
}

static bool
is_within(const struct rect *r, const struct rect *other)
{
	return r->x >= other->x && r->x + r->w <= other->x + other->w &&
	    r->y >= other->y && r->y + r->h <= other->y + other->h;
}

/*
 * What was scrolled, of which only those parts are damaged that look another
 * than before; all else is left in damage.
 */
static void
take_scrolled(struct screen *s, const struct frame *f, struct region *damage)
{
	struct region large = *damage;

	region_coarsen(&large);
	for (unsigned int i = 0; i < large.n; i++) {
		if (!scrolled(s, f, large.rects[i]))
			continue;
		for (unsigned int k = damage->n; k-- > 0;)
			if (is_within(&damage->rects[k], &large.rects[i]))
				damage->rects[k] = damage->rects[--damage->n];
	}
}

bool
screen_is_whole(const struct screen *s)
{
	return !s->torn && s->picture.width == s->width &&
	    s->picture.height == s->height;
}

void
screen_check(struct screen *s, struct rect r)
{
	if (holds(s))
		return;
	region_add(&s->dirty, r);
	lose(s);
}

void
screen_keep(struct screen *s)
{
	struct rect all = { 0, 0, s->picture.width, s->picture.height };

	if (!is_live(s))
		return;
	if (settle(s, all))
		s->picture.pixels = s->pixels;
	else
		lose(s);
}

/* The picture is f from now on, of which damage is not copied. */
static void
show(struct screen *s, const struct frame *f, const struct region *damage)
{
	region_join(&s->owed, damage);
	region_join(&s->dirty, damage);
	s->seq = f->seq;
	s->slot = f->slot;
	s->picture.pixels = f->pixels;
	s->torn = !frames_reader_check(&s->reader, f);
	if (!s->torn) {
		frames_reader_ack(&s->reader, f);
		return;
	}
	s->ncopies = 0;
	region_join(&s->owed, &f->damage);
	lose(s);
}

int
screen_take(struct screen *s, bool may_copy)
{
	struct frame f;
	struct region damage;

	s->ncopies = 0;
	if (!s->fresh && !holds(s))
		lose(s);
	if (!s->fresh)
		return 0;
	s->fresh = false;
	if (has_other_size(s) && resize(s))
		return -ENOMEM;
	if (!frames_reader_take(&s->reader, &f))
		return 0;
	damage = f.damage;
	if (may_copy)
		take_scrolled(s, &f, &damage);
	show(s, &f, &damage);
	return 0;
}
