#include "batch.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "turn/hash.h"

enum {
	RUN_DATAGRAMS = 64, /* what every kernel that can takes */
	RUN_BYTES = 65000,
};

static void
put_segment(struct msghdr *h, union batch_control *control, size_t size)
{
	uint16_t value = (uint16_t)size;

	control->header = (struct cmsghdr){ .cmsg_level = IPPROTO_UDP,
		.cmsg_type = UDP_SEGMENT,
		.cmsg_len = CMSG_LEN(sizeof(value)) };
	memcpy(CMSG_DATA(&control->header), &value, sizeof(value));
	h->msg_control = control;
	h->msg_controllen = CMSG_SPACE(sizeof(value));
}

/* Does a run to ourselves arrive as what it consists of? */
static bool
try_run(int fd)
{
	struct sockaddr_in self = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(self);
	uint8_t data[2] = { 0 };
	struct iovec iov = { data, sizeof(data) };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	union batch_control control;

	put_segment(&h, &control, 1);
	return bind(fd, (struct sockaddr *)&self, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&self, &len) == 0 &&
	    connect(fd, (struct sockaddr *)&self, len) == 0 &&
	    sendmsg(fd, &h, MSG_DONTWAIT) == sizeof(data) &&
	    recv(fd, data, sizeof(data), MSG_DONTWAIT) == 1 &&
	    recv(fd, data, sizeof(data), MSG_DONTWAIT) == 1;
}

/* Kernels that do not know of runs may send one as a single datagram. */
static bool
can_send_runs(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool can = fd >= 0 && try_run(fd);

	if (fd >= 0)
		close(fd);
	return can;
}

/* Only what was used: most of it is in no cache when one datagram comes. */
static void
empty_slots(struct batch *b)
{
	for (size_t i = 0; i < b->used; i++) {
		b->in[i].msg_hdr.msg_namelen = sizeof(*b->from);
		b->in[i].msg_hdr.msg_controllen = sizeof(*b->in_control);
	}
	b->used = b->copied = 0;
}

int
batch_open(struct batch *b)
{
	b->can_run = can_send_runs();
	b->slots = calloc(BATCH, sizeof(*b->slots));
	b->copies = malloc(BATCH_COPIES);
	if (!b->slots || !b->copies) {
		batch_close(b);
		return -ENOMEM;
	}
	for (size_t i = 0; i < BATCH; i++) {
		b->in_iov[i].iov_base = b->slots[i] + BATCH_ROOM;
		b->in_iov[i].iov_len = BATCH_RUN;
		b->in[i].msg_hdr.msg_iov = &b->in_iov[i];
		b->in[i].msg_hdr.msg_iovlen = 1;
		b->in[i].msg_hdr.msg_name = &b->from[i];
		b->in[i].msg_hdr.msg_control = &b->in_control[i];
		b->out[i].msg_hdr.msg_name = &b->to[i];
	}
	b->used = BATCH;
	empty_slots(b);
	return 0;
}

void
batch_close(struct batch *b)
{
	free(b->slots);
	free(b->copies);
	b->slots = NULL;
	b->copies = NULL;
}

void
batch_accept_runs(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof(one));
}

void
batch_receive(struct batch *b, int fd, size_t max)
{
	int n;

	if (b->used + max > BATCH)
		batch_flush(b);
	if (!b->nout)
		empty_slots(b); /* nobody needs what came before */
	b->slot = b->used;
	b->at = 0;
	n = recvmmsg(
	    fd, b->in + b->used, (unsigned int)max, MSG_DONTWAIT, NULL);
	if (n > 0)
		b->used += (size_t)n;
}

/* How long each datagram of a run is, but for the last. */
static size_t
run_size(const struct mmsghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&m->msg_hdr);
	int size = 0;

	if (c && c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
		memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size > 0 ? (size_t)size : m->msg_len;
}

bool
batch_next(struct batch *b, struct batch_datagram *d)
{
	const struct mmsghdr *m = &b->in[b->slot];
	size_t size;

	if (b->slot == b->used)
		return false;
	size = run_size(m);
	d->data = b->slots[b->slot] + BATCH_ROOM + b->at;
	d->len = m->msg_len - b->at;
	d->alone = size >= m->msg_len;
	if (d->len > size)
		d->len = size;
	address_of_sockaddr(&d->from, &b->from[b->slot]);
	b->received++;
	b->at += d->len;
	if (b->at == m->msg_len) {
		b->slot++;
		b->at = 0;
	}
	return true;
}

uint8_t *
batch_copy(struct batch *b, const uint8_t *data, size_t len)
{
	uint8_t *copy;

	if (b->copied + BATCH_ROOM + len + BATCH_ROOM > BATCH_COPIES) {
		batch_flush(b);
		b->copied = 0;
	}
	copy = b->copies + b->copied + BATCH_ROOM;
	b->copied += BATCH_ROOM + len + BATCH_ROOM;
	return memcpy(copy, data, len);
}

/* The run that this datagram is the next one of, or a new one. */
static size_t
find_run(struct batch *b, int fd, const struct address *to, size_t len)
{
	uint64_t hash = hash_address(to, (uint64_t)fd);
	uint16_t *place = &b->places[hash % BATCH_PLACES];
	struct batch_run *run = &b->runs[*place];

	if (*place < b->nruns && !run->complete && run->fd == fd && len &&
	    len <= run->size && run->bytes + len <= RUN_BYTES &&
	    address_same(&run->to, to))
		return *place;
	*place = (uint16_t)b->nruns;
	b->runs[b->nruns] =
	    (struct batch_run){ .fd = fd, .to = *to, .size = len };
	return b->nruns++;
}

void
batch_send(struct batch *b, int fd, const struct address *to,
    const uint8_t *data, size_t len)
{
	struct batch_run *run;
	size_t at;

	if (b->nout == BATCH_OUT)
		batch_flush(b);
	at = find_run(b, fd, to, len);
	run = &b->runs[at];
	run->n++;
	run->bytes += len;
	run->complete =
	    !b->can_run || len < run->size || run->n == RUN_DATAGRAMS;
	b->run_of[b->nout] = (uint16_t)at;
	b->out_iov[b->nout++] = (struct iovec){ (void *)(uintptr_t)data, len };
}

/* One run's datagrams side by side. */
static void
sort(struct batch *b)
{
	size_t first = 0;

	for (size_t i = 0; i < b->nruns; i++) {
		b->runs[i].first = first;
		first += b->runs[i].n;
		b->runs[i].n = 0;
	}
	for (size_t i = 0; i < b->nout; i++) {
		struct batch_run *run = &b->runs[b->run_of[i]];

		b->sorted[run->first + run->n++] = b->out_iov[i];
	}
}

static void
fill_message(struct batch *b, size_t i, const struct batch_run *run)
{
	struct msghdr *h = &b->out[i].msg_hdr;

	h->msg_namelen = address_to_sockaddr(&run->to, &b->to[i]);
	h->msg_iov = b->sorted + run->first;
	h->msg_iovlen = run->n;
	h->msg_control = NULL;
	h->msg_controllen = 0;
	if (run->n > 1)
		put_segment(h, &b->out_control[i], run->size);
}

/* Where the way or the size does not allow for runs. */
static void
send_singly(const struct msghdr *run, int fd)
{
	struct msghdr one = *run;

	one.msg_iovlen = 1;
	one.msg_control = NULL;
	one.msg_controllen = 0;
	for (size_t i = 0; i < run->msg_iovlen; i++) {
		one.msg_iov = run->msg_iov + i;
		sendmsg(fd, &one, MSG_DONTWAIT);
	}
}

/* What cannot be sent now is lost, as datagrams are. */
static void
send_messages(struct mmsghdr *m, int fd, size_t n)
{
	while (n) {
		int sent = sendmmsg(fd, m, (unsigned int)n, MSG_DONTWAIT);
		size_t done = sent > 0 ? (size_t)sent : 1;

		if (sent < 0 && m->msg_hdr.msg_iovlen > 1 && errno != EAGAIN)
			send_singly(&m->msg_hdr, fd);
		m += done;
		n -= done;
	}
}

void
batch_flush(struct batch *b)
{
	size_t i = 0, n;

	sort(b);
	while (i < b->nruns) {
		int fd = b->runs[i].fd;

		for (n = 0; n < BATCH && i < b->nruns && b->runs[i].fd == fd;
		     n++)
			fill_message(b, n, &b->runs[i++]);
		send_messages(b->out, fd, n);
	}
	b->nout = b->nruns = 0;
}
