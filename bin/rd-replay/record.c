#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "recording.h"

static bool
is_written(const struct record *r)
{
	return r->done == r->len && link_is_up(&r->out);
}

static void
put_line(struct record *r, const struct frames_line *l)
{
	ssize_t n =
	    recording_encode(l, (char *)r->buf + r->len, r->size - r->len);

	if (n > 0)
		r->len += (size_t)n;
}

static void
put_geometry(struct record *r)
{
	struct frames_line hello = { .kind = FRAMES_HELLO };
	struct frames_line l = { .kind = FRAMES_GEOMETRY,
		.geometry.size = r->in.geometry };

	if (!r->greeted)
		put_line(r, &hello);
	put_line(r, &l);
	r->greeted = true;
	r->resized = false;
}

static void
put_pixels(struct record *r, const struct region *g, const uint8_t *pixels)
{
	size_t stride = r->in.geometry.stride;

	for (unsigned int i = 0; i < g->n; i++) {
		const struct rect *d = &g->rects[i];
		const uint8_t *row = pixels + d->y * stride + d->x * 4u;

		for (int y = 0; y < d->h; y++, row += stride) {
			memcpy(r->buf + r->len, row, d->w * 4u);
			r->len += d->w * 4u;
		}
	}
}

static void
put_frame(struct record *r)
{
	const struct frames_geometry *size = &r->in.geometry;
	struct frames_line l = { .kind = FRAMES_FRAME };
	struct region *g = &l.frame.damage;
	size_t start = r->len;
	struct frame f;

	if (!frames_reader_take(&r->in, &f))
		return;
	/* What was there before recording began is what it begins with. */
	if (r->time_us < f.time_us)
		r->time_us = f.time_us;
	l.frame.time_us = r->time_us;
	*g = f.damage;
	/* Rectangles may overlap: never more than the picture once. */
	if (region_area(g) > (uint64_t)size->width * size->height)
		*g = (struct region){ 1,
			{ { 0, 0, (uint16_t)size->width,
			    (uint16_t)size->height } } };
	put_line(r, &l);
	put_pixels(r, g, f.pixels);
	if (!frames_reader_check(&r->in, &f)) {
		r->len = start;
		return;
	}
	frames_reader_ack(&r->in, &f);
	r->full = r->left && --r->left == 0;
}

/* Put what there is into the buffer; false when that is nothing. */
static bool
compose(struct record *r)
{
	r->len = r->done = 0;
	if (r->resized)
		put_geometry(r);
	for (int i = 0; i < RECORD_LINES; i++) {
		memcpy(r->buf + r->len, r->line[i], r->line_len[i]);
		r->len += r->line_len[i];
		r->line_len[i] = 0;
	}
	put_frame(r);
	return r->len;
}

static void
pump(struct record *r)
{
	r->done += link_write(&r->out, r->buf + r->done, r->len - r->done);
}

static void
step(struct record *r)
{
	while (is_written(r) && !r->full && r->buf && compose(r))
		pump(r);
	if (is_written(r) && (r->full || r->gone))
		loop_stop(&r->loop);
}

static void
in_geometry(struct frames_reader *in, const struct frames_geometry *g)
{
	struct record *r = in->arg;
	/* Both lines and a geometry may go before a frame. */
	size_t size = RECORD_LINES * FRAMES_LINE_MAX +
	    recording_item_max(g->width, g->height);
	uint8_t *grown;

	if (size > r->size) {
		grown = realloc(r->buf, size);
		if (!grown)
			die(EXIT_TEMP, ENOMEM, "cannot record %ux%u pixels",
			    g->width, g->height);
		r->buf = grown;
		r->size = size;
	}
	r->resized = true;
	step(r);
}

static void
in_ready(struct frames_reader *in)
{
	step(in->arg);
}

static void
in_line(struct frames_reader *in, const char *line, size_t len)
{
	struct record *r = in->arg;
	enum record_line which = *line == 'c' ? RECORD_CURSOR : RECORD_POINTER;

	if (*line == 'w' || len >= FRAMES_LINE_MAX)
		return;
	step(r); /* the frame that came before it */
	memcpy(r->line[which], line, len);
	r->line[which][len] = '\n';
	r->line_len[which] = len + 1;
	step(r);
}

static void
in_down(struct frames_reader *in, int err)
{
	struct record *r = in->arg;

	r->gone = true;
	r->in_err = err;
	step(r);
}

static const struct frames_reader_ops in_ops = {
	.geometry = in_geometry,
	.ready = in_ready,
	.line = in_line,
	.down = in_down,
};

static void
out_writable(struct link *l)
{
	struct record *r = l->arg;

	pump(r);
	step(r);
}

static void
out_down(struct link *l, int err)
{
	(void)l;
	die(EXIT_TEMP, err ? err : EPIPE, "cannot write to standard output");
}

static const struct link_ops out_ops = {
	.writable = out_writable,
	.down = out_down,
};

void
record_run(struct record *r)
{
	struct link_config c = { .ops = &out_ops, .arg = r };
	int err = loop_init(&r->loop);

	if (err)
		die(EXIT_TEMP, err, "cannot make an event loop");
	err = link_open_stdout(&r->out, &r->loop, &c);
	if (err)
		die(EXIT_TEMP, err, "cannot write to standard output");
	r->time_us = clock_us();
	err = frames_reader_open(&r->in, &r->loop, r->addr, false, &in_ops, r);
	if (err)
		die(EXIT_TEMP, err, "cannot connect to '%s'", r->addr);
	loop_run(&r->loop);
	/* Asked to end amid a frame: not before that is whole, or once more. */
	r->full = true;
	if (!is_written(r)) {
		r->loop.stopped = false;
		loop_run(&r->loop);
	}
	if (r->in_err == -EBADMSG || r->in_err == -EMSGSIZE)
		die(EXIT_PERM, 0, "'%s' gives no frames", r->addr);
	if (r->in_err)
		die(EXIT_TEMP, r->in_err, "cannot read '%s'", r->addr);
	frames_reader_close(&r->in);
	link_close(&r->out);
	free(r->buf);
	loop_clear(&r->loop);
}
