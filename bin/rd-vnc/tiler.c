/* The process that encodes for several clients at once */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "frames/frames.h"
#include "sandbox/sandbox.h"
#include "server.h"
#include "tiles.h"

enum {
	KEPT = 256, /* pieces */
	FPS = 1,    /* of which nothing is taken but how large they are */
};

struct asker {
	struct loop_watch watch;
	bool used, shared;
	const struct rfb_encoder *encoder; /* NULL: it has not said */
	struct rfb_wish wish;
	uint8_t bytes[TILES_WISH]; /* the same, as it said so */
};

/* A piece, of a frame, as it was wished for. */
struct kept {
	uint64_t seq;
	struct rect r;
	uint8_t wish[TILES_WISH];
	struct tile_place place; /* len 0: none */
};

static struct loop loop;
static struct loop_watch control;
static struct frames_reader reader;
static struct asker askers[GUESTS];
static struct rfb_encoders encoders;
static struct kept kept[KEPT];
static unsigned int oldest;
static uint8_t *pixels; /* what is encoded of a frame, which goes on */
static struct tiles_head *head;
static uint8_t *ring;
static uint64_t written;

static void
reader_size(struct frames_reader *r, const struct frames_geometry *g)
{
	free(pixels);
	pixels = calloc(g->height, g->stride);
	memset(kept, 0, sizeof(kept));
	frames_reader_rate(r, FPS);
}

static void
reader_ready(struct frames_reader *r)
{
	(void)r;
}

static void
reader_line(struct frames_reader *r, const char *line, size_t len)
{
	(void)r;
	(void)line;
	(void)len;
}

static void
reader_down(struct frames_reader *r, int err)
{
	(void)r;
	(void)err;
	loop_stop(&loop);
}

static const struct frames_reader_ops reader_ops = {
	.geometry = reader_size,
	.ready = reader_ready,
	.line = reader_line,
	.down = reader_down,
};

static bool
is_inside(struct rect r, const struct frames_geometry *g)
{
	return r.w && r.h && r.x + r.w <= (int)g->width &&
	    r.y + r.h <= (int)g->height &&
	    (uint32_t)r.w * r.h <= RFB_PIECE_AREA;
}

/* False when the frame is there no more. */
static bool
copy(const struct tiles_want *want, struct rect r)
{
	size_t stride = reader.geometry.stride;
	size_t at = r.y * stride + (size_t)r.x * 4;
	const uint8_t *from = ring_slot(&reader.ring, want->slot);

	for (int y = 0; y < r.h; y++, at += stride)
		memcpy(pixels + at, from + at, (size_t)r.w * 4);
	return ring_holds(&reader.ring, want->slot, want->seq);
}

/* Room for len bytes in a row: those it takes are others' no more. */
static struct wbuf
make_room(size_t len)
{
	if (TILES_RING - written % TILES_RING < len)
		written += TILES_RING - written % TILES_RING;
	atomic_store_explicit(
	    &head->written, written + len, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	return wbuf_of(ring + written % TILES_RING, len);
}

static void
encode(const struct asker *a, struct rect r, struct tile_place *place)
{
	struct rfb_picture picture = { pixels, reader.geometry.stride,
		(uint16_t)reader.geometry.width,
		(uint16_t)reader.geometry.height };
	struct rfb_wish wish = a->wish;
	struct wbuf w;
	struct rfb_written got;

	*place = (struct tile_place){ .at = 0 };
	wish.streams = &place->streams;
	w = make_room(
	    rfb_encoders_bound(&encoders, a->encoder, (size_t)r.w * r.h));
	place->at = written;
	got = rfb_encode(&encoders, a->encoder, &picture, r, &wish, &w);
	if (w.bad || got.rects > UINT8_MAX)
		return;
	place->rects = (uint8_t)got.rects;
	place->lossy = got.lossy;
	place->len = (uint32_t)wbuf_len(&w);
	written += place->len;
}

static bool
is_there(
    const struct kept *k, const struct asker *a, uint64_t seq, struct rect r)
{
	return k->place.len && k->seq == seq &&
	    memcmp(&k->r, &r, sizeof(r)) == 0 &&
	    memcmp(k->wish, a->bytes, TILES_WISH) == 0 &&
	    written - k->place.at <= TILES_RING / 2;
}

static struct tile_place
find(const struct asker *a, const struct tiles_want *want, struct rect r)
{
	struct kept *k;

	for (unsigned int i = 0; i < KEPT; i++)
		if (is_there(&kept[i], a, want->seq, r))
			return kept[i].place;
	k = &kept[oldest];
	k->place.len = 0;
	if (!copy(want, r))
		return k->place;
	oldest = (oldest + 1) % KEPT;
	k->seq = want->seq;
	k->r = r;
	memcpy(k->wish, a->bytes, TILES_WISH);
	encode(a, r, &k->place);
	return k->place;
}

static void
give(struct asker *a, const uint8_t *p, size_t len)
{
	struct tile_place places[TILES_MAX] = { 0 };
	struct tiles_want want;
	uint8_t answer[TILES_HAVE];
	bool known;

	if (tiles_take_want(p, len, &want)) {
		log_warn("a client's process asked for what is nothing");
		return;
	}
	known = a->shared && pixels && reader.ring.map &&
	    want.slot < reader.geometry.slots;
	for (unsigned int i = 0; i < want.n; i++)
		if (known && is_inside(want.rects[i], &reader.geometry))
			places[i] = find(a, &want, want.rects[i]);
	len = tiles_put_have(answer, places, want.n);
	control_send(a->watch.fd, CONTROL_HAVE, answer, len, NULL, 0);
}

static unsigned int
count_like(const struct asker *a)
{
	unsigned int n = 0;

	for (size_t i = 0; i < GUESTS; i++)
		n += askers[i].used && askers[i].encoder &&
		    !memcmp(askers[i].bytes, a->bytes, TILES_WISH);
	return n;
}

/* Who is alone with its wish encodes faster by itself. */
static void
tell_all(void)
{
	for (size_t i = 0; i < GUESTS; i++) {
		struct asker *a = &askers[i];
		uint8_t answer[1 + TILES_WISH];
		bool shared = a->used && a->encoder && count_like(a) > 1;

		if (shared == a->shared)
			continue;
		a->shared = shared;
		answer[0] = shared;
		memcpy(answer + 1, a->bytes, TILES_WISH);
		control_send(a->watch.fd, CONTROL_SHARED, answer,
		    sizeof(answer), NULL, 0);
	}
}

static void
forget(struct asker *a)
{
	loop_unwatch(&loop, &a->watch);
	close(a->watch.fd);
	*a = (struct asker){ .used = false };
	tell_all();
}

static void
take_wish(struct asker *a, const uint8_t *p, size_t len)
{
	a->shared = false;
	if (tiles_take_wish(p, len, &a->encoder, &a->wish) ||
	    rfb_encoders_open(&encoders, a->encoder)) {
		forget(a);
		return;
	}
	memcpy(a->bytes, p, TILES_WISH);
	tell_all();
}

static void
asker_ready(struct loop_watch *w, uint32_t events)
{
	struct asker *a = w->arg;
	unsigned int kind;
	uint8_t p[CONTROL_MAX];
	int fds[CONTROL_FDS];
	ssize_t n = control_receive(w->fd, &kind, p, sizeof(p), fds);

	(void)events;
	if (n == -EAGAIN)
		return;
	for (int i = 0; n >= 0 && i < CONTROL_FDS; i++)
		if (fds[i] != -1)
			close(fds[i]);
	if (n < 0)
		forget(a);
	else if (kind == CONTROL_WISH)
		take_wish(a, p, (size_t)n);
	else if (kind == CONTROL_WANT)
		give(a, p, (size_t)n);
}

static void
add_asker(int fd)
{
	size_t i = 0;

	while (i < GUESTS && askers[i].used)
		i++;
	if (i == GUESTS) {
		close(fd);
		return;
	}
	askers[i] = (struct asker){ .used = true,
		.watch = {
		    .fd = fd, .ready = asker_ready, .arg = &askers[i] } };
	if (loop_watch(&loop, &askers[i].watch, EPOLLIN))
		forget(&askers[i]);
}

static void
control_ready(struct loop_watch *w, uint32_t events)
{
	unsigned int kind;
	uint8_t p[CONTROL_MAX];
	int fds[CONTROL_FDS];
	ssize_t n = control_receive(w->fd, &kind, p, sizeof(p), fds);

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n < 0)
		loop_stop(&loop);
	else if (fds[0] != -1)
		add_asker(fds[0]);
}

void
tiler_run(int sock, int frames, uint8_t *memory)
{
	int err = loop_init(&loop);

	head = (void *)memory;
	ring = memory + TILES_HEAD;
	control = (struct loop_watch){ .fd = sock, .ready = control_ready };
	if (!err)
		err = loop_watch(&loop, &control, EPOLLIN);
	if (!err)
		err = frames_reader_attach(
		    &reader, &loop, frames, &reader_ops, NULL);
	if (!err)
		err = sandbox_enter(0);
	if (err)
		die(EXIT_TEMP, err, "cannot encode for several clients");
	loop_run(&loop);
	_exit(0);
}
