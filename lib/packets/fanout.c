#include "packets/fanout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link/line.h"

enum { CONTROL_MAX = 256 };

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

/* The header of the packet that starts at pos, which is in the ring. */
static struct packet
header_at(const struct fanout *f, uint64_t pos)
{
	uint8_t bytes[PACKET_HEADER];
	struct packet p = { 0 };

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = f->ring[(pos + i) & (f->size - 1)];
	packet_decode(&p, bytes, sizeof(bytes));
	return p;
}

static void
wait_for_key(struct fanout_reader *r)
{
	if (r->waiting_key)
		return;
	r->waiting_key = true;
	r->fanout->key_wanted(r->fanout);
}

/* Leave out what is queued for r, which is between two packets. */
static void
skip(struct fanout_reader *r)
{
	struct fanout *f = r->fanout;

	if (f->has_key && f->key > r->pos) {
		r->pos = r->unit_end = f->key;
	} else {
		r->pos = r->unit_end = f->head;
		wait_for_key(r); /* which may send one at once */
	}
}

/* Step to the next packet r should get; false when there is none. */
static bool
next_packet(struct fanout_reader *r)
{
	struct fanout *f = r->fanout;
	struct packet p;

	while (r->pos < f->head) {
		p = header_at(f, r->pos);
		if (!r->waiting_key && r->pos != f->last && r->pos != f->key &&
		    clock_us() - (int64_t)p.done_us > FANOUT_LATE_US) {
			skip(r);
			if (r->pos < r->unit_end)
				return true;
			continue;
		}
		r->unit_end = r->pos + PACKET_HEADER + p.len;
		if (r->waiting_key && !(p.flags & PACKET_KEY) &&
		    p.kind != PACKET_CURSOR) {
			r->pos = r->unit_end;
			continue;
		}
		if (p.flags & PACKET_KEY)
			r->waiting_key = false;
		if (f->plain)
			r->pos += PACKET_HEADER;
		return true;
	}
	return false;
}

/* Write to r as much as it takes. */
static void
pump(struct fanout_reader *r)
{
	struct fanout *f = r->fanout;

	while (r->pos < r->unit_end || next_packet(r)) {
		size_t at = r->pos & (f->size - 1);
		size_t len = (size_t)(r->unit_end - r->pos);
		size_t n;

		if (len > f->size - at)
			len = f->size - at;
		n = link_write(&r->link, f->ring + at, len);
		r->pos += n;
		if (n < len)
			return;
	}
}

static void
reader_up(struct link *l)
{
	struct fanout_reader *r = l->arg;
	struct fanout *f = r->fanout;

	r->used = true;
	r->pos = r->unit_end = f->head;
	r->waiting_key = false;
	if (f->count++ == 0)
		f->wanted(f, true);
	wait_for_key(r);
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
		f->control(f, (const char *)p, (size_t)n);
	return n + 1;
}

static void
reader_writable(struct link *l)
{
	struct fanout_reader *r = l->arg;

	pump(r);
	if (r->pos == r->fanout->head && r->fanout->drained)
		r->fanout->drained(r->fanout);
}

static void
reader_down(struct link *l, int err)
{
	struct fanout_reader *r = l->arg;
	struct fanout *f = r->fanout;

	r->used = false;
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
	for (unsigned int i = 0; i < FANOUT_READERS; i++)
		f->readers[i].fanout = f;
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
	for (unsigned int i = 0; i < FANOUT_READERS; i++)
		link_close(&f->readers[i].link);
	free(f->ring);
	f->ring = NULL;
}

/*
 * Before n bytes are written over: nobody may still be in them.  False when
 * standard output is, which cannot be cut off.
 */
static bool
make_room(struct fanout *f, size_t n)
{
	if (f->has_key && f->key + f->size < f->head + n)
		f->has_key = false;
	for (unsigned int i = 0; i < FANOUT_READERS; i++) {
		struct fanout_reader *r = &f->readers[i];

		if (!r->used || r->pos + f->size >= f->head + n)
			continue;
		if (r->pos == r->unit_end) {
			skip(r);
		} else if (f->server.loop) {
			link_close(&r->link);
			reader_down(&r->link, -ETIMEDOUT);
		} else {
			wait_for_key(r);
			return false;
		}
	}
	return true;
}

int
fanout_send(struct fanout *f, const struct packet *p)
{
	uint8_t header[PACKET_HEADER];
	size_t n = sizeof(header) + p->len;
	struct packet numbered = *p;

	if (n > f->size / 2)
		return -EMSGSIZE;
	numbered.seq = f->seq++;
	if (!make_room(f, n))
		return 0;
	f->last = f->head;
	if (p->flags & PACKET_KEY) {
		f->key = f->head;
		f->has_key = true;
	}
	packet_encode(&numbered, header);
	ring_write(f, header, sizeof(header));
	ring_write(f, p->payload, p->len);
	for (unsigned int i = 0; i < FANOUT_READERS; i++)
		if (f->readers[i].used)
			pump(&f->readers[i]);
	return 0;
}

bool
fanout_ready(const struct fanout *f)
{
	for (unsigned int i = 0; i < FANOUT_READERS; i++)
		if (f->readers[i].used && f->readers[i].pos == f->head)
			return true;
	return false;
}
