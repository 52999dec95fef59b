/*
 * Who reads the network cannot open files.  Another process does, and opens
 * nothing but those that were named at the start; it ends with this one.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "link/unix.h"

enum { REMOVE = FILES }; /* one of the numbers that are asked for */

static void
answer(int sock, uint8_t which, const char *const paths[static FILES])
{
	int fd = open(paths[which], O_RDONLY | O_CLOEXEC);
	uint8_t err = fd == -1 ? (uint8_t)errno : 0;
	struct iovec iov = { &err, sizeof(err) };

	if (fd == -1)
		(void)!write(sock, &err, sizeof(err));
	else
		unix_send_fd(sock, &iov, fd);
	close(fd);
}

/* The other process: it keeps its privileges, and no socket but this. */
static _Noreturn void
serve(int sock, const char *const paths[static FILES], const char *leftover)
{
	bool remove = false;
	uint8_t which;

	signal(SIGINT, SIG_IGN); /* it ends when this socket does */
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (sock > 3)
		close_range(3, (unsigned int)sock - 1, 0);
	close_range((unsigned int)sock + 1, ~0u, 0);
	while (read(sock, &which, sizeof(which)) == sizeof(which))
		if (which == REMOVE)
			remove = true;
		else if (which < FILES && paths[which])
			answer(sock, which, paths);
	if (remove)
		unlink(leftover);
	_exit(0);
}

void
files_start(struct files *f, const char *leftover)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
	    (f->pid = fork()) == -1)
		die(EXIT_TEMP, errno, "cannot start");
	if (f->pid == 0)
		serve(pair[1], f->paths, leftover);
	close(pair[1]);
	f->fd = pair[0];
}

static int
received_fd(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

FILE *
files_open(const struct files *f, enum file which)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	uint8_t ask = (uint8_t)which, err = 0;
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	int fd;

	if (send(f->fd, &ask, sizeof(ask), MSG_NOSIGNAL) != sizeof(ask) ||
	    recvmsg(f->fd, &msg, MSG_CMSG_CLOEXEC) != sizeof(err)) {
		errno = ECHILD; /* it was killed */
		return NULL;
	}
	fd = received_fd(&msg);
	errno = err;
	return fd == -1 ? NULL : fdopen(fd, "r");
}

void
files_remove_at_end(const struct files *f)
{
	uint8_t ask = REMOVE;

	(void)!write(f->fd, &ask, sizeof(ask));
}

void
files_stop(struct files *f)
{
	close(f->fd);
	waitpid(f->pid, NULL, 0);
}
