#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link/unix.h"
#include "link_priv.h"

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

void
link_lost(struct link *l, int err)
{
	if (l->config.retry && l->dir_watch.events) {
		hang_up(l);
		l->config.ops->down(l, err);
		if (l->loop)
			link_retry(l);
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
		link_lost(l, err == -EPIPE || err == -ECONNRESET ? 0 : err);
	else
		link_retry(l);
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
	link_lost(l, err == -ECONNRESET ? 0 : err);
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
		link_lost(l, 0);
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

int
link_attach(struct link *l, int rfd, int wfd)
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

int
link_prepare(struct link *l, struct loop *loop, const struct link_config *c)
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
	int err = link_prepare(l, loop, c);

	l->config.retry = false;
	if (err) {
		if (rfd != -1)
			close(rfd);
		if (wfd != -1 && wfd != rfd)
			close(wfd);
	} else {
		err = link_attach(l, rfd, wfd);
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
		link_lost(l, err);
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
