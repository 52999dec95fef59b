/*
 * runs.h - datagrams of one size through the kernel as one: UDP_SEGMENT
 *
 * A datagram costs most on its way through the kernel.  Of those that wait for
 * a viewer most have the same size.
 */
#ifndef RD_RTC_RUNS_H
#define RD_RTC_RUNS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { RUNS_MAX = 64 }; /* datagrams of one: udp(7) */

struct runs {
	int fd; /* of UDP; borrowed */
	struct sockaddr_storage to;
	socklen_t to_len;
};

/*
 * Send n datagrams, each one iov; what the socket does not take at once is
 * lost.  False when the kernel knows no runs: then the rest has not left, from
 * *sent on.
 */
bool runs_send(const struct runs *r, struct iovec *iov, unsigned int n,
    unsigned int *sent);

#endif
