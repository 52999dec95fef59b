/*
 * fanout.h - one stream of packets to any number of readers
 *
 * Packets are written once into a ring of bytes; every reader has its own
 * place in it, and nobody waits.  A reader is given FANOUT_AHEAD packets, not
 * counting cursors, before it has read them: what else is queued for it stays
 * in the ring, where it can be left out.  What is more than FANOUT_LATE_US old
 * when its turn comes, and not the newest, is lost, and the reader goes on at
 * a key packet, which is asked for when the reader can take it.
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
	FANOUT_AHEAD = 2,
};

enum fanout_state {
	FANOUT_LOST,  /* needs a key packet; gets only cursors before it */
	FANOUT_ASKED, /* likewise, and key_wanted() said so */
	FANOUT_GOING,
};

struct fanout;

struct fanout_reader {
	struct link link;
	struct fanout *fanout;
	uint64_t pos;      /* bytes of the stream it is done with */
	uint64_t unit_end; /* end of the packet it is in; pos between two */
	uint8_t *rest;     /* up to unit_end, when the ring has it no more */
	size_t rest_len;
	unsigned int ahead; /* packets given since read_us, but for cursors */
	int64_t read_us;    /* when it had last read all it was given */
	struct loop_timer timer; /* to look whether it has */
	enum fanout_state state;
	bool begun; /* it had a key packet */
	bool used;

	/* The owner's, 0 at first. */
	int64_t bitrate; /* what it asked for */
	uint64_t lead;   /* its turn in giving input */
};

struct fanout {
	/* Set by the caller before fanout_open(). */
	void *arg;
	bool plain; /* send payloads without the packet header */
	/* The first reader came, or the last one went. */
	void (*wanted)(struct fanout *f, bool wanted);
	/*
	 * A reader that is new or lost packets could take a key packet now;
	 * it gets nothing but cursors before that.
	 */
	void (*key_wanted)(struct fanout *f, struct fanout_reader *r);
	/* fanout_ready() was false and is true now.  May be NULL. */
	void (*drained)(struct fanout *f);
	/* A control line of r, without newline.  May be NULL. */
	void (*control)(struct fanout *f, struct fanout_reader *r,
	    const char *line, size_t len);
	/* Standard output, the only reader, is gone.  May be NULL. */
	void (*closed)(struct fanout *f, int err);

	struct loop *loop;
	struct link_server server;
	struct fanout_reader readers[FANOUT_READERS];
	unsigned int count;
	uint32_t seq;
	uint8_t *ring;
	size_t size;
	uint64_t head; /* bytes of the stream so far */
	uint64_t tail; /* what the ring has begins here */
	uint64_t last; /* start of the newest packet but for cursors */
	uint64_t key;  /* start of the newest key packet */
	bool refused;  /* drained() is due */
};

/*
 * Serve path (NULL: standard output) from a ring of size bytes, a power of
 * two.  It grows for good when a packet is larger; what is not used of it
 * costs no memory.  Negative errno on failure.
 */
int fanout_open(
    struct fanout *f, struct loop *loop, const char *path, size_t size);
void fanout_close(struct fanout *f);

/*
 * Send p, whose payload is copied once, to all readers; numbers it.
 * -EMSGSIZE when it is larger than PACKET_MAX and -ENOMEM when the ring cannot
 * grow for it; then nothing is sent.
 */
int fanout_send(struct fanout *f, const struct packet *p);

/*
 * True when some reader was given all that was sent and is not behind in
 * reading it.  While there is none more work would only be queued; drained()
 * follows.
 */
bool fanout_ready(struct fanout *f);

#endif
