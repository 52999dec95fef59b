#include "tiles.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* What was asked for is there, or will not be. */
static void
answered(struct tiles *t)
{
	loop_timer_stop(t->loop, &t->patience);
	t->waits = false;
	t->ready(t);
}

/* All is encoded here from now on. */
static void
leave(struct tiles *t)
{
	bool waits = t->waits;

	tiles_close(t);
	if (waits)
		t->ready(t);
}

static void
take_answer(struct tiles *t, const uint8_t *p, size_t len)
{
	/* One that comes too late is for what nobody waits for. */
	if (!t->waits)
		return;
	if (tiles_take_have(p, len, t->places, t->want.n))
		leave(t);
	else
		answered(t);
}

static void
receive(struct loop_watch *w, uint32_t events)
{
	struct tiles *t = w->arg;
	unsigned int kind;
	uint8_t p[CONTROL_MAX];
	int fds[CONTROL_FDS];
	ssize_t n = control_receive(w->fd, &kind, p, sizeof(p), fds);

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n < 0)
		leave(t);
	else if (kind == CONTROL_SHARED && n == 1 + TILES_WISH)
		t->shared = p[0] && !memcmp(p + 1, t->wish, TILES_WISH);
	else if (kind == CONTROL_HAVE)
		take_answer(t, p, (size_t)n);
}

/* Who does not answer is not asked again. */
static void
too_late(struct loop_timer *timer)
{
	leave(timer->arg);
}

int
tiles_attach(struct tiles *t, struct loop *loop, int sock, int memory)
{
	void *map = mmap(NULL, TILES_MEMORY, PROT_READ, MAP_SHARED, memory, 0);
	int err = map == MAP_FAILED ? -errno : 0;

	close(memory);
	tiles_close(t);
	t->loop = loop;
	t->memory = err ? NULL : map;
	t->patience = (struct loop_timer){ .expired = too_late, .arg = t };
	t->watch =
	    (struct loop_watch){ .fd = sock, .ready = receive, .arg = t };
	if (!err)
		err = loop_watch(loop, &t->watch, EPOLLIN);
	if (err)
		tiles_close(t);
	return err;
}

void
tiles_close(struct tiles *t)
{
	if (!t->loop)
		return;
	loop_timer_stop(t->loop, &t->patience);
	loop_unwatch(t->loop, &t->watch);
	close(t->watch.fd);
	if (t->memory)
		munmap((void *)(uintptr_t)t->memory, TILES_MEMORY);
	t->memory = NULL;
	t->loop = NULL;
	t->shared = t->waits = false;
	memset(t->wish, 0, sizeof(t->wish));
	memset(t->places, 0, sizeof(t->places));
}

void
tiles_wish(
    struct tiles *t, const struct rfb_encoder *e, const struct rfb_wish *wish)
{
	uint8_t p[TILES_WISH];

	tiles_put_wish(p, e, wish);
	if (!t->loop || !memcmp(p, t->wish, sizeof(p)))
		return;
	memcpy(t->wish, p, sizeof(p));
	t->shared = false;
	if (control_send(t->watch.fd, CONTROL_WISH, p, sizeof(p), NULL, 0))
		tiles_close(t);
}

void
tiles_ask(struct tiles *t)
{
	uint8_t p[TILES_WANT];
	size_t len = tiles_put_want(p, &t->want);

	t->at = 0;
	memset(t->places, 0, sizeof(t->places));
	if (control_send(t->watch.fd, CONTROL_WANT, p, len, NULL, 0)) {
		tiles_close(t);
		return;
	}
	t->waits = true;
	loop_timer_set(t->loop, &t->patience, clock_us() + TILES_PATIENCE_US);
}

bool
tiles_next(struct tiles *t, struct rect *r, struct tile_place *place)
{
	if (t->at == t->want.n)
		return false;
	*place = t->places[t->at];
	*r = t->want.rects[t->at++];
	return true;
}

bool
tiles_copy(const struct tiles *t, const struct tile_place *p, struct wbuf *out)
{
	const struct tiles_head *head = (const void *)t->memory;
	size_t from = p->at % TILES_RING;
	uint8_t *start = out->p;

	if (!head || !p->len || p->len > TILES_RING - from)
		return false;
	wbuf_put(out, t->memory + TILES_HEAD + from, p->len);
	atomic_thread_fence(memory_order_acquire);
	if (!out->bad &&
	    atomic_load_explicit(&head->written, memory_order_relaxed) -
		    p->at <=
		TILES_RING)
		return true;
	out->p = start;
	return false;
}
