#include <errno.h>
#include <linux/udp.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "load.h"

void
batch_open(struct batch *b)
{
	b->data = calloc(BATCH, sizeof(*b->data));
	if (!b->data)
		die(EXIT_TEMP, ENOMEM, "cannot start");
	for (int i = 0; i < BATCH; i++) {
		b->iov[i].iov_base = b->data[i];
		b->m[i].msg_hdr.msg_iov = &b->iov[i];
		b->m[i].msg_hdr.msg_iovlen = 1;
		b->m[i].msg_hdr.msg_name = &b->name[i];
		b->m[i].msg_hdr.msg_control = b->control[i];
	}
}

static size_t
put(uint8_t *control, int level, int type, const void *value, size_t len)
{
	struct cmsghdr *c = (void *)control;

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), value, len);
	return CMSG_SPACE(len);
}

void
batch_add(struct batch *b, const struct sockaddr_in *from,
    const struct sockaddr_in *to, size_t len, size_t segment)
{
	struct in_pktinfo info = { 0 };
	uint16_t size = (uint16_t)segment;
	size_t used = 0;
	struct msghdr *h = &b->m[b->n].msg_hdr;

	if (from) {
		info.ipi_spec_dst = from->sin_addr;
		used = put(b->control[b->n], IPPROTO_IP, IP_PKTINFO, &info,
		    sizeof(info));
	}
	if (segment && segment < len)
		used += put(b->control[b->n] + used, IPPROTO_UDP, UDP_SEGMENT,
		    &size, sizeof(size));
	h->msg_control = used ? b->control[b->n] : NULL;
	h->msg_controllen = used;
	h->msg_namelen = sizeof(*to);
	b->name[b->n] = *to;
	b->iov[b->n++].iov_len = len;
}

void
batch_send(struct batch *b, int fd)
{
	struct mmsghdr *m = b->m;

	while (b->n) {
		int sent = sendmmsg(fd, m, b->n, MSG_DONTWAIT);
		unsigned int done = sent > 0 ? (unsigned int)sent : 1;

		m += done;
		b->n -= done;
	}
}

unsigned int
batch_receive(struct batch *b, int fd)
{
	int n;

	for (int i = 0; i < BATCH; i++) {
		b->iov[i].iov_len = sizeof(*b->data);
		b->m[i].msg_hdr.msg_namelen = sizeof(b->name[i]);
		b->m[i].msg_hdr.msg_control = b->control[i];
		b->m[i].msg_hdr.msg_controllen = sizeof(b->control[i]);
	}
	n = recvmmsg(fd, b->m, BATCH, MSG_DONTWAIT, NULL);
	return n > 0 ? (unsigned int)n : 0;
}

void
batch_told(const struct batch *b, unsigned int i, uint32_t *to, size_t *segment)
{
	struct msghdr h = b->m[i].msg_hdr;
	struct in_pktinfo info = { 0 };
	int size;

	*segment = b->m[i].msg_len;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			memcpy(&info, CMSG_DATA(c), sizeof(info));
		else if (c->cmsg_level == IPPROTO_UDP &&
		    c->cmsg_type == UDP_GRO) {
			memcpy(&size, CMSG_DATA(c), sizeof(size));
			*segment = (size_t)size;
		}
	*to = ntohl(info.ipi_addr.s_addr);
}
