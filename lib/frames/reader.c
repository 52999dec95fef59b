#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frames/frames.h"
#include "frames/lines.h"
#include "link/line.h"

enum { CONTROL_QUEUE = 1024 };

static void
tell(struct frames_reader *r, const struct frames_line *l)
{
	char text[FRAMES_TEXT_MAX];
	ssize_t n = frames_line_encode(l, text, sizeof(text));

	if (n > 0)
		link_send(&r->link, text, (size_t)n, -1);
}

/* The ring's descriptor: it came along on a socket, by its path on a pipe. */
static int
ring_fd(struct frames_reader *r, const struct frames_line *l)
{
	char path[40];
	int fd = link_take_fd(&r->link);

	if (fd != -1)
		return fd;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", l->geometry.pid,
	    l->geometry.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd == -1 ? -errno : fd;
}

static int
take_geometry(struct frames_reader *r, const struct frames_line *l)
{
	int fd = ring_fd(r, l), err;

	if (fd < 0)
		return fd;
	r->started = true;
	r->fresh = false;
	region_clear(&r->missed);
	ring_close(&r->ring);
	err = ring_map(&r->ring, fd, &l->geometry.size);
	close(fd);
	/* It was replaced already: another geometry line is on its way. */
	if (err == -ESTALE)
		return 0;
	if (err)
		return err;
	r->geometry = l->geometry.size;
	r->ops->geometry(r, &r->geometry);
	return 0;
}

static bool
is_inside(const struct region *g, const struct frames_geometry *size)
{
	for (unsigned int i = 0; i < g->n; i++) {
		const struct rect *r = &g->rects[i];

		if (r->x >= size->width || r->w > size->width - r->x ||
		    r->y >= size->height || r->h > size->height - r->y)
			return false;
	}
	return true;
}

static int
take_frame(struct frames_reader *r, const struct frames_line *l)
{
	if (!r->started)
		return -EBADMSG;
	if (!r->ring.map)
		return 0;
	if (l->frame.slot >= r->geometry.slots ||
	    !is_inside(&l->frame.damage, &r->geometry))
		return -EBADMSG;
	r->newest.seq = l->frame.seq;
	r->newest.time_us = l->frame.time_us;
	r->newest.slot = l->frame.slot;
	r->newest.pixels = ring_slot(&r->ring, l->frame.slot);
	region_join(&r->missed, &l->frame.damage);
	r->fresh = true;
	return 0;
}

static int
take_line(struct frames_reader *r, const char *line, size_t len)
{
	struct frames_line l;
	int err = frames_line_decode(&l, line, len);

	if (err)
		return err;
	if (!r->greeted && l.kind != FRAMES_HELLO)
		return -EBADMSG;
	switch (l.kind) {
	case FRAMES_HELLO:
		r->greeted = true;
		return 0;
	case FRAMES_GEOMETRY:
		return take_geometry(r, &l);
	case FRAMES_FRAME:
		return take_frame(r, &l);
	case FRAMES_INPUT:
		if (r->ops->input)
			r->ops->input(r);
		return 0;
	case FRAMES_CURSOR:
	case FRAMES_POINTER:
	case FRAMES_WINDOW:
		r->ops->line(r, line, len);
		return 0;
	default:
		return 0;
	}
}

static ssize_t
reader_input(struct link *link, const uint8_t *p, size_t len)
{
	struct frames_reader *r = link->arg;
	size_t done = 0;
	ptrdiff_t n;

	if (r->foreign || (!r->greeted && *p != 'r' && r->ops->other)) {
		r->foreign = true;
		return r->ops->other(r, p, len);
	}
	while ((n = line_find(p + done, len - done)) >= 0) {
		int err = take_line(r, (const char *)p + done, (size_t)n);

		if (err)
			return err;
		if (!link_is_up(link)) /* closed by what it was told */
			return 0;
		done += (size_t)n + 1;
	}
	if (done && r->fresh)
		r->ops->ready(r);
	return (ssize_t)done;
}

static void
reader_up(struct link *link)
{
	struct frames_reader *r = link->arg;

	r->greeted = r->started = r->fresh = r->foreign = false;
	if (r->fps)
		frames_reader_rate(r, r->fps);
}

static void
reader_down(struct link *link, int err)
{
	struct frames_reader *r = link->arg;

	r->ops->down(r, err);
}

static const struct link_ops reader_ops = {
	.up = reader_up,
	.input = reader_input,
	.down = reader_down,
};

static struct link_config
config_of(struct frames_reader *r, bool retry)
{
	return (struct link_config){ .ops = &reader_ops,
		.arg = r,
		.in_size = FRAMES_LINE_MAX + 1,
		.out_size = CONTROL_QUEUE,
		.retry = retry };
}

int
frames_reader_open(struct frames_reader *r, struct loop *loop, const char *addr,
    bool retry, const struct frames_reader_ops *ops, void *arg)
{
	struct link_config c = config_of(r, retry);

	*r = (struct frames_reader){ .arg = arg, .ops = ops };
	return link_connect(&r->link, loop, addr, &c);
}

int
frames_reader_attach(struct frames_reader *r, struct loop *loop, int fd,
    const struct frames_reader_ops *ops, void *arg)
{
	struct link_config c = config_of(r, false);

	*r = (struct frames_reader){ .arg = arg, .ops = ops };
	return link_open(&r->link, loop, fd, fd, &c);
}

void
frames_reader_close(struct frames_reader *r)
{
	link_close(&r->link);
	ring_close(&r->ring);
	r->fresh = false;
}

bool
frames_reader_take(struct frames_reader *r, struct frame *f)
{
	if (!r->fresh)
		return false;
	*f = r->newest;
	f->damage = r->missed;
	region_clear(&r->missed);
	r->fresh = false;
	return true;
}

bool
frames_reader_check(struct frames_reader *r, const struct frame *f)
{
	if (!r->ring.map || f->slot >= r->geometry.slots)
		return false;
	if (ring_holds(&r->ring, f->slot, f->seq))
		return true;
	region_join(&r->missed, &f->damage);
	region_clip(&r->missed, (uint16_t)r->geometry.width,
	    (uint16_t)r->geometry.height); /* it may be another since */
	if (r->acks)
		frames_reader_ack(r, f);
	return false;
}

void
frames_reader_ack(struct frames_reader *r, const struct frame *f)
{
	struct frames_line l = { .kind = FRAMES_ACK };

	l.frame.seq = f->seq;
	r->acks = true;
	tell(r, &l);
}

void
frames_reader_rate(struct frames_reader *r, int fps)
{
	struct frames_line l = { .kind = FRAMES_RATE, .fps = fps };

	r->fps = fps;
	tell(r, &l);
}
