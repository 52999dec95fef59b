#include "patch.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "patch_priv.h"

enum { QP_MAX = 51 };

int
patch_open(struct patch **p, int mb_width, int mb_height)
{
	size_t n = (size_t)mb_width * (size_t)mb_height;
	struct patch *q = calloc(1, sizeof(*q));

	*p = NULL;
	if (!q)
		return -ENOMEM;
	if (slice_open(&q->slice, mb_width, mb_height)) {
		free(q);
		return -ENOMEM;
	}
	q->undo = malloc(n * sizeof(*q->undo));
	q->slice.before = (struct patch_target){ .luma = malloc(n * MB_PIXELS),
		.luma_stride = mb_width * MB_SIZE,
		.chroma_stride = mb_width * MB_SIZE };
	if (!q->undo || !q->slice.before.luma) {
		patch_close(q);
		return -ENOMEM;
	}
	q->slice.before.chroma = q->slice.before.luma + n * MB_CB;
	*p = q;
	return 0;
}

void
patch_close(struct patch *p)
{
	if (!p)
		return;
	free(p->slice.before.luma);
	free(p->undo);
	slice_close(&p->slice);
	free(p);
}

/* What scrolls is in there. */
static struct mb_box
bounds(const struct patch *p, const uint8_t *constant)
{
	int width = p->slice.mb_width, height = p->slice.mb_height;
	struct mb_box box = { width, height, 0, 0 };

	for (int y = 0; y < height; y++) {
		const uint8_t *row = constant + y * width;
		const uint8_t *first = memchr(row, 0, (size_t)width), *last;

		if (!first)
			continue;
		last = memrchr(row, 0, (size_t)width);
		if (first - row < box.left)
			box.left = (int)(first - row);
		if (last - row >= box.right)
			box.right = (int)(last - row) + 1;
		if (y < box.top)
			box.top = y;
		box.bottom = y + 1;
	}
	return box;
}

static void
begin_scroll(
    struct patch *p, const struct patch_source *s, const struct patch_target *t)
{
	struct slice *l = &p->slice;

	l->scroll = 0;
	if (!s->scroll || abs(s->scroll) > p->reach || !t->margin)
		return;
	l->scrolled = bounds(p, s->constant);
	if (l->scrolled.bottom)
		target_copy(&l->before, t, &l->scrolled);
	l->scroll = s->scroll;
}

/*
 * The next macroblock that may not be skipped: one that may differ, or the
 * right neighbour of one that makes it move when skipped.
 */
static const uint8_t *
next_of(const struct patch *p, const uint8_t *at, const uint8_t *end)
{
	const struct macroblock *m = &p->mb;

	if (p->slice.scroll && m->motion != MOTION_STILL &&
	    m->x + 1 < p->slice.mb_width)
		return at;
	return at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
}

/* Into t, unless that has it. */
static void
store(struct patch *p, const struct patch_target *t, int *done)
{
	const struct macroblock *m = &p->mb;

	if (!p->slice.scroll) {
		struct undo *u = &p->undo[*done];

		if (!memcmp(m->pixels, m->still, MB_PIXELS))
			return;
		u->x = m->x;
		u->y = m->y;
		memcpy(u->pixels, m->still, MB_PIXELS);
		++*done;
	}
	target_store(m->pixels, t, m->x, m->y);
}

/* What changed, in the order it did: back to what it was... */
static void
revert(const struct patch *p, const struct patch_target *t, int done)
{
	for (int i = 0; i < done; i++)
		target_store(p->undo[i].pixels, t, p->undo[i].x, p->undo[i].y);
	if (p->slice.scroll)
		target_copy(t, &p->slice.before, &p->slice.scrolled);
}

/* ... or on into the margin. */
static void
repeat(const struct patch *p, const struct patch_target *t, int done)
{
	const struct slice *l = &p->slice;

	for (int i = 0; i < done; i++)
		target_repeat(
		    t, p->undo[i].x, p->undo[i].y, l->mb_width, l->mb_height);
	for (int y = l->scrolled.top; l->scroll && y < l->scrolled.bottom; y++)
		for (int x = l->scrolled.left; x < l->scrolled.right; x++)
			target_repeat(t, x, y, l->mb_width, l->mb_height);
}

static bool
code(struct patch *p, const struct patch_source *s,
    const struct patch_target *t, int at)
{
	struct macroblock *m = &p->mb;

	m->x = at % p->slice.mb_width;
	m->y = at / p->slice.mb_width;
	if (!s->constant[at])
		return macroblock_code(m, &p->slice, s->picture, t);
	macroblock_keep(m, t);
	return neighbours_skipped(&p->slice.neighbours, m->x, m->y) !=
	    MOTION_STILL;
}

/* The macroblocks that may differ; *done are in t, even when the rest fails. */
static int
patch_all(struct patch *p, const struct patch_source *s,
    const struct patch_target *t, struct bits *b, int *done)
{
	const uint8_t *at = s->constant, *next = at;
	const uint8_t *end = at + p->slice.mb_width * p->slice.mb_height;
	struct macroblock *m = &p->mb;

	p->next = (int)(end - s->constant);
	m->motion = MOTION_STILL;
	for (; (at = next_of(p, at, end)); at++) {
		if (s->enough && wbuf_len(&b->bytes) >= s->enough) {
			p->next = (int)(at - s->constant);
			break;
		}
		if (code(p, s, t, (int)(at - s->constant))) {
			bits_put_ue(b, (uint32_t)(at - next)); /* mb_skip_run */
			macroblock_put(m, &p->slice, b);
			next = at + 1;
		} else {
			neighbours_skip(
			    &p->slice.neighbours, m->x, m->y, m->motion);
		}
		if (!t->margin && macroblock_moves_edge(m, &p->slice))
			return -EDOM;
		if (b->bytes.bad)
			return -ENOSPC;
		store(p, t, done);
	}
	if (next < end)
		bits_put_ue(b, (uint32_t)(end - next));
	bits_end(b);
	return b->bytes.bad ? -ENOSPC : 0;
}

int
patch_next(const struct patch *p)
{
	return p->next;
}

ssize_t
patch_encode(struct patch *p, const struct patch_source *s,
    const struct patch_target *t, uint8_t *out, size_t size)
{
	struct bits b = { .bytes = wbuf_of(out, size) };
	int done = 0, err;

	assert(p->num_bits && s->qp >= 0 && s->qp <= QP_MAX);
	assert(!s->enough || !s->scroll);
	assert(
	    (s->picture->width + MB_SIZE - 1) / MB_SIZE == p->slice.mb_width &&
	    (s->picture->height + MB_SIZE - 1) / MB_SIZE == p->slice.mb_height);
	slice_begin(&p->slice, s->qp);
	begin_scroll(p, s, t);
	patch_put_header(p, s, &b);
	err = patch_all(p, s, t, &b, &done);
	if (err)
		revert(p, t, done);
	else if (t->margin)
		repeat(p, t, done);
	return err ? err : (ssize_t)wbuf_len(&b.bytes);
}
