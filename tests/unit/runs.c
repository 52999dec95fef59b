#include "../../bin/rd-rtc/runs.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "../tap.h"

/* A socket of the loopback interface, and its address. */
static int
open_socket(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*addr = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd == -1 || bind(fd, (struct sockaddr *)addr, len) ||
	    getsockname(fd, (struct sockaddr *)addr, &len))
		abort();
	return fd;
}

int
main(void)
{
	static const size_t sizes[] = { 1000, 1000, 1000, 300, 1000, 1200, 1200,
		1200, 1, 7 };
	static uint8_t data[LEN(sizes)][1200], got[1500];
	struct iovec iov[LEN(sizes)];
	struct sockaddr_in from, to;
	struct runs r = { .fd = open_socket(&from), .to_len = sizeof(to) };
	int fd = open_socket(&to);
	unsigned int sent;

	memcpy(&r.to, &to, sizeof(to));
	for (size_t i = 0; i < LEN(sizes); i++) {
		memset(data[i], 'a' + (int)i, sizes[i]);
		iov[i] = (struct iovec){ data[i], sizes[i] };
	}
	if (!runs_send(&r, iov, LEN(sizes), &sent)) {
		is_int(sent, 0, "this kernel knows no runs # SKIP");
		return done_testing();
	}
	is_int(sent, LEN(sizes), "all have left");
	for (size_t i = 0; i < LEN(sizes); i++) {
		is_int(recv(fd, got, sizeof(got), 0), sizes[i],
		    "each arrives with its own size");
		is_mem(got, data[i], sizes[i], "and what it holds");
	}
	close(fd);
	r.fd = fd;
	ok(!runs_send(&r, iov, 3, &sent), "a run that is refused");
	is_int(sent, 0, "is left to the caller");
	return done_testing();
}
