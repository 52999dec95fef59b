/*
 * batch.h - many datagrams by one system call
 *
 * What is received stays in its slot until the next batch_receive() after a
 * flush, so that it can be sent on from there.
 */
#ifndef RD_TURN_BATCH_H
#define RD_TURN_BATCH_H

#include <sys/socket.h>

#include "stun/address.h"

enum {
	BATCH = 64,
	BATCH_ROOM = 64, /* before and behind what was received */
	BATCH_DATAGRAM = 9000,
};

struct batch {
	uint8_t (*slots)[BATCH_ROOM + BATCH_DATAGRAM + BATCH_ROOM];
	size_t used, nout;
	struct sockaddr_storage from[BATCH], to[BATCH];
	struct iovec in_iov[BATCH], out_iov[BATCH];
	struct mmsghdr in[BATCH], out[BATCH];
	int out_fd[BATCH];
};

/* 0 or -ENOMEM. */
int batch_open(struct batch *b);
void batch_close(struct batch *b);

/*
 * Receive at most max; returns how many, 0 if none.  They are numbered from
 * *first on.
 */
size_t batch_receive(struct batch *b, int fd, size_t max, size_t *first);

/* What came, where from, and how long; NULL if it was longer than a slot. */
uint8_t *batch_datagram(
    struct batch *b, size_t number, struct address *from, size_t *len);

/* Send at the next flush; data lies in a slot. */
void batch_send(struct batch *b, int fd, const struct address *to,
    const uint8_t *data, size_t len);
void batch_flush(struct batch *b);

#endif
