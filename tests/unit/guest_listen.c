#include "guest/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tap.h"
#include "link/unix.h"

static struct loop loop;
static struct origin from;
static int got = -1;

static void
connected(void *arg, int fd, const struct origin *origin)
{
	(void)arg;
	got = fd;
	from = *origin;
	loop_stop(&loop);
}

static struct listeners all = { .loop = &loop, .connected = connected };

static void
next(void)
{
	loop_run(&loop);
	loop.stopped = false;
}

/* Where fd listens, for those that ask for any port. */
static const char *
address_of(int fd)
{
	static char text[16];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	getsockname(fd, (struct sockaddr *)&ss, &len);
	snprintf(text, sizeof(text), "127.0.0.1:%u",
	    ntohs(((const struct sockaddr_in *)(const void *)&ss)->sin_port));
	return text;
}

static void
test_words(void)
{
	const char *bad[] = { "", ":", "localhost:", "5900x", "65536",
		"host:-1", "1:2:", "localhost:123456" };
	char host[] = "................................................"
		      "................:1";

	for (size_t i = 0; i < LEN(bad); i++)
		is_int(listen_tcp(&all, bad[i]), -EINVAL, "'%s'", bad[i]);
	memset(host, 'x', 64); /* longer than a name in the DNS: no look-up */
	is_int(listen_tcp(&all, host), -ENXIO, "no such host");
	is_int(all.n, 0, "nothing listens");
	ok(strstr(listen_why(-EINVAL), "[HOST:]PORT"), "the words for that");
}

static void
test_tcp(void)
{
	struct origin to;
	int fd;

	is_int(listen_tcp(&all, "127.0.0.1:0"), 0, "listen by TCP");
	fd = listen_reverse(address_of(all.all[0].watch.fd), &to);
	ok(fd >= 0 && fcntl(fd, F_GETFL) & O_NONBLOCK, "connect to it");
	ok(to.loopback && !to.trusted, "by this machine's own way");
	next();
	ok(fcntl(got, F_GETFL) & O_NONBLOCK, "it comes, and does not block");
	ok(from.loopback && !from.trusted, "from this machine, not trusted");
	is_int(from.source_len, 4, "its source is an address");
	is_mem(from.source, "\177\0\0\1", 4, "the right one");
	ok(!strncmp(from.text, "127.0.0.1 port ", 15), "in words too");
	is_int(listen_tcp(&all, address_of(all.all[0].watch.fd)), -EADDRINUSE,
	    "no two listen at one port");
	close(fd);
	close(got);
}

static void
test_unix(const char *dir)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/socket", dir);
	fd = unix_listen(path);
	is_int(listen_unix(&all, path), -EADDRINUSE, "somebody serves it");
	close(fd);
	is_int(listen_unix(&all, path), 0, "who is gone is replaced");
	fd = unix_connect(path);
	next();
	ok(from.trusted && from.loopback, "this user is trusted");
	is_int(from.source_len, 0, "and not throttled");
	close(fd);
	close(got);
	while (all.n < LISTENERS)
		if (listen_tcp(&all, "127.0.0.1:0"))
			abort();
	is_int(listen_tcp(&all, "127.0.0.1:0"), -E2BIG, "there is an end");
	is_int(listen_unix(&all, path), -E2BIG, "for either kind");
	unlisten(&all);
	ok(access(path, F_OK) && errno == ENOENT, "the socket is removed");
}

int
main(void)
{
	char dir[] = "/tmp/guest_listen.XXXXXX";

	if (!mkdtemp(dir) || loop_init(&loop))
		abort();
	test_words();
	test_tcp();
	test_unix(dir);
	loop_clear(&loop);
	rmdir(dir);
	return done_testing();
}
