#include "frames/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t magic[8] = "rdframes";

static struct ring_header *
header(const struct ring *r)
{
	return (struct ring_header *)(void *)r->map;
}

static void
lay_out(struct ring *r, const struct frames_geometry *g)
{
	size_t bytes = (size_t)g->stride * g->height;

	r->geometry = *g;
	r->slot_bytes = (bytes + RING_HEADER - 1) & ~(size_t)(RING_HEADER - 1);
	r->size = RING_HEADER + g->slots * r->slot_bytes;
}

static int
map_shared(struct ring *r, int fd, int prot)
{
	void *p = mmap(NULL, r->size, prot, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	r->map = p;
	return 0;
}

int
ring_create(struct ring *r, const struct frames_geometry *g)
{
	struct ring_header *h;
	int err;

	*r = (struct ring){ .fd = memfd_create(
				"rd-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING) };
	if (r->fd == -1)
		return -errno;
	lay_out(r, g);
	if (ftruncate(r->fd, (off_t)r->size) ||
	    fcntl(r->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW))
		err = -errno;
	else
		err = map_shared(r, r->fd, PROT_READ | PROT_WRITE);
	if (err) {
		ring_close(r);
		return err;
	}
	h = header(r);
	memcpy(h->magic, magic, sizeof(magic));
	h->version = RING_VERSION;
	h->slots = g->slots;
	h->width = g->width;
	h->height = g->height;
	h->stride = g->stride;
	h->slot_bytes = r->slot_bytes;
	return 0;
}

int
ring_seal(struct ring *r)
{
	if (fcntl(r->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL))
		return -errno;
	return 0;
}

int
ring_replace(struct ring *old, struct ring *next)
{
	if (old->fd != -1) {
		if (dup3(next->fd, old->fd, O_CLOEXEC) == -1)
			return -errno;
		close(next->fd);
		next->fd = old->fd;
		old->fd = -1;
	}
	ring_close(old);
	return 0;
}

void
ring_close(struct ring *r)
{
	if (!r->size)
		return;
	if (r->map)
		munmap(r->map, r->size);
	if (r->fd != -1)
		close(r->fd);
	*r = (struct ring){ .fd = -1 };
}

uint8_t *
ring_slot(const struct ring *r, uint32_t slot)
{
	return r->map + RING_HEADER + slot * r->slot_bytes;
}

void
ring_begin(struct ring *r, uint32_t slot)
{
	_Atomic uint64_t *mark = &header(r)->marks[slot];

	atomic_store_explicit(mark,
	    atomic_load_explicit(mark, memory_order_relaxed) | 1,
	    memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
}

void
ring_end(struct ring *r, uint32_t slot, uint64_t seq)
{
	atomic_store_explicit(
	    &header(r)->marks[slot], 2 * seq, memory_order_release);
}

/* Its size cannot change under us and its writer is the only one. */
static int
check_seals(const struct ring *r, int fd)
{
	const int need = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals == -1 || (seals & need) != need || fstat(fd, &st))
		return -EBADMSG;
	return st.st_size == (off_t)r->size ? 0 : -ESTALE;
}

int
ring_map(struct ring *r, int fd, const struct frames_geometry *g)
{
	const struct ring_header *h;
	int err;

	*r = (struct ring){ .fd = -1 };
	lay_out(r, g);
	err = check_seals(r, fd);
	if (!err)
		err = map_shared(r, fd, PROT_READ);
	if (err) {
		r->size = 0;
		return err;
	}
	h = header(r);
	if (memcmp(h->magic, magic, sizeof(magic)) != 0 ||
	    h->version != RING_VERSION)
		err = -EBADMSG;
	else if (h->slots != g->slots || h->width != g->width ||
	    h->height != g->height || h->stride != g->stride ||
	    h->slot_bytes != r->slot_bytes)
		err = -ESTALE;
	if (err)
		ring_close(r);
	return err;
}

bool
ring_holds(const struct ring *r, uint32_t slot, uint64_t seq)
{
	/* The reads of the pixels come before the look at the mark. */
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(
		   &header(r)->marks[slot], memory_order_relaxed) == 2 * seq;
}
