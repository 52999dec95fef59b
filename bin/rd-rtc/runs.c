#include "runs.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <string.h>

union control {
	struct cmsghdr header;
	uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
};

/* How many from iov on are of one size, the last of which may be less. */
static unsigned int
run_length(const struct iovec *iov, unsigned int n)
{
	unsigned int run = 1;

	while (
	    run < n && run < RUNS_MAX && iov[run].iov_len <= iov[0].iov_len) {
		run++;
		if (iov[run - 1].iov_len < iov[0].iov_len)
			break;
	}
	return run;
}

static void
set_size(struct msghdr *h, union control *control, size_t size)
{
	uint16_t value = (uint16_t)size;

	memset(control, 0, sizeof(*control));
	h->msg_control = control;
	h->msg_controllen = sizeof(*control);
	control->header = (struct cmsghdr){ .cmsg_level = SOL_UDP,
		.cmsg_type = UDP_SEGMENT,
		.cmsg_len = CMSG_LEN(sizeof(value)) };
	memcpy(CMSG_DATA(&control->header), &value, sizeof(value));
}

bool
runs_send(
    const struct runs *r, struct iovec *iov, unsigned int n, unsigned int *sent)
{
	struct sockaddr_storage to = r->to;

	for (*sent = 0; *sent < n;) {
		unsigned int run = run_length(iov + *sent, n - *sent);
		struct msghdr h = { .msg_name = &to,
			.msg_namelen = r->to_len,
			.msg_iov = iov + *sent,
			.msg_iovlen = run };
		union control control;

		if (run > 1)
			set_size(&h, &control, iov[*sent].iov_len);
		if (sendmsg(r->fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
		    run > 1 && errno != EAGAIN && errno != ENOBUFS)
			return false;
		*sent += run;
	}
	return true;
}
