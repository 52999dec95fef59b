#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
batch_open(struct batch *b)
{
	b->slots = calloc(BATCH, sizeof(*b->slots));
	if (!b->slots)
		return -ENOMEM;
	for (size_t i = 0; i < BATCH; i++) {
		b->in_iov[i].iov_base = b->slots[i] + BATCH_ROOM;
		b->in_iov[i].iov_len = BATCH_DATAGRAM;
		b->in[i].msg_hdr.msg_iov = &b->in_iov[i];
		b->in[i].msg_hdr.msg_iovlen = 1;
		b->in[i].msg_hdr.msg_name = &b->from[i];
		b->out[i].msg_hdr.msg_iov = &b->out_iov[i];
		b->out[i].msg_hdr.msg_iovlen = 1;
		b->out[i].msg_hdr.msg_name = &b->to[i];
	}
	return 0;
}

void
batch_close(struct batch *b)
{
	free(b->slots);
	b->slots = NULL;
}

size_t
batch_receive(struct batch *b, int fd, size_t max, size_t *first)
{
	int n;

	if (b->used + max > BATCH)
		batch_flush(b);
	if (!b->nout)
		b->used = 0; /* nobody needs what came before */
	*first = b->used;
	for (size_t i = b->used; i < b->used + max; i++)
		b->in[i].msg_hdr.msg_namelen = sizeof(*b->from);
	n = recvmmsg(
	    fd, b->in + b->used, (unsigned int)max, MSG_DONTWAIT, NULL);
	if (n <= 0)
		return 0;
	b->used += (size_t)n;
	return (size_t)n;
}

uint8_t *
batch_datagram(
    struct batch *b, size_t number, struct address *from, size_t *len)
{
	if (b->in[number].msg_hdr.msg_flags & MSG_TRUNC)
		return NULL;
	address_of_sockaddr(from, &b->from[number]);
	*len = b->in[number].msg_len;
	return b->slots[number] + BATCH_ROOM;
}

void
batch_send(struct batch *b, int fd, const struct address *to,
    const uint8_t *data, size_t len)
{
	size_t i = b->nout++;

	b->out_fd[i] = fd;
	b->out_iov[i] = (struct iovec){ (void *)(uintptr_t)data, len };
	b->out[i].msg_hdr.msg_namelen = address_to_sockaddr(to, &b->to[i]);
}

/* What cannot be sent now is lost, as datagrams are. */
static void
send_run(struct mmsghdr *out, int fd, size_t n)
{
	while (n) {
		int sent = sendmmsg(fd, out, (unsigned int)n, MSG_DONTWAIT);
		size_t done = sent > 0 ? (size_t)sent : 1;

		out += done;
		n -= done;
	}
}

void
batch_flush(struct batch *b)
{
	size_t i = 0;

	while (i < b->nout) {
		size_t first = i;

		while (i < b->nout && b->out_fd[i] == b->out_fd[first])
			i++;
		send_run(b->out + first, b->out_fd[first], i - first);
	}
	b->nout = 0;
}
