#include "link/link.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

enum { IN = 16, OUT = 1024 };

static struct loop loop;
static char dir[64], path[PATH_MAX];

/* What happened to one end of a link. */
struct end {
	struct link link;
	int ups, downs, err, rooms;
	char got[4096];
	size_t len, step; /* input() takes this many bytes at a time; 0 all */
	bool close_on_input;
};

static void
end_up(struct link *l)
{
	struct end *e = l->arg;

	e->ups++;
}

static ssize_t
end_input(struct link *l, const uint8_t *p, size_t len)
{
	struct end *e = l->arg;
	size_t n = e->step && len > e->step ? e->step : len;

	if (e->step && len < e->step)
		return 0;
	if (e->close_on_input) {
		link_close(l);
		return 0;
	}
	if (*p == '!')
		return -EBADMSG;
	if (n > sizeof(e->got) - e->len)
		n = sizeof(e->got) - e->len;
	memcpy(e->got + e->len, p, n);
	e->len += n;
	return (ssize_t)n;
}

static void
end_writable(struct link *l)
{
	struct end *e = l->arg;

	e->rooms++;
}

static void
end_down(struct link *l, int err)
{
	struct end *e = l->arg;

	e->downs++;
	e->err = err;
}

static const struct link_ops ops = { end_up, end_input, end_writable,
	end_down };

static struct link_config
config(struct end *e, bool retry)
{
	memset(e, 0, sizeof(*e));
	return (struct link_config){ .ops = &ops,
		.arg = e,
		.in_size = IN,
		.out_size = OUT,
		.retry = retry };
}

/* Run until *counter is n; the loop's 5 s are for a broken test only. */
static void
until(const int *counter, int n)
{
	int64_t end = clock_us() + 5000000;

	while (*counter != n && clock_us() < end)
		loop_turn(&loop, 1000);
}

static void
until_len(const struct end *e, size_t n)
{
	int64_t end = clock_us() + 5000000;

	while (e->len != n && clock_us() < end)
		loop_turn(&loop, 1000);
}

static void
turns(int n)
{
	while (n--)
		loop_turn(&loop, 0);
}

/* ---- a server with one end at a time */

static struct end served;
static bool refuse_all;

static struct link *
serve(struct link_server *s)
{
	if (refuse_all)
		return NULL;
	s->config = config(&served, false);
	return &served.link;
}

static int
listen_at(struct link_server *s, const char *where)
{
	struct end unused;
	struct link_config c = config(&unused, false);

	memset(&served, 0, sizeof(served));
	memset(s, 0, sizeof(*s));
	s->accept = serve;
	return link_listen(s, &loop, where, &c);
}

static int
connect_to(struct end *e, const char *where, bool retry)
{
	struct link_config c = config(e, retry);

	return link_connect(&e->link, &loop, where, &c);
}

static int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -3; /* . .. and the directory itself */

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* ---- one connection */

static void
both_ways(void)
{
	struct link_server s;
	struct end e;

	is_int(listen_at(&s, path), 0, "listen");
	is_int(connect_to(&e, path, false), 0, "connect");
	is_int(e.ups, 1, "up at once at the caller");
	until(&served.ups, 1);
	is_int(served.ups, 1, "and at the server");
	is_int(link_write(&e.link, "ping", 4), 4, "write");
	until_len(&served, 4);
	is_mem(served.got, "ping", 4, "the server reads it");
	is_int(link_send(&served.link, "pong", 4, -1), 0, "send back");
	until_len(&e, 4);
	is_mem(e.got, "pong", 4, "the caller reads it");
	link_close(&e.link);
	until(&served.downs, 1);
	is_int(served.err, 0, "the end of a stream is no error");
	is_int(e.downs, 0, "who closes is not told");
	ok(!link_is_up(&e.link) && !link_is_up(&served.link), "both are down");
	is_int(link_write(&e.link, "x", 1), 0, "writing then takes nothing");
	is_int(link_send(&e.link, "x", 1, -1), -ENOTCONN, "nor does sending");
	link_close(&e.link);
	link_unlisten(&s);
	is_int(access(path, F_OK), -1, "the socket is gone with its server");
	is_int(connect_to(&e, path, false), -ENOENT, "nobody there");
}

static void
held(void)
{
	struct link_server s;
	struct end e;

	listen_at(&s, path);
	connect_to(&e, path, false);
	until(&served.ups, 1);
	link_hold(&served.link, true);
	link_send(&e.link, "one", 3, -1);
	link_send(&served.link, "back", 4, -1);
	until_len(&e, 4);
	turns(5);
	is_int(
	    (intmax_t)served.len, 0, "a held link reads nothing, but writes");
	ok(link_unread(&e.link) > 0, "the other end can tell");
	link_hold(&served.link, false);
	until_len(&served, 3);
	is_mem(served.got, "one", 3, "what waited comes when it is let go");
	link_hold(&served.link, true);
	link_close(&e.link);
	until(&served.downs, 1);
	is_int(served.downs, 1, "the end is told of a held link, too");
	link_unlisten(&s);
}

static void
framing(void)
{
	struct end a, b;
	struct link_config c;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		abort();
	c = config(&a, false);
	is_int(link_open(&a.link, &loop, sv[0], sv[0], &c), 0, "open");
	c = config(&b, false);
	link_open(&b.link, &loop, sv[1], sv[1], &c);
	b.step = 3;
	link_write(&a.link, "abcde", 5);
	until_len(&b, 3);
	is_mem(b.got, "abc", 3, "input() takes a unit");
	link_write(&a.link, "f", 1);
	until_len(&b, 6);
	is_mem(b.got, "abcdef", 6, "and the rest when it is whole");

	b.step = IN + 1;
	link_write(&a.link, "0123456789abcdef", IN);
	until(&b.downs, 1);
	is_int(b.err, -EMSGSIZE, "a unit larger than the buffer");
	until(&a.downs, 1);
	is_int(a.err, 0, "ends the link for both");
	link_close(&a.link);
	link_close(&b.link);
}

static void
bad_input(void)
{
	struct end a;
	struct link_config c = config(&a, false);
	int p[2];

	if (pipe(p))
		abort();
	link_open(&a.link, &loop, p[0], -1, &c);
	(void)!write(p[1], "!", 1);
	until(&a.downs, 1);
	is_int(a.err, -EBADMSG, "input() takes the link down");
	close(p[1]);

	if (pipe(p))
		abort();
	c = config(&a, false);
	link_open(&a.link, &loop, p[0], -1, &c);
	a.close_on_input = true;
	(void)!write(p[1], "x", 1);
	turns(3);
	ok(!link_is_up(&a.link) && !a.downs, "input() may close its link");
	close(p[1]);
}

static void
short_writes(void)
{
	static char bulk[1 << 20];
	struct end a;
	struct link_config c = config(&a, false);
	char drain[65536];
	size_t sent, read_back = 0;
	ssize_t n;
	int p[2];

	if (pipe2(p, O_NONBLOCK))
		abort();
	link_open(&a.link, &loop, -1, p[1], &c);
	sent = link_write(&a.link, bulk, sizeof(bulk));
	ok(sent > 0 && sent < sizeof(bulk), "a full pipe takes a part");
	turns(2);
	is_int(a.rooms, 0, "no room while it is full");
	while ((n = read(p[0], drain, sizeof(drain))) > 0)
		read_back += (size_t)n;
	is_int(read_back, sent, "what it took arrives");
	until(&a.rooms, 1);
	is_int(a.rooms, 1, "room is told when there is some");
	turns(2);
	is_int(a.rooms, 1, "and once");
	close(p[0]);
	until(&a.downs, 1);
	is_int(a.err, 0, "a reader that goes is an end, seen without a write");
}

static void
queue(void)
{
	static char bulk[1 << 20];
	struct end a, b;
	struct link_config c;
	size_t total = 0;
	int sv[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		abort();
	c = config(&a, false);
	link_open(&a.link, &loop, sv[0], sv[0], &c);
	is_int(link_send(&a.link, bulk, OUT + 1, -1), -ENOBUFS,
	    "more than the queue holds is refused");
	for (int i = 0; i < 10000 && !err; i++)
		if (!(err = link_send(&a.link, bulk, 1000, -1)))
			total += 1000;
	is_int(err, -ENOBUFS, "a full queue refuses too");
	is_int(link_send(&a.link, bulk, 1, sv[1]), -ENOBUFS,
	    "a descriptor is not queued");
	c = config(&b, false);
	link_open(&b.link, &loop, sv[1], sv[1], &c);
	for (size_t seen = 0; seen < total && !b.downs;) {
		loop_turn(&loop, 1000);
		seen += b.len;
		total -= b.len == 0 && seen == total;
		b.len = 0;
		if (seen == total)
			ok(true, "what was queued arrives, and no byte more");
	}
	is_int(a.rooms > 0, 1, "the emptied queue is told");
	link_close(&a.link);
	until(&b.downs, 1);
	link_close(&b.link);
}

static void
descriptors(void)
{
	struct end a, b;
	struct link_config c;
	struct stat want, got;
	int sv[2], fd, before = open_fds();

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		abort();
	c = config(&a, false);
	link_open(&a.link, &loop, sv[0], sv[0], &c);
	c = config(&b, false);
	link_open(&b.link, &loop, sv[1], sv[1], &c);
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	is_int(link_send(&a.link, "fd\n", 3, fd), 0, "send a descriptor");
	fstat(fd, &want);
	close(fd);
	until_len(&b, 3);
	fd = link_take_fd(&b.link);
	ok(fd != -1 && !fstat(fd, &got) && got.st_ino == want.st_ino,
	    "it is the same file");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "closed on exec");
	close(fd);
	is_int(link_take_fd(&b.link), -1, "only one came");

	for (int i = 0; i < LINK_FDS + 3; i++)
		link_send(&a.link, "x", 1, STDERR_FILENO);
	until_len(&b, 3 + LINK_FDS + 3);
	link_close(&b.link);
	until(&a.downs, 1);
	is_int(open_fds(), before, "what nobody took is closed, surplus too");
}

static void
files(void)
{
	struct end e;
	char file[PATH_MAX];
	int fd;

	snprintf(file, sizeof(file), "%s/file", dir);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	(void)!write(fd, "bytes", 5);
	close(fd);
	is_int(connect_to(&e, file, false), 0, "a file is an address");
	until(&e.downs, 1);
	is_mem(e.got, "bytes", 5, "its bytes are read");
	is_int(e.err, 0, "to the end");
	unlink(file);
}

static void
fifos(void)
{
	struct end e;
	char fifo[PATH_MAX];
	int fd;

	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	mkfifo(fifo, 0600);
	is_int(connect_to(&e, fifo, false), 0, "a FIFO without a writer");
	for (int i = 1; i <= 2; i++) {
		fd = open(fifo, O_WRONLY | O_CLOEXEC);
		(void)!write(fd, "line\n", 5);
		close(fd);
		until_len(&e, (size_t)i * 5);
	}
	is_mem(e.got, "line\nline\n", 10, "one writer after the other");
	is_int(e.downs, 0, "is no end");
	link_close(&e.link);
	unlink(fifo);
}

/* ---- servers */

/* Bind path in a child that dies, or stays until killed. */
static pid_t
other_server(bool stay)
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe(ready) || (pid = fork()) == -1)
		abort();
	if (!pid) {
		struct link_server s;

		/* The epoll set is shared across fork(): have our own. */
		if (loop_init(&loop) || listen_at(&s, path))
			_exit(1);
		(void)!write(ready[1], "", 1);
		while (stay)
			pause();
		_exit(0);
	}
	close(ready[1]);
	(void)!read(ready[0], &c, 1);
	close(ready[0]);
	return pid;
}

static void
reap(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
taken_paths(void)
{
	struct link_server s;
	struct end e;
	pid_t pid = other_server(true);
	char file[PATH_MAX];
	int fd;

	is_int(listen_at(&s, path), -EADDRINUSE, "a path that is served");
	reap(pid);
	is_int(access(path, F_OK), 0, "a killed server leaves its socket");
	is_int(connect_to(&e, path, false), -ECONNREFUSED, "nobody answers");
	is_int(listen_at(&s, path), 0, "a new server takes it over");
	is_int(connect_to(&e, path, false), 0, "and can be connected to");
	until(&served.ups, 1);
	link_close(&e.link);
	until(&served.downs, 1);

	/* Another one takes over from us, in the manner of a restart. */
	unlink(path);
	pid = other_server(true);
	link_unlisten(&s);
	is_int(access(path, F_OK), 0, "its successor's socket is left alone");
	reap(pid);
	unlink(path);

	snprintf(file, sizeof(file), "%s/file", dir);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	is_int(listen_at(&s, file), -ENOTSOCK, "a file is never replaced");
	is_int(access(file, F_OK), 0, "it is still there");
	unlink(file);
	snprintf(file, sizeof(file), "%s/none/socket", dir);
	is_int(listen_at(&s, file), -ENOENT, "no such directory");
	snprintf(file, sizeof(file), "%s/%0120d", dir, 1);
	is_int(listen_at(&s, file), -ENAMETOOLONG, "a long path");
	is_int(connect_to(&e, file, false), -ENOENT, "a long path to nothing");
}

static void
private_socket(void)
{
	struct link_server s;
	struct stat st = { 0 };
	mode_t old = umask(0);

	listen_at(&s, path);
	umask(old);
	stat(path, &st);
	is_int(st.st_mode & 0777, 0600, "only its user may connect");
	link_unlisten(&s);
}

static void
refusals(void)
{
	struct link_server s;
	struct end e;
	struct rlimit limit, few;
	int next;

	listen_at(&s, path);
	refuse_all = true;
	connect_to(&e, path, false);
	until(&e.downs, 1);
	is_int(e.downs, 1, "accept() may refuse");
	refuse_all = false;

	connect_to(&e, path, false);
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	next = dup(STDIN_FILENO);
	close(next);
	few.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &few);
	until(&e.downs, 1);
	setrlimit(RLIMIT_NOFILE, &limit);
	is_int(e.downs, 1, "out of descriptors the caller is turned away");
	connect_to(&e, path, false);
	served.ups = 0;
	until(&served.ups, 1);
	is_int(served.ups, 1, "and served when there are some again");
	link_close(&e.link);
	until(&served.downs, 1);
	link_unlisten(&s);
}

/* ---- waiting for the other end, and losing it */

static void
retry(void)
{
	struct link_server s;
	struct end e;
	pid_t pid;
	int round;

	is_int(connect_to(&e, path, true), 0, "wait for a socket");
	turns(2);
	is_int(e.ups, 0, "that is not there yet");
	listen_at(&s, path);
	until(&e.ups, 1);
	until(&served.ups, 1);
	is_int(e.ups, 1, "it is connected when it appears");
	link_close(&served.link);
	until(&e.ups, 2);
	is_int(e.downs, 1, "a lost link goes down");
	is_int(e.ups, 2, "and is connected again");
	until(&served.ups, 1);
	link_unlisten(&s);
	link_close(&served.link);
	until(&e.downs, 2);
	is_int(e.ups, 2, "without a server it waits");

	for (round = 3; round < 6; round++) {
		pid = other_server(true);
		until(&e.ups, round);
		reap(pid);
		until(&e.downs, round);
	}
	is_int(e.ups, 5, "servers killed with -9 are followed to the next");
	link_close(&e.link);
	unlink(path);
}

/*
 * The peer goes while a failed write waits to be reported: one down(), and
 * the new connection is not charged with it.
 */
static void
write_to_the_dead(void)
{
	struct link_server s;
	struct end e;

	listen_at(&s, path);
	connect_to(&e, path, true);
	until(&served.ups, 1);
	link_close(&served.link);
	is_int(link_write(&e.link, "x", 1), 0, "a dead peer takes nothing");
	ok(!link_is_up(&e.link), "the link knows at once");
	until(&e.ups, 2);
	is_int(e.downs, 1, "it goes down once");
	turns(5);
	is_int(e.downs, 1, "and not again for the same");
	ok(link_is_up(&e.link), "the new connection is up");
	is_int(link_write(&e.link, "y", 1), 1, "and takes bytes");
	link_close(&e.link);
	until(&served.downs, 1);
	link_unlisten(&s);
}

static void
directory_removed(void)
{
	struct end e;
	char sub[PATH_MAX], socket_path[PATH_MAX];

	snprintf(sub, sizeof(sub), "%s/sub", dir);
	snprintf(socket_path, sizeof(socket_path), "%s/sub/s", dir);
	is_int(connect_to(&e, socket_path, true), -ENOENT,
	    "no directory, nothing to wait for");
	mkdir(sub, 0700);
	is_int(connect_to(&e, socket_path, true), 0, "wait in a directory");
	rmdir(sub);
	until(&e.downs, 1);
	is_int(e.err, -ENOENT, "its end is the end of waiting");
}

/* A listener whose queue is full is tried again by the clock. */
static void
full_queue(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct end e[4];
	struct link_server s;
	int64_t end = clock_us() + 5000000;
	int fd, up = 0;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/s", dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) || listen(fd, 0))
		abort();
	for (int i = 0; i < 4; i++) {
		is_int(connect_to(&e[i], path, true), 0, "caller %d", i);
		up += e[i].ups;
	}
	ok(up < 4, "the queue is full");
	is_int(listen_at(&s, path), -EADDRINUSE, "which is no stale socket");
	while (!e[3].ups && clock_us() < end) {
		close(accept(fd, NULL, NULL));
		loop_turn(&loop, 10);
	}
	ok(e[3].ups, "the last comes in when there is room");
	for (int i = 0; i < 4; i++)
		link_close(&e[i].link);
	close(fd);
	unlink(path);
}

static struct end talker;

static void
talker_up(struct link *l)
{
	end_up(l);
	link_send(l, "hello\n", 6, -1);
}

static struct link *
talker_accept(struct link_server *s)
{
	(void)s;
	return &talker.link;
}

/* A client says more than a buffer holds and is gone before it is greeted. */
static void
said_before_leaving(void)
{
	static const struct link_ops talker_ops = { talker_up, end_input, NULL,
		end_down };
	struct link_config c = config(&talker, false);
	struct link_server s = { .accept = talker_accept };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char data[1000];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	c.ops = &talker_ops;
	memset(data, 'x', sizeof(data));
	is_int(link_listen(&s, &loop, path, &c), 0, "a server that talks");
	strcpy(sun.sun_path, path);
	ok(connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
		write(fd, data, sizeof(data)) == sizeof(data),
	    "a client that says much and leaves");
	close(fd);
	until(&talker.downs, 1);
	is_int(talker.len, sizeof(data), "is heard to the end");
	ok(talker.downs == 1 && talker.err == 0, "and then gone");
	link_unlisten(&s);
}

/* With retry a socket is waited for, but a file is not read for ever. */
static void
file_once(void)
{
	struct end e;
	struct link_config c = config(&e, true);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ok(fd != -1 && write(fd, "once\n", 5) == 5, "a file");
	close(fd);
	is_int(link_connect(&e.link, &loop, path, &c), 0, "is connected to");
	until(&e.downs, 1);
	turns(5);
	ok(e.len == 5 && e.ups == 1 && e.downs == 1, "and read once");
	unlink(path);
}

int
main(void)
{
	int before;

	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(dir, sizeof(dir), "/tmp/link-test.XXXXXX");
	if (!mkdtemp(dir) || loop_init(&loop))
		abort();
	snprintf(path, sizeof(path), "%s/s", dir);
	before = open_fds();
	both_ways();
	held();
	framing();
	bad_input();
	short_writes();
	queue();
	descriptors();
	files();
	fifos();
	taken_paths();
	private_socket();
	refusals();
	retry();
	write_to_the_dead();
	directory_removed();
	full_queue();
	said_before_leaving();
	file_once();
	is_int(open_fds(), before, "no descriptor was leaked");
	is_int(rmdir(dir), 0, "nor a file");
	loop_clear(&loop);
	return done_testing();
}
