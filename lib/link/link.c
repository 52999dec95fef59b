#include "link/link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link/unix.h"

enum { RETRY_US = 50000 };

static void retry_later(struct link *l);

/* Release the stream, keep what a new connection needs. */
static void
hang_up(struct link *l)
{
	loop_unwatch(l->loop, &l->read_watch);
	loop_unwatch(l->loop, &l->write_watch);
	if (l->rfd != -1)
		close(l->rfd);
	if (l->wfd != -1 && l->wfd != l->rfd)
		close(l->wfd);
	l->rfd = l->wfd = -1;
	while (l->nfds)
		close(l->fds[--l->nfds]);
	l->in_len = l->out_len = 0;
	l->write_wanted = false;
	/* A failed write that was about to be reported goes with it. */
	l->err = 0;
	loop_timer_stop(l->loop, &l->timer);
}

/* Tell the owner; then connect again if asked to. */
static void
lost(struct link *l, int err)
{
	if (l->config.retry && l->dir_watch.events) {
		hang_up(l);
		l->config.ops->down(l, err);
		if (l->loop)
			retry_later(l);
	} else {
		link_close(l);
		l->config.ops->down(l, err);
	}
}

static void
lose_soon(struct link *l, int err)
{
	if (!l->err)
		loop_timer_set(l->loop, &l->timer, 1);
	l->err = err;
}

static int do_read(struct link *l);

static void
timer_expired(struct loop_timer *t)
{
	struct link *l = t->arg;
	int err = l->err;

	/* What the other end said before it went still counts. */
	if (err && l->rfd == l->wfd) {
		int read = do_read(l);

		if (read > 0)
			loop_timer_set(l->loop, &l->timer, 1);
		if (read)
			return;
	}
	l->err = 0;
	if (err)
		lost(l, err == -EPIPE || err == -ECONNRESET ? 0 : err);
	else
		retry_later(l);
}

/* Give input() what there is until it takes no more. */
static int
deliver(struct link *l)
{
	ssize_t n = 1;
	size_t done = 0;

	while (done < l->in_len && n > 0) {
		n = l->config.ops->input(l, l->in + done, l->in_len - done);
		if (l->rfd == -1)
			return 0;
		if (n < 0)
			return (int)n;
		done += (size_t)n;
	}
	if (done)
		memmove(l->in, l->in + done, l->in_len - done);
	l->in_len -= done;
	return l->in_len == l->config.in_size ? -EMSGSIZE : 0;
}

static void
keep_fds(struct link *l, struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (l->nfds < LINK_FDS)
				l->fds[l->nfds++] = fd;
			else
				close(fd);
		}
	}
}

static ssize_t
receive(struct link *l)
{
	struct iovec iov = { l->in + l->in_len, l->config.in_size - l->in_len };
	_Alignas(
	    struct cmsghdr) char control[CMSG_SPACE(LINK_FDS * sizeof(int))];
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(l->rfd, &msg, MSG_CMSG_CLOEXEC);

	if (n == -1 && errno == ENOTSOCK)
		return read(l->rfd, iov.iov_base, iov.iov_len);
	if (n >= 0)
		keep_fds(l, &msg);
	return n;
}

/* 0 when there was nothing to read, -1 when that was the end of the link. */
static int
do_read(struct link *l)
{
	ssize_t n = receive(l);
	int err = n < 0 ? -errno : 0;

	if (err == -EAGAIN || err == -EINTR)
		return 0;
	if (n > 0) {
		l->in_len += (size_t)n;
		if (!l->config.ops->input)
			l->in_len = 0;
		else if ((err = deliver(l)) == 0 && l->rfd == -1)
			return -1; /* input() closed it */
	}
	if (n > 0 && !err)
		return 1;
	lost(l, err == -ECONNRESET ? 0 : err);
	return -1;
}

/* For what there is to read, or only for its end. */
static int
watch_read(struct link *l)
{
	uint32_t events = l->held ? EPOLLERR : EPOLLIN;

	if (l->wfd == l->rfd && (l->write_wanted || l->out_len))
		events |= EPOLLOUT;
	if (events == EPOLLERR && l->read_watch.always) {
		loop_unwatch(l->loop, &l->read_watch); /* it has no end */
		return 0;
	}
	return loop_watch(l->loop, &l->read_watch, events);
}

/* Watch for room in the stream, or only for its end. */
static void
watch_write(struct link *l)
{
	bool wanted = l->write_wanted || l->out_len;
	int err;

	if (l->wfd == l->rfd)
		err = watch_read(l);
	else
		err = loop_watch(
		    l->loop, &l->write_watch, wanted ? EPOLLOUT : EPOLLERR);
	if (err)
		lose_soon(l, err);
}

/* How much of p goes in now; what fails is reported by down(), later. */
static size_t
write_some(struct link *l, const void *p, size_t len, int fd)
{
	struct iovec iov = { (void *)p, len };
	ssize_t n;

	if (fd == -1)
		n = write(l->wfd, p, len);
	else
		n = unix_send_fd(l->wfd, &iov, fd);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		lose_soon(l, -errno);
	return n > 0 ? (size_t)n : 0;
}

static void
do_write(struct link *l)
{
	size_t n;

	if (l->out_len) {
		n = write_some(l, l->out, l->out_len, -1);
		memmove(l->out, l->out + n, l->out_len - n);
		l->out_len -= n;
	}
	if (l->write_wanted && !l->out_len && !l->err) {
		l->write_wanted = false;
		if (l->config.ops->writable)
			l->config.ops->writable(l);
	}
	if (l->wfd != -1)
		watch_write(l);
}

static void
read_ready(struct loop_watch *w, uint32_t events)
{
	struct link *l = w->arg;

	if (events & ~(uint32_t)EPOLLOUT)
		do_read(l);
	if (events & EPOLLOUT && link_is_up(l))
		do_write(l);
}

static void
write_ready(struct loop_watch *w, uint32_t events)
{
	struct link *l = w->arg;

	if (events & EPOLLOUT)
		do_write(l);
	else
		lost(l, 0);
}

/* Not on files and terminals, whose flags others share. */
static void
set_nonblocking(int fd)
{
	struct stat st;

	if (fd != -1 && !fstat(fd, &st) &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Put a fresh stream into an initialised link. */
static int
attach(struct link *l, int rfd, int wfd)
{
	int err = 0;

	l->rfd = rfd;
	l->wfd = wfd;
	set_nonblocking(rfd);
	set_nonblocking(wfd);
	l->read_watch.fd = rfd;
	l->write_watch.fd = wfd;
	if (rfd != -1)
		err = watch_read(l);
	if (!err && wfd != -1 && wfd != rfd)
		err = loop_watch(l->loop, &l->write_watch, EPOLLERR);
	if (err)
		hang_up(l);
	else if (l->config.ops->up)
		l->config.ops->up(l);
	return err;
}

static int
prepare(struct link *l, struct loop *loop, const struct link_config *c)
{
	*l = (struct link){ .arg = c->arg,
		.config = *c,
		.loop = loop,
		.rfd = -1,
		.wfd = -1,
		.read_watch = { .ready = read_ready, .arg = l },
		.write_watch = { .ready = write_ready, .arg = l },
		.dir_watch = { .fd = -1 },
		.timer = { .expired = timer_expired, .arg = l } };
	l->in = malloc(c->in_size + 1);
	l->out = malloc(c->out_size + 1);
	return l->in && l->out ? 0 : -ENOMEM;
}

int
link_open(struct link *l, struct loop *loop, int rfd, int wfd,
    const struct link_config *c)
{
	int err = prepare(l, loop, c);

	l->config.retry = false;
	if (err) {
		if (rfd != -1)
			close(rfd);
		if (wfd != -1 && wfd != rfd)
			close(wfd);
	} else {
		err = attach(l, rfd, wfd);
	}
	if (err)
		link_close(l);
	return err;
}

static bool
is_socket(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISSOCK(st.st_mode);
}

int
link_open_stdin(struct link *l, struct loop *loop, const struct link_config *c)
{
	return link_open(l, loop, STDIN_FILENO,
	    is_socket(STDIN_FILENO) ? STDIN_FILENO : -1, c);
}

int
link_open_stdout(struct link *l, struct loop *loop, const struct link_config *c)
{
	return link_open(l, loop, is_socket(STDOUT_FILENO) ? STDOUT_FILENO : -1,
	    STDOUT_FILENO, c);
}

static int
connect_now(struct link *l)
{
	struct stat st;
	int fd;

	if (stat(l->path, &st))
		return -errno;
	if (S_ISSOCK(st.st_mode)) {
		fd = unix_connect(l->path);
		if (fd < 0)
			return fd;
		return attach(l, fd, fd);
	}
	/* A FIFO opened for both directions has no end: writers may change. */
	fd = open(
	    l->path, (S_ISFIFO(st.st_mode) ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd == -1)
		return -errno;
	/* A file that was read is not to be read again. */
	l->config.retry &= !S_ISREG(st.st_mode);
	return attach(l, fd, -1);
}

/* Also true of a stream whose loss is about to be told. */
static bool
has_stream(const struct link *l)
{
	return l->rfd != -1 || l->wfd != -1;
}

/* Something changed where the socket should be. */
static void
dir_ready(struct loop_watch *w, uint32_t events)
{
	struct link *l = w->arg;
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n = read(w->fd, buf, sizeof(buf));
	bool gone = false;

	(void)events;
	for (ssize_t i = 0; i < n;) {
		struct inotify_event *ev = (void *)(buf + i);

		gone |= (ev->mask & IN_IGNORED) != 0;
		i += (ssize_t)(sizeof(*ev) + ev->len);
	}
	if (gone) {
		loop_unwatch(l->loop, w);
		if (!has_stream(l)) {
			loop_timer_stop(l->loop, &l->timer);
			lost(l, -ENOENT);
		}
	} else if (!has_stream(l)) {
		retry_later(l);
	}
}

static int
watch_dir(struct link *l)
{
	char dir[PATH_MAX];
	char *slash;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd == -1)
		return -errno;
	l->dir_watch =
	    (struct loop_watch){ .fd = fd, .ready = dir_ready, .arg = l };
	memcpy(dir, l->path, sizeof(dir));
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	if (inotify_add_watch(fd, slash ? dir : ".",
		IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) == -1)
		return -errno;
	return loop_watch(l->loop, &l->dir_watch, EPOLLIN);
}

/*
 * Try now, and leave it to inotify when there is nobody to connect to; what
 * passes by itself, a full queue or no descriptors, is tried by the clock.
 */
static void
retry_later(struct link *l)
{
	int err = connect_now(l);

	if (err == -EAGAIN || err == -EMFILE || err == -ENFILE)
		loop_timer_set(l->loop, &l->timer, clock_us() + RETRY_US);
}

int
link_connect(struct link *l, struct loop *loop, const char *addr,
    const struct link_config *c)
{
	int err;

	if (strcmp(addr, "-") == 0)
		return link_open_stdin(l, loop, c);
	err = prepare(l, loop, c);
	if (!err && strlen(addr) >= sizeof(l->path))
		err = -ENAMETOOLONG;
	if (!err) {
		strcpy(l->path, addr);
		if (c->retry && !(err = watch_dir(l)))
			retry_later(l);
		else if (!err)
			err = connect_now(l);
	}
	if (err)
		link_close(l);
	return err;
}

void
link_close(struct link *l)
{
	if (!l->loop)
		return;
	hang_up(l);
	loop_unwatch(l->loop, &l->dir_watch);
	if (l->dir_watch.fd != -1)
		close(l->dir_watch.fd);
	free(l->in);
	free(l->out);
	l->in = l->out = NULL;
	l->loop = NULL;
}

bool
link_is_up(const struct link *l)
{
	return l->loop && (l->rfd != -1 || l->wfd != -1) && !l->err;
}

/* Have writable() called when all has gone and more may come. */
static void
want_room(struct link *l)
{
	l->write_wanted = true;
	watch_write(l);
}

size_t
link_write(struct link *l, const void *p, size_t len)
{
	size_t n;

	if (!link_is_up(l) || l->wfd == -1)
		return 0;
	n = write_some(l, p, len, -1);
	if (n < len && !l->err)
		want_room(l);
	return n;
}

size_t
link_unread(const struct link *l)
{
	int n = 0;

	if (!link_is_up(l) || l->wfd == -1)
		return 0;
	/* A file, unlike a pipe, would tell what lies ahead in it. */
	if (ioctl(l->wfd, SIOCOUTQ, &n) && !l->write_watch.always &&
	    ioctl(l->wfd, FIONREAD, &n))
		n = 0;
	return (size_t)n;
}

int
link_send(struct link *l, const void *p, size_t len, int fd)
{
	size_t n = 0;

	if (!link_is_up(l) || l->wfd == -1)
		return -ENOTCONN;
	if (l->config.out_size - l->out_len < len)
		return -ENOBUFS;
	if (!l->out_len)
		n = write_some(l, p, len, fd);
	if (l->err)
		return -ENOTCONN;
	/* A descriptor goes with the first byte, so not into the queue. */
	if (fd != -1 && !n) {
		want_room(l);
		return -ENOBUFS;
	}
	memcpy(l->out + l->out_len, (const char *)p + n, len - n);
	l->out_len += len - n;
	if (l->out_len)
		want_room(l);
	return 0;
}

void
link_again(struct link *l)
{
	int err;

	if (link_is_up(l) && l->in_len && (err = deliver(l)))
		lost(l, err);
}

void
link_hold(struct link *l, bool hold)
{
	int err;

	if (l->held == hold)
		return;
	l->held = hold;
	if (!link_is_up(l) || l->rfd == -1)
		return;
	err = watch_read(l);
	if (err)
		lose_soon(l, err);
	else if (!hold)
		link_again(l);
}

bool
link_is_idle(const struct link *l)
{
	return !l->out_len;
}

int
link_take_fd(struct link *l)
{
	int fd = -1;

	if (l->nfds) {
		fd = l->fds[0];
		memmove(l->fds, l->fds + 1, --l->nfds * sizeof(*l->fds));
	}
	return fd;
}
