/*
 * tiles.h - what is encoded once for all clients that want it alike
 *
 * One process beside the clients' encodes pieces of frames when they ask for
 * them, keeps the newest in memory that only it can write, and says where.
 * It reads nothing of what comes over the network; what clients' processes
 * ask for is checked like that.  A client that is given nothing in time, or
 * something that was overwritten meanwhile, encodes by itself.
 */
#ifndef RD_VNC_TILES_H
#define RD_VNC_TILES_H

#include <stdatomic.h>

#include "base/loop.h"
#include "control.h"
#include "rfb/encoder.h"

enum {
	TILES_RING = 16 << 20, /* bytes */
	TILES_HEAD = 4096,     /* before them */
	TILES_MEMORY = TILES_HEAD + TILES_RING,
	TILES_MAX = 16, /* pieces in one message */
	TILES_WISH = 4 + 1 + 1 + 1 + 1 + RFB_FORMAT_SIZE,
	TILES_WANT = 8 + 1 + 1 + TILES_MAX * 8,
	TILES_HAVE = 1 + TILES_MAX * 15,
	TILES_PATIENCE_US = 3000000, /* to be given an answer */
};

_Static_assert((int)TILES_HAVE <= (int)CONTROL_MAX, "one message");

/* At the front of the memory. */
struct tiles_head {
	/* Bytes so far, or soon: those TILES_RING before are still there. */
	_Atomic uint64_t written;
};

/* A piece that is encoded, or len 0: it is not. */
struct tile_place {
	uint64_t at; /* of all bytes ever written */
	uint32_t len;
	uint8_t rects, streams; /* as rfb_wish has them */
	bool lossy;
};

/* A frame, and pieces of it. */
struct tiles_want {
	uint64_t seq;
	uint32_t slot;
	unsigned int n;
	struct rect rects[TILES_MAX];
};

struct tiles {
	void *arg;
	void (*ready)(struct tiles *t); /* it waits no more */
	struct loop *loop;
	struct loop_watch watch; /* fd -1: there is nobody to ask */
	struct loop_timer patience;
	const uint8_t *memory;
	bool shared; /* others wish the same as we said last */
	bool waits;
	uint8_t wish[TILES_WISH];
	struct tiles_want want;
	unsigned int at; /* of want.rects, the next to be sent */
	struct tile_place places[TILES_MAX];
};

/* Messages, of at most the sizes above: their lengths. */
size_t tiles_put_wish(
    uint8_t *p, const struct rfb_encoder *e, const struct rfb_wish *wish);
/* -EBADMSG when it is none. */
int tiles_take_wish(const uint8_t *p, size_t len, const struct rfb_encoder **e,
    struct rfb_wish *wish);
size_t tiles_put_want(uint8_t *p, const struct tiles_want *w);
int tiles_take_want(const uint8_t *p, size_t len, struct tiles_want *w);
size_t tiles_put_have(uint8_t *p, const struct tile_place *t, unsigned int n);
int tiles_take_have(
    const uint8_t *p, size_t len, struct tile_place *t, unsigned int n);

/*
 * Ask by a socket, which is taken over as memory is, from now on; who was
 * asked before is so no more.  Negative errno on failure.
 */
int tiles_attach(struct tiles *t, struct loop *loop, int sock, int memory);
void tiles_close(struct tiles *t);

/* What all is wished for from now on. */
void tiles_wish(
    struct tiles *t, const struct rfb_encoder *e, const struct rfb_wish *wish);
/* Ask for t->want; ready() follows. */
void tiles_ask(struct tiles *t);
/* The next of want.rects; false when there are none any more. */
bool tiles_next(struct tiles *t, struct rect *r, struct tile_place *place);
/* Copy one to out; false, with nothing written, when it is there no more. */
bool tiles_copy(
    const struct tiles *t, const struct tile_place *p, struct wbuf *out);

/*
 * The process that encodes: by control, which new clients' sockets come by,
 * frames and the memory, mapped.
 */
_Noreturn void tiler_run(int control, int frames, uint8_t *memory);

#endif
