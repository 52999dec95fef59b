#include "screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

static size_t
in_fours(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static void
reader_size(struct frames_reader *r, const struct frames_geometry *g)
{
	struct screen *s = r->arg;

	s->fresh = false;
	s->width = (uint16_t)g->width;
	s->height = (uint16_t)g->height;
	s->stride = in_fours(s->width) * 4;
	free(s->pixels);
	s->pixels = calloc(in_fours(s->height), s->stride);
	if (!s->pixels)
		die(EXIT_TEMP, ENOMEM, "no room for a picture");
	region_clear(&s->dirty);
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
reader_line(struct frames_reader *r, const char *line, size_t len)
{
	struct screen *s = r->arg;
	struct frames_line l;

	if (frames_line_decode(&l, line, len) || l.kind != FRAMES_CURSOR)
		return;
	pointer_take(&s->pointer, &l);
	s->ops->pointer(s);
}

static void
reader_down(struct frames_reader *r, int err)
{
	struct screen *s = r->arg;

	(void)err;
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
	free(s->pixels);
	s->pixels = NULL;
}

static void
copy(struct screen *s, const struct frame *f, struct rect r)
{
	size_t stride = s->reader.geometry.stride;
	const uint8_t *from = f->pixels + r.y * stride + (size_t)r.x * 4;
	uint8_t *to = s->pixels + r.y * s->stride + (size_t)r.x * 4;

	for (int y = 0; y < r.h; y++, from += stride, to += s->stride)
		memcpy(to, from, (size_t)r.w * 4);
}

bool
screen_take(struct screen *s)
{
	struct frame f;

	if (!s->fresh)
		return s->pixels;
	s->fresh = false;
	if (!frames_reader_take(&s->reader, &f))
		return s->pixels;
	for (unsigned int i = 0; i < f.damage.n; i++)
		copy(s, &f, f.damage.rects[i]);
	region_join(&s->dirty, &f.damage);
	if (!frames_reader_check(&s->reader, &f))
		return false;
	frames_reader_ack(&s->reader, &f);
	return true;
}

void
screen_forget(struct screen *s)
{
	region_clear(&s->dirty);
	if (s->pixels)
		region_add(
		    &s->dirty, (struct rect){ 0, 0, s->width, s->height });
}
