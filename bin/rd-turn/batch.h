/*
 * batch.h - many datagrams by one system call
 *
 * A datagram costs most on its way through the kernel, so those of one size
 * that come from one address or go to one pass it as one, a run, where the
 * it is until the next batch_receive() after a flush, so that it can be sent
 * on from there.
 */
#ifndef RD_TURN_BATCH_H
#define RD_TURN_BATCH_H

#include <sys/socket.h>

#include "stun/address.h"

enum {
	BATCH = 64,      /* runs that are taken at a time */
	BATCH_ROOM = 64, /* before and behind a datagram */
	/* Bytes, at most; with its room a slot is whole pages. */
	BATCH_RUN = 17 * 4096 - 2 * BATCH_ROOM,
	BATCH_OUT = 512, /* datagrams that wait to be sent */
	BATCH_COPIES = 1 << 20,
	BATCH_PLACES = 256,
};

/* Room for one option of a message. */
union batch_control {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(int))];
};

/* Datagrams of one size, but for the last, from one socket to one address. */
struct batch_run {
	int fd;
	struct address to;
	size_t n, first; /* how many, and where they are when sorted */
	size_t size, bytes;
	bool complete;
};

struct batch {
	uint8_t (*slots)[BATCH_ROOM + BATCH_RUN + BATCH_ROOM];
	uint8_t *copies;
	size_t copied;

	size_t received;       /* datagrams, until the caller sets it to 0 */
	size_t used, slot, at; /* what batch_next() looks at */
	struct sockaddr_storage from[BATCH];
	struct iovec in_iov[BATCH];
	union batch_control in_control[BATCH];
	struct mmsghdr in[BATCH];

	bool can_run;
	size_t nout, nruns;
	struct iovec out_iov[BATCH_OUT], sorted[BATCH_OUT];
	uint16_t run_of[BATCH_OUT], places[BATCH_PLACES];
	struct batch_run runs[BATCH_OUT];
	struct sockaddr_storage to[BATCH];
	union batch_control out_control[BATCH];
	struct mmsghdr out[BATCH];
};

struct batch_datagram {
	uint8_t *data;
	size_t len;
	struct address from;
	bool alone; /* it may be overwritten, and so may the room around it */
};

/* 0 or -ENOMEM. */
int batch_open(struct batch *b);
void batch_close(struct batch *b);
/* Receive runs from this socket, if the kernel can. */
void batch_accept_runs(int fd);

/* Receive at most max runs; batch_next() then gives one datagram each. */
void batch_receive(struct batch *b, int fd, size_t max);
bool batch_next(struct batch *b, struct batch_datagram *d);
/* A copy that is alone and stays as long; to be sent before the next one. */
uint8_t *batch_copy(struct batch *b, const uint8_t *data, size_t len);

/* Send at the next flush; until then data stays as it is. */
void batch_send(struct batch *b, int fd, const struct address *to,
    const uint8_t *data, size_t len);
void batch_flush(struct batch *b);

#endif
