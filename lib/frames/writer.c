#include "frames/writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "frames/lines.h"
#include "link/line.h"

enum { CONTROL_MAX = 256 };

/* What it was sent last has left. */
static bool
has_room(const struct frames_peer *p)
{
	return link_is_up(&p->link) && link_is_idle(&p->link);
}

static bool
may_take(struct frames_peer *p)
{
	int64_t now, next;

	if (!has_room(p) || p->geometry_due || (p->acks && p->acked < p->sent))
		return false;
	now = clock_us();
	next = pace_next(&p->pace, now);
	if (next > now)
		loop_timer_set(p->writer->loop, &p->timer, next);
	return next <= now;
}

static void
send_geometry(struct frames_peer *p)
{
	const struct ring *ring = p->writer->ring;
	struct frames_line hello = { .kind = FRAMES_HELLO };
	struct frames_line l = { .kind = FRAMES_GEOMETRY };
	char text[FRAMES_TEXT_MAX];
	ssize_t n = 0;

	l.geometry.size = ring->geometry;
	l.geometry.pid = getpid();
	l.geometry.fd = ring->fd;
	if (!p->greeted)
		n = frames_line_encode(&hello, text, sizeof(text));
	n += frames_line_encode(&l, text + n, sizeof(text) - (size_t)n);
	/* Only a socket, which is duplex, carries descriptors. */
	if (link_send(
		&p->link, text, (size_t)n, p->link.rfd == -1 ? -1 : ring->fd))
		return;
	p->greeted = true;
	p->geometry_due = false;
	p->acked = p->sent;
	region_clear(&p->pending);
	region_add(&p->pending,
	    (struct rect){ 0, 0, (uint16_t)ring->geometry.width,
		(uint16_t)ring->geometry.height });
}

static void
send_pointer(struct frames_peer *p)
{
	struct frames_line l = { .kind = FRAMES_POINTER };
	char text[FRAMES_TEXT_MAX];
	ssize_t n;

	l.pointer.x = p->writer->x;
	l.pointer.y = p->writer->y;
	n = frames_line_encode(&l, text, sizeof(text));
	p->pointer_due = link_send(&p->link, text, (size_t)n, -1) != 0;
}

/* All that is not a frame, as it is now. */
static void
send_state(struct frames_peer *p)
{
	struct frames_writer *w = p->writer;

	if (p->geometry_due && has_room(p))
		send_geometry(p);
	if (!p->greeted)
		return;
	for (int i = 0; i < FRAMES_LINES; i++)
		if (p->line_due[i] && has_room(p))
			p->line_due[i] = link_send(&p->link, w->line[i],
					     w->line_len[i], -1) != 0;
	if (p->pointer_due && has_room(p))
		send_pointer(p);
}

static void
send_frame(struct frames_peer *p)
{
	const struct frame *f = &p->writer->newest;
	struct frames_line l = { .kind = FRAMES_FRAME };
	char text[FRAMES_TEXT_MAX];
	ssize_t n;

	if (!f->seq || !p->pending.n || !may_take(p))
		return;
	l.frame.seq = f->seq;
	l.frame.time_us = f->time_us;
	l.frame.slot = f->slot;
	l.frame.damage = p->pending;
	n = frames_line_encode(&l, text, sizeof(text));
	if (link_send(&p->link, text, (size_t)n, -1))
		return;
	p->sent = f->seq;
	pace_took(&p->pace, f->time_us, p->interval_us);
	region_clear(&p->pending);
}

/* p can take more than before.  A newer frame is better than the newest. */
static void
serve(struct frames_peer *p)
{
	send_state(p);
	p->writer->ready(p->writer);
	send_frame(p);
}

static void
peer_up(struct link *l)
{
	struct frames_peer *p = l->arg;
	struct frames_writer *w = p->writer;

	p->used = p->geometry_due = true;
	p->greeted = p->acks = false;
	for (int i = 0; i < FRAMES_LINES; i++)
		p->line_due[i] = w->line_len[i] > 0;
	p->pointer_due = w->pointer_known;
	p->sent = p->acked = 0;
	p->interval_us = 0;
	p->pace = (struct pace){ 0 };
	if (w->count++ == 0)
		w->wanted(w, true);
	serve(p);
}

static ssize_t
peer_input(struct link *l, const uint8_t *data, size_t len)
{
	struct frames_peer *p = l->arg;
	ptrdiff_t n = line_find(data, len);
	struct frames_line line;
	int err;

	if (n < 0)
		return len < CONTROL_MAX ? 0 : -EMSGSIZE;
	err = frames_line_decode(&line, (const char *)data, (size_t)n);
	if (err)
		return err;
	if (line.kind == FRAMES_ACK && line.frame.seq <= p->sent) {
		p->acks = true;
		if (line.frame.seq > p->acked)
			p->acked = line.frame.seq;
		serve(p);
	} else if (line.kind == FRAMES_RATE) {
		p->interval_us = 1000000 / line.fps;
	}
	return n + 1;
}

static void
peer_writable(struct link *l)
{
	serve(l->arg);
}

static void
peer_expired(struct loop_timer *t)
{
	serve(t->arg);
}

static void
peer_down(struct link *l, int err)
{
	struct frames_peer *p = l->arg;
	struct frames_writer *w = p->writer;

	p->used = false;
	loop_timer_stop(w->loop, &p->timer);
	if (--w->count == 0)
		w->wanted(w, false);
	if (!w->server.loop)
		w->closed(w, err);
}

static const struct link_ops peer_ops = {
	.up = peer_up,
	.input = peer_input,
	.writable = peer_writable,
	.down = peer_down,
};

static struct link *
peer_accept(struct link_server *s)
{
	struct frames_writer *w = s->arg;

	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		if (!w->peers[i].used) {
			s->config.arg = &w->peers[i];
			return &w->peers[i].link;
		}
	}
	return NULL;
}

int
frames_writer_open(struct frames_writer *w, struct loop *loop, const char *path,
    const struct ring *ring)
{
	struct link_config c = { .ops = &peer_ops,
		.arg = &w->peers[0],
		.in_size = 2 * CONTROL_MAX,
		.out_size = FRAMES_LINE_MAX };

	w->loop = loop;
	w->ring = ring;
	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		struct frames_peer *p = &w->peers[i];

		p->writer = w;
		p->timer =
		    (struct loop_timer){ .expired = peer_expired, .arg = p };
	}
	if (!path)
		return link_open_stdout(&w->peers[0].link, loop, &c);
	w->server.arg = w;
	w->server.accept = peer_accept;
	return link_listen(&w->server, loop, path, &c);
}

void
frames_writer_close(struct frames_writer *w)
{
	link_unlisten(&w->server);
	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		loop_timer_stop(w->loop, &w->peers[i].timer);
		link_close(&w->peers[i].link);
	}
}

void
frames_writer_ring(struct frames_writer *w, const struct ring *ring)
{
	w->ring = ring;
	w->newest.seq = 0;
	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		struct frames_peer *p = &w->peers[i];

		p->geometry_due = true;
		if (p->used)
			send_state(p);
	}
}

void
frames_writer_frame(struct frames_writer *w, const struct frame *f)
{
	w->newest = *f;
	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		struct frames_peer *p = &w->peers[i];

		if (p->used) {
			region_join(&p->pending, &f->damage);
			send_frame(p);
		}
	}
}

void
frames_writer_line(struct frames_writer *w, enum frames_kept kind,
    const char *line, size_t len)
{
	if (len == w->line_len[kind] && !memcmp(w->line[kind], line, len))
		return;
	memcpy(w->line[kind], line, len);
	w->line_len[kind] = len;
	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		struct frames_peer *p = &w->peers[i];

		p->line_due[kind] = true;
		if (p->used)
			send_state(p);
	}
}

void
frames_writer_pointer(struct frames_writer *w, int x, int y)
{
	w->x = x;
	w->y = y;
	w->pointer_known = true;
	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		struct frames_peer *p = &w->peers[i];

		p->pointer_due = true;
		if (p->used)
			send_state(p);
	}
}

void
frames_writer_hurry(struct frames_writer *w)
{
	struct frames_line l = { .kind = FRAMES_INPUT };
	char text[FRAMES_TEXT_MAX];
	ssize_t n = frames_line_encode(&l, text, sizeof(text));

	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		struct frames_peer *p = &w->peers[i];

		if (!p->used)
			continue;
		pace_hurry(&p->pace, clock_us());
		if (p->greeted && has_room(p))
			link_send(&p->link, text, (size_t)n, -1);
	}
}

bool
frames_writer_ready(struct frames_writer *w)
{
	bool ready = false;

	/* Ask all: whoever is held back by its rate sets its timer. */
	for (unsigned int i = 0; i < FRAMES_READERS; i++)
		if (w->peers[i].used && may_take(&w->peers[i]))
			ready = true;
	return ready;
}

/*
 * One that never said that it acknowledges may have been sent a frame just
 * now, so that it may take another is not enough.
 */
bool
frames_writer_taken(struct frames_writer *w)
{
	for (unsigned int i = 0; i < FRAMES_READERS; i++) {
		struct frames_peer *p = &w->peers[i];

		if (p->used && p->acked >= p->sent &&
		    !(w->newest.seq && p->pending.n) && may_take(p))
			return true;
	}
	return false;
}

bool
frames_writer_idle(const struct frames_writer *w)
{
	for (unsigned int i = 0; i < FRAMES_READERS; i++)
		if (w->peers[i].used && !link_is_idle(&w->peers[i].link))
			return false;
	return true;
}
