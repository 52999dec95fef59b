#include "guest/guests.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tap.h"
#include "link/unix.h"

static const struct origin one = { .source = { 1 }, .source_len = 4 },
			   two = { .source = { 2 }, .source_len = 4 },
			   trusted = { .trusted = true };
static struct loop loop;
static struct guests all;
static char path[64]; /* of a socket to be given */
static bool heard, gone;

/* --- a guest's process: does what the bytes that it is sent say */

/* How many descriptors came with the answer, and its kind. */
static void
answer(int to, int control)
{
	struct pollfd pfd = { .fd = control, .events = POLLIN };
	unsigned int kind;
	char p[16];
	int fds[CONTROL_FDS];

	poll(&pfd, 1, -1);
	if (control_receive(control, &kind, p, sizeof(p), fds) < 0)
		_exit(1);
	p[0] = (char)kind;
	p[1] = (char)('0' + (fds[0] != -1) + (fds[1] != -1));
	if (write(to, p, 2) != 2)
		_exit(1);
}

static void
run(const struct guest *g, const int *fds)
{
	char c;

	while (read(fds[0], &c, 1) == 1)
		switch (c) {
		case 'c':
			raise(SIGKILL);
			break;
		case 's': /* what it has of its parent's */
			c = *g->of->secrets.control || fcntl(5, F_GETFD) != -1
			    ? 'y'
			    : 'n';
			if (write(fds[0], &c, 1) != 1)
				_exit(1);
			break;
		default:
			control_send(
			    fds[1], (unsigned char)c, NULL, 0, NULL, 0);
			answer(fds[0], fds[1]);
		}
}

/* --- its parent */

static void
message(struct guest *g, unsigned int kind, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	heard = true;
	if (kind == 'g')
		guest_give(g, 'g', path, path);
	else if (kind == 'm')
		guest_give(g, 'g', "/nonexistent", path);
	else
		control_send(g->control.fd,
		    guest_prove(g, (int)kind - '0') ? 'n' : 'y', NULL, 0, NULL,
		    0);
}

static void
left(struct guests *of)
{
	(void)of;
	gone = true;
}

static const struct guest_ops ops = { run, message, left };

static void
until(const bool *event)
{
	while (!*event && !loop.stopped)
		loop_turn(&loop, -1);
}

/* Its end of the connection. */
static int
come(const struct origin *from)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		abort();
	guest_start(&all, &pair[1], 1, from);
	return pair[0];
}

static void
leave(int fd)
{
	gone = false;
	close(fd);
	until(&gone);
}

/* What it is told when it says what. */
static const char *
ask(int fd, char what)
{
	static char text[3];

	heard = false;
	if (write(fd, &what, 1) != 1)
		abort();
	until(&heard);
	if (read(fd, text, 2) < 0)
		return strerror(errno);
	return text;
}

static bool
is(const char *got, const char *want)
{
	return !strcmp(got, want);
}

/* --- tests */

static void
test_process(void)
{
	char c = 's';
	int fd;

	strcpy(all.secrets.control, "own");
	fd = come(&one);
	ok(write(fd, &c, 1) == 1 && read(fd, &c, 1) == 1 && c == 'n',
	    "a guest's process has no password and no other descriptor");
	leave(fd);
	ok(!all.all[0].of, "who leaves has no place");
}

static void
test_role(void)
{
	int fd = come(&one), other = come(&one);

	ok(is(ask(fd, '1'), "y0"), "one proves that it may control");
	ok(all.all[0].proven && all.all[0].controls, "and does");
	ok(is(ask(other, '0'), "y0"), "another that it may view");
	ok(all.all[1].proven && !all.all[1].controls, "and does");
	is_int(guests_proven(&all), 2, "two are let in");
	ok(!guests_allow(&all, &two), "which is as many as may be");
	leave(other);
	ok(guests_allow(&all, &two), "one goes, and one may come");
	gone = false;
	ask(fd, '1');
	until(&gone);
	is_int(guests_proven(&all), 0, "who tries twice is ended");
	close(fd);
	all.view_only = true;
	fd = come(&one);
	ok(is(ask(fd, '1'), "y0") && !all.all[0].controls,
	    "where all only view it does not control");
	all.view_only = false;
	leave(fd);
}

static void
test_full(void)
{
	int fds[3];

	for (size_t i = 0; i < LEN(fds); i++)
		fds[i] = come(&one);
	ask(fds[0], '1');
	ask(fds[1], '1');
	ok(is(ask(fds[2], '1'), "n0"),
	    "who came before it was full is refused");
	for (size_t i = 0; i < LEN(fds); i++)
		leave(fds[i]);
}

static void
test_given(void)
{
	int fd = come(&one), server = unix_listen(path);

	ok(is(ask(fd, 'g'), "g2"), "it is given what there is");
	ok(is(ask(fd, 'm'), "g0"), "nothing after what there is not");
	close(server);
	leave(fd);
}

static void
test_listener(void)
{
	int fd;

	is_int(listen_unix(&all.listeners, path), 0, "listen");
	fd = unix_connect(path);
	while (!all.all[0].of && !loop.stopped)
		loop_turn(&loop, -1);
	fcntl(fd, F_SETFL, 0);
	ok(is(ask(fd, '1'), "y0"), "who comes by a socket is served");
	leave(fd);
}

static void
test_pending(void)
{
	int fds[PENDING_MAX];
	size_t n = 0;

	while (n < PENDING_SOURCE)
		fds[n++] = come(&one);
	ok(!guests_allow(&all, &one), "too many from there prove nothing");
	ok(guests_allow(&all, &two), "from elsewhere one may");
	ok(guests_allow(&all, &trusted), "and who has nothing to prove");
	while (n < PENDING_MAX)
		fds[n++] = come(&two);
	ok(!guests_allow(&all, &(struct origin){ .source = { 3 } }),
	    "too many from anywhere");
	ok(guests_allow(&all, &trusted), "who has nothing to prove still may");
	while (n)
		leave(fds[--n]);
}

static void
test_patience(void)
{
	int fd;

	all.patience_us = 1000;
	gone = false;
	fd = come(&one);
	until(&gone);
	ok(true, "who proves nothing in time is ended");
	close(fd);
	fd = come(&trusted);
	ok(is(ask(fd, '1'), "y0"), "who has nothing to prove has time");
	leave(fd);
	all.patience_us = INT64_C(60000000);
	fd = come(&one);
	guest_wait(&all.all[0], 1000);
	gone = false;
	until(&gone);
	ok(true, "another time can be set");
	close(fd);
}

static void
test_throttle(void)
{
	int fd;

	for (int i = 0; i < 2 * THROTTLE_BURST; i++) {
		fd = come(&two);
		if (i % 2)
			ask(fd, '/'); /* -1 */
		else if (write(fd, "c", 1) != 1)
			abort();
		leave(fd);
	}
	ok(!guests_allow(&all, &two), "who fails or crashes often has to wait");
	ok(guests_allow(&all, &one), "others have not");
}

static void
test_ends(void)
{
	int fds[2] = { come(&one), come(&one) };
	char c;

	ask(fds[0], '1');
	guests_close(&all);
	ok(!all.all[0].of && !all.all[1].of, "all are ended");
	ok(read(fds[0], &c, 1) <= 0 && read(fds[1], &c, 1) <= 0,
	    "and their connections");
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	char dir[] = "/tmp/guest_guests.XXXXXX";

	if (!mkdtemp(dir) || loop_init(&loop))
		abort();
	snprintf(path, sizeof(path), "%s/socket", dir);
	all = (struct guests){ .loop = &loop,
		.ops = &ops,
		.max = 2,
		.ends = 1,
		.patience_us = INT64_C(60000000) };
	is_int(guests_open(&all), 0, "open");
	test_process();
	test_role();
	test_full();
	test_given();
	test_listener();
	test_pending();
	test_patience();
	test_throttle();
	test_ends();
	loop_clear(&loop);
	ok(!rmdir(dir), "no socket is left");
	return done_testing();
}
