#include "recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "link/line.h"

enum { VERSION = 1 };

size_t
recording_item_max(uint32_t width, uint32_t height)
{
	return FRAMES_LINE_MAX + (size_t)width * height * 4;
}

size_t
recording_pixels(const struct region *g)
{
	return region_area(g) * 4;
}

static int
fail(struct recording *r, const char *wrong)
{
	r->wrong = wrong;
	return -EBADMSG;
}

static int
decode_geometry(struct recording *r, struct frames_geometry *g, struct words *w)
{
	g->width = (uint32_t)words_int(w, 1, FRAMES_SIZE_MAX);
	g->height = (uint32_t)words_int(w, 1, FRAMES_SIZE_MAX);
	if (!words_end(w))
		return fail(r, "malformed geometry");
	r->width = g->width;
	r->height = g->height;
	return 0;
}

static int
decode_frame(struct recording *r, struct frames_line *l, struct words *w)
{
	struct region *g = &l->frame.damage;

	g->n = 0;
	/* Half the range, so that a time added to it does not leave it. */
	l->frame.time_us = words_int(w, 0, INT64_MAX / 2);
	do {
		struct rect *d = &g->rects[g->n];

		d->x = (uint16_t)words_int(w, 0, r->width - 1);
		d->y = (uint16_t)words_int(w, 0, r->height - 1);
		d->w = (uint16_t)words_int(w, 1, r->width - d->x);
		d->h = (uint16_t)words_int(w, 1, r->height - d->y);
	} while (++g->n < REGION_MAX && !w->bad && !words_end(w));
	if (!words_end(w))
		return fail(r, "malformed frame, or one beyond the picture");
	if (region_area(g) > (uint64_t)r->width * r->height)
		return fail(r, "frame with more pixels than the picture");
	if (l->frame.time_us < r->time_us)
		return fail(r, "frame older than the one before");
	return 0;
}

static int
decode_line(struct recording *r, struct recording_item *i)
{
	struct words w = words_of(i->text, i->text_len - 1);
	struct frames_line *l = &i->line;

	l->kind = FRAMES_UNKNOWN;
	if (!r->greeted) {
		if (!words_is(&w, "rd-recording"))
			return fail(r, "not a recording");
		words_int(&w, VERSION, VERSION);
		if (!words_end(&w))
			return fail(r, "not a recording of version 1");
		l->kind = FRAMES_HELLO;
		r->greeted = true;
	} else if (words_is(&w, "geometry")) {
		l->kind = FRAMES_GEOMETRY;
		return decode_geometry(r, &l->geometry.size, &w);
	} else if (words_is(&w, "frame")) {
		l->kind = FRAMES_FRAME;
		return r->width ? decode_frame(r, l, &w)
				: fail(r, "frame before the first geometry");
	} else if (words_is(&w, "cursor") || words_is(&w, "pointer")) {
		if (!r->width)
			return fail(r, "cursor before the first geometry");
		if (frames_line_decode(l, i->text, i->text_len - 1))
			return fail(r, "malformed cursor or pointer");
	}
	return 0;
}

ssize_t
recording_next(
    struct recording *r, struct recording_item *i, const uint8_t *p, size_t len)
{
	ptrdiff_t n =
	    line_find(p, len < FRAMES_LINE_MAX ? len : FRAMES_LINE_MAX);
	size_t size;
	int err;

	if (n < 0 && len < FRAMES_LINE_MAX)
		return 0;
	if (n < 0)
		return fail(r, "line too long");
	i->text = (const char *)p;
	i->text_len = size = (size_t)n + 1;
	if ((err = decode_line(r, i)))
		return err;
	if (i->line.kind == FRAMES_FRAME) {
		i->pixels = p + size;
		size += recording_pixels(&i->line.frame.damage);
		if (len < size)
			return 0;
		r->time_us = i->line.frame.time_us;
	}
	r->offset += size;
	return (ssize_t)size;
}

int
recording_end(struct recording *r, size_t len)
{
	if (len)
		return fail(r, "cut short");
	return r->width ? 0 : fail(r, "no geometry");
}

static int
encode_frame(const struct frames_line *l, char *out, size_t size)
{
	int n = snprintf(out, size, "frame %" PRId64, l->frame.time_us);

	return frames_rects_print(&l->frame.damage, out, size, n);
}

ssize_t
recording_encode(const struct frames_line *l, char *out, size_t size)
{
	int n;

	switch (l->kind) {
	case FRAMES_HELLO:
		n = snprintf(out, size, "rd-recording %d\n", VERSION);
		break;
	case FRAMES_GEOMETRY:
		n = snprintf(out, size, "geometry %u %u\n",
		    l->geometry.size.width, l->geometry.size.height);
		break;
	case FRAMES_FRAME:
		n = encode_frame(l, out, size);
		break;
	default:
		return frames_line_encode(l, out, size);
	}
	return n >= 0 && (size_t)n < size ? n : -ENOSPC;
}
