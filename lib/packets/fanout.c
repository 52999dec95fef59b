#include "packets/fanout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link/line.h"

enum {
	CONTROL_MAX = 256,
	/*
	 * No event tells that a reader that is behind reads again: it is
	 * looked at after a part of the time that it has been so.
	 */
	LOOK_MIN_US = 1000,
	LOOK_MAX_US = 50000,
	LOOK_PART = 8,
};

static void
ring_write(struct fanout *f, const void *data, size_t len)
{
	size_t at = f->head & (f->size - 1);
	size_t first = len < f->size - at ? len : f->size - at;

	if (!len)
		return; /* data may be NULL */
	memcpy(f->ring + at, data, first);
	memcpy(f->ring, (const uint8_t *)data + first, len - first);
	f->head += len;
}

static void
ring_read(const struct fanout *f, uint64_t pos, uint8_t *data, size_t len)
{
	size_t at = pos & (f->size - 1);
	size_t first = len < f->size - at ? len : f->size - at;

	memcpy(data, f->ring + at, first);
	memcpy(data + first, f->ring, len - first);
}

/* The header of the packet that starts at pos, which is in the ring. */
static struct packet
header_at(const struct fanout *f, uint64_t pos)
{
	uint8_t bytes[PACKET_HEADER];
	struct packet p = { 0 };

	ring_read(f, pos, bytes, sizeof(bytes));
	packet_decode(&p, bytes, sizeof(bytes));
	return p;
}

/* There is something better for a reader that comes to it only now. */
static bool
is_late(const struct fanout *f, uint64_t pos)
{
	return pos < f->last &&
	    clock_us() - (int64_t)header_at(f, pos).done_us > FANOUT_LATE_US;
}

/*
 * Leave out what is queued for r, which is between two packets, up to a key
 * packet; should that be late too, or gone, r is soon here again.
 */
static void
skip(struct fanout_reader *r)
{
	const struct fanout *f = r->fanout;

	r->pos = r->unit_end = f->key > r->pos ? f->key : f->head;
	r->state = FANOUT_LOST;
}

/* Step to the next packet r should get; false when there is none. */
static bool
next_packet(struct fanout_reader *r)
{
	struct fanout *f = r->fanout;

	while (r->pos < f->head) {
		struct packet p;

		if (r->pos < f->tail || is_late(f, r->pos)) {
			skip(r);
			continue;
		}
		p = header_at(f, r->pos);
		r->unit_end = r->pos + PACKET_HEADER + p.len;
		if (p.flags & PACKET_KEY) {
			r->state = FANOUT_GOING;
			r->begun = true;
		}
		if (r->state == FANOUT_GOING || p.kind == PACKET_CURSOR) {
			r->ahead += p.kind != PACKET_CURSOR;
			r->pos += f->plain ? PACKET_HEADER : 0;
			return true;
		}
		r->pos = r->unit_end;
	}
	return false;
}

/* Whether more given to r would only wait in the kernel, and come old. */
static bool
is_behind(struct fanout_reader *r)
{
	int64_t now = clock_us();

	if (link_unread(&r->link) == 0) {
		r->ahead = 0;
		r->read_us = now;
	}
	return r->ahead >= FANOUT_AHEAD || now - r->read_us > FANOUT_LATE_US;
}

static void
look_again(struct fanout_reader *r)
{
	int64_t now = clock_us();
	int64_t wait = (now - r->read_us) / LOOK_PART;

	if (wait < LOOK_MIN_US)
		wait = LOOK_MIN_US;
	if (wait > LOOK_MAX_US)
		wait = LOOK_MAX_US;
	loop_timer_set(r->fanout->loop, &r->timer, now + wait);
}

/* Write what is left of the packet r is in; false when not all went in. */
static bool
write_unit(struct fanout_reader *r)
{
	struct fanout *f = r->fanout;

	while (r->pos < r->unit_end) {
		size_t len = (size_t)(r->unit_end - r->pos), n;
		size_t at = r->pos & (f->size - 1);
		const uint8_t *p = f->ring + at;

		if (r->rest)
			p = r->rest + r->rest_len - len;
		else if (len > f->size - at)
			len = f->size - at;
		n = link_write(&r->link, p, len);
		r->pos += n;
		if (n < len)
			return false;
	}
	free(r->rest);
	r->rest = NULL;
	return true;
}

/* Give r as much as it should have now. */
static void
pump(struct fanout_reader *r)
{
	struct fanout *f = r->fanout;

	do {
		if (!write_unit(r))
			return;
		if (r->pos == f->head && r->state != FANOUT_LOST)
			return;
		if (is_behind(r)) {
			look_again(r);
			return;
		}
	} while (next_packet(r));
	if (r->state == FANOUT_LOST) {
		r->state = FANOUT_ASKED;
		f->key_wanted(f, r); /* which may send one at once */
	}
}

/* r can take more than before. */
static void
serve(struct fanout_reader *r)
{
	struct fanout *f = r->fanout;

	pump(r);
	if (f->refused && fanout_ready(f) && f->drained)
		f->drained(f);
}

static void
reader_up(struct link *l)
{
	struct fanout_reader *r = l->arg;
	struct fanout *f = r->fanout;

	r->used = true;
	r->pos = r->unit_end = f->head;
	r->state = FANOUT_LOST;
	r->ahead = 0;
	r->begun = false;
	r->bitrate = 0;
	r->lead = 0;
	r->read_us = clock_us();
	if (f->count++ == 0)
		f->wanted(f, true);
	serve(r);
}

static ssize_t
reader_input(struct link *l, const uint8_t *p, size_t len)
{
	struct fanout_reader *r = l->arg;
	struct fanout *f = r->fanout;
	ptrdiff_t n = line_find(p, len);

	if (n < 0)
		return len < CONTROL_MAX ? 0 : -EMSGSIZE;
	if (f->control)
		f->control(f, r, (const char *)p, (size_t)n);
	return n + 1;
}

static void
reader_writable(struct link *l)
{
	serve(l->arg);
}

static void
reader_expired(struct loop_timer *t)
{
	serve(t->arg);
}

/* Free what r has besides its link. */
static void
reader_clear(struct fanout_reader *r)
{
	loop_timer_stop(r->fanout->loop, &r->timer);
	free(r->rest);
	r->rest = NULL;
	r->used = false;
}

static void
reader_down(struct link *l, int err)
{
	struct fanout_reader *r = l->arg;
	struct fanout *f = r->fanout;

	reader_clear(r);
	if (--f->count == 0)
		f->wanted(f, false);
	if (!f->server.loop && f->closed)
		f->closed(f, err);
}

static const struct link_ops reader_ops = {
	.up = reader_up,
	.input = reader_input,
	.writable = reader_writable,
	.down = reader_down,
};

static struct link *
reader_accept(struct link_server *s)
{
	struct fanout *f = s->arg;

	for (unsigned int i = 0; i < FANOUT_READERS; i++) {
		struct fanout_reader *r = &f->readers[i];

		if (!r->used) {
			s->config.arg = r;
			return &r->link;
		}
	}
	return NULL;
}

int
fanout_open(struct fanout *f, struct loop *loop, const char *path, size_t size)
{
	struct link_config c = { .ops = &reader_ops,
		.in_size = 2 * CONTROL_MAX };
	int err;

	f->loop = loop;
	f->size = size;
	f->ring = malloc(size);
	if (!f->ring)
		return -ENOMEM;
	for (unsigned int i = 0; i < FANOUT_READERS; i++) {
		struct fanout_reader *r = &f->readers[i];

		r->fanout = f;
		r->timer =
		    (struct loop_timer){ .expired = reader_expired, .arg = r };
	}
	if (path) {
		f->server.arg = f;
		f->server.accept = reader_accept;
		err = link_listen(&f->server, loop, path, &c);
	} else {
		c.arg = &f->readers[0];
		err = link_open_stdout(&f->readers[0].link, loop, &c);
	}
	if (err)
		fanout_close(f);
	return err;
}

void
fanout_close(struct fanout *f)
{
	link_unlisten(&f->server);
	for (unsigned int i = 0; i < FANOUT_READERS; i++) {
		struct fanout_reader *r = &f->readers[i];

		if (r->used)
			reader_clear(r);
		link_close(&r->link);
	}
	free(f->ring);
	f->ring = NULL;
}

/* What is left of the packet r is in goes aside, once in a while. */
static int
keep_rest(struct fanout_reader *r)
{
	const struct fanout *f = r->fanout;
	size_t len = (size_t)(r->unit_end - r->pos);

	r->rest = malloc(len);
	if (!r->rest)
		return -ENOMEM;
	ring_read(f, r->pos, r->rest, len);
	r->rest_len = len;
	return 0;
}

/* Have the ring begin at tail, whoever is still before it. */
static void
move_tail(struct fanout *f, uint64_t tail)
{
	f->tail = tail;
	for (unsigned int i = 0; i < FANOUT_READERS; i++) {
		struct fanout_reader *r = &f->readers[i];

		if (!r->used || r->pos == r->unit_end || r->pos >= tail ||
		    r->rest || !keep_rest(r))
			continue;
		link_close(&r->link);
		reader_down(&r->link, -ENOMEM);
	}
}

/* Make the ring large enough for a packet of n bytes, of which it has none. */
static int
grow(struct fanout *f, size_t n)
{
	size_t size = f->size;
	uint8_t *ring;

	while (size < n)
		size *= 2;
	ring = malloc(size);
	if (!ring)
		return -ENOMEM;
	move_tail(f, f->head);
	free(f->ring);
	f->ring = ring;
	f->size = size;
	return 0;
}

int
fanout_send(struct fanout *f, const struct packet *p)
{
	uint8_t header[PACKET_HEADER];
	size_t n = sizeof(header) + p->len;
	struct packet numbered = *p;
	int err;

	if (p->len > PACKET_MAX)
		return -EMSGSIZE;
	if (n > f->size && (err = grow(f, n)))
		return err;
	if (f->head + n > f->tail + f->size)
		move_tail(f, f->head + n - f->size);
	numbered.seq = f->seq++;
	if (p->kind != PACKET_CURSOR)
		f->last = f->head;
	if (p->flags & PACKET_KEY)
		f->key = f->head;
	packet_encode(&numbered, header);
	ring_write(f, header, sizeof(header));
	ring_write(f, p->payload, p->len);
	for (unsigned int i = 0; i < FANOUT_READERS; i++)
		if (f->readers[i].used)
			pump(&f->readers[i]);
	return 0;
}

bool
fanout_ready(struct fanout *f)
{
	bool ready = false;

	for (unsigned int i = 0; i < FANOUT_READERS && !ready; i++) {
		struct fanout_reader *r = &f->readers[i];

		ready = r->used && r->pos == f->head && !is_behind(r);
	}
	f->refused = !ready;
	for (unsigned int i = 0; i < FANOUT_READERS && !ready; i++) {
		struct fanout_reader *r = &f->readers[i];

		if (r->used && r->pos == f->head)
			look_again(r);
	}
	return ready;
}
