/*
 * fanout.h - one stream of packets to any number of readers
 *
 * Packets are written once into a ring of bytes; every reader has its own
 * place in it.  Nobody waits: a reader more than FANOUT_LATE_US behind loses
 * what is old and goes on at a key packet, and one that is stuck in the
 * middle of a packet for a whole ring is disconnected; standard output, which
 * would not come back, loses what is new instead.
 *
 * All functions but open and close may be called from the callbacks, and
 * callbacks may come from within fanout_send().
 */
#ifndef PACKETS_FANOUT_H
#define PACKETS_FANOUT_H

#include "link/link.h"
#include "packets/packets.h"

enum {
	FANOUT_READERS = 32,
	FANOUT_LATE_US = 250000,
};

struct fanout;

struct fanout_reader {
	struct link link;
	struct fanout *fanout;
	uint64_t pos;      /* bytes of the stream it is done with */
	uint64_t unit_end; /* end of the packet it is in; pos between two */
	bool used, waiting_key;
};

struct fanout {
	/* Set by the caller before fanout_open(). */
	void *arg;
	bool plain; /* send payloads without the packet header */
	/* The first reader came, or the last one went. */
	void (*wanted)(struct fanout *f, bool wanted);
	/*
	 * A reader is new or lost packets: it gets nothing but cursors before
	 * the next key packet.
	 */
	void (*key_wanted)(struct fanout *f);
	/* There is a reader that has taken all that was sent.  May be NULL. */
	void (*drained)(struct fanout *f);
	/* A control line, without newline.  May be NULL. */
	void (*control)(struct fanout *f, const char *line, size_t len);
	/* Standard output, the only reader, is gone.  May be NULL. */
	void (*closed)(struct fanout *f, int err);

	struct loop *loop;
	struct link_server server;
	struct fanout_reader readers[FANOUT_READERS];
	unsigned int count;
	uint32_t seq;
	uint8_t *ring;
	size_t size;
	uint64_t head; /* bytes of the stream so far; the ring has the newest */
	uint64_t last; /* start of the newest packet */
	uint64_t key;  /* start of the newest key packet, if has_key */
	bool has_key;
};

/*
 * Serve path (NULL: standard output) from a ring of size bytes, a power of
 * two.  Negative errno on failure.
 */
int fanout_open(
    struct fanout *f, struct loop *loop, const char *path, size_t size);
void fanout_close(struct fanout *f);

/*
 * Send p, whose payload is copied once, to all readers; numbers it.
 * -EMSGSIZE when it is larger than half the ring; then nothing is sent.
 */
int fanout_send(struct fanout *f, const struct packet *p);

/*
 * True when some reader has taken all that was sent; while there is none,
 * more work would only be queued.
 */
bool fanout_ready(const struct fanout *f);

#endif
