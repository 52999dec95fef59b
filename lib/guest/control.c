#include "guest/control.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union ancillary {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(CONTROL_FDS * sizeof(int))];
};

int
control_pair(int fds[2])
{
	return socketpair(AF_UNIX,
		   SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds)
	    ? -errno
	    : 0;
}

int
control_send(int sock, unsigned int kind, const void *p, size_t len,
    const int *fds, size_t nfds)
{
	uint8_t first = (uint8_t)kind;
	struct iovec iov[2] = { { &first, 1 }, { (void *)(uintptr_t)p, len } };
	union ancillary a = { 0 };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	struct cmsghdr *c;

	if (nfds) {
		m.msg_control = a.bytes;
		m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) == -1 ? -errno : 0;
}

static void
take_fds(struct msghdr *m, int fds[CONTROL_FDS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	for (int i = 0; i < CONTROL_FDS; i++)
		fds[i] = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
}

ssize_t
control_receive(
    int sock, unsigned int *kind, void *p, size_t size, int fds[CONTROL_FDS])
{
	uint8_t first = 0;
	struct iovec iov[2] = { { &first, 1 }, { p, size } };
	union ancillary a;
	struct msghdr m = { .msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = a.bytes,
		.msg_controllen = sizeof(a.bytes) };
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);

	if (n == -1)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0)
		return -EPIPE;
	take_fds(&m, fds);
	*kind = first;
	return n - 1;
}
