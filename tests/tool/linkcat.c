/*
 * linkcat path - standard input into a Unix socket, what comes back out
 *
 * Ends when the other side does; its own end of input leaves it connected.
 */
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* False at the end of from. */
static bool
pass(int from, int to)
{
	char buf[65536];
	ssize_t n = read(from, buf, sizeof(buf));

	for (ssize_t done = 0; done < n;) {
		ssize_t k = write(to, buf + done, (size_t)(n - done));

		if (k <= 0)
			return false;
		done += k;
	}
	return n > 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);
	struct pollfd fds[2] = { { STDIN_FILENO, POLLIN, 0 },
		{ sock, POLLIN, 0 } };

	if (argc != 2 || strlen(argv[1]) >= sizeof(addr.sun_path))
		return 100;
	strcpy(addr.sun_path, argv[1]);
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)))
		return 111;
	for (;;) {
		if (poll(fds, 2, -1) == -1)
			return 111;
		if (fds[0].revents && !pass(STDIN_FILENO, sock))
			fds[0].fd = -1;
		if (fds[1].revents && !pass(sock, STDOUT_FILENO))
			return 0;
	}
}
