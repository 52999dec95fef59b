/*
 * ring.h - the memory of rd-frames(5): a header page and slots of pixels
 *
 * One writer, any number of readers in other processes.  Nobody waits: the
 * writer marks a slot before and after it writes, the reader looks at the
 * mark after it read.
 */
#ifndef FRAMES_RING_H
#define FRAMES_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAMES_SIZE_MAX = 16384, /* pixels, either way */
	FRAMES_SLOTS_MAX = 16,
	RING_VERSION = 1,
	RING_HEADER = 4096, /* bytes */
};

/* Pixels are BGRX: blue first, 4 bytes each. */
struct frames_geometry {
	uint32_t width, height; /* pixels */
	uint32_t stride;        /* bytes from one row to the next */
	uint32_t slots;
};

/* The first page, in the host's byte order; offsets never change. */
struct ring_header {
	uint8_t magic[8]; /* "rdframes" */
	uint32_t version, slots;
	uint32_t width, height, stride, reserved;
	uint64_t slot_bytes; /* slot i is at RING_HEADER + i * slot_bytes */
	uint8_t unused[24];
	/* 2 * SEQ: the slot holds frame SEQ whole.  Odd: being written. */
	_Atomic uint64_t marks[FRAMES_SLOTS_MAX];
};

_Static_assert(offsetof(struct ring_header, version) == 8, "rd-frames(5)");
_Static_assert(offsetof(struct ring_header, width) == 16, "rd-frames(5)");
_Static_assert(offsetof(struct ring_header, slot_bytes) == 32, "rd-frames(5)");
_Static_assert(offsetof(struct ring_header, marks) == 64, "rd-frames(5)");
_Static_assert(sizeof(struct ring_header) <= RING_HEADER, "rd-frames(5)");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "marks are shared memory");

struct ring {
	struct frames_geometry geometry;
	int fd; /* -1: closed, or the reader's */
	size_t size, slot_bytes;
	uint8_t *map; /* NULL: closed */
};

/*
 * Writer: make memory for g (stride and slots included), all slots zero and
 * holding no frame, of a size that cannot change any more.  Negative errno
 * on failure.
 */
int ring_create(struct ring *r, const struct frames_geometry *g);
/*
 * Writer: from now on nobody can map it writable; those who have keep it
 * so.  To be done before a reader gets r->fd.  Negative errno on failure.
 */
int ring_seal(struct ring *r);
/*
 * Writer: let next, which is sealed, have old's descriptor number, and close
 * old.  A reader that opens /proc/PID/fd/N late then finds the newest
 * memory, never a stranger's.  Negative errno on failure.
 */
int ring_replace(struct ring *old, struct ring *next);
/* Nothing when it is closed already. */
void ring_close(struct ring *r);

uint8_t *ring_slot(const struct ring *r, uint32_t slot);
/* Writer: around every change of a slot's pixels; seq > 0 grows. */
void ring_begin(struct ring *r, uint32_t slot);
void ring_end(struct ring *r, uint32_t slot, uint64_t seq);

/*
 * Reader: map fd, which stays the caller's, read-only, trusting nothing that
 * the kernel does not promise.  -ESTALE when it is a ring of another
 * geometry than g, -EBADMSG when it is none or not sealed.
 */
int ring_map(struct ring *r, int fd, const struct frames_geometry *g);
/* Reader: true when slot still holds frame seq whole; ask after reading. */
bool ring_holds(const struct ring *r, uint32_t slot, uint64_t seq);

#endif
