#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link/unix.h"
#include "link_priv.h"

enum { RETRY_US = 50000 };

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
		return link_attach(l, fd, fd);
	}
	/* A FIFO opened for both directions has no end: writers may change. */
	fd = open(
	    l->path, (S_ISFIFO(st.st_mode) ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd == -1)
		return -errno;
	/* A file that was read is not to be read again. */
	l->config.retry &= !S_ISREG(st.st_mode);
	return link_attach(l, fd, -1);
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
			link_lost(l, -ENOENT);
		}
	} else if (!has_stream(l)) {
		link_retry(l);
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

void
link_retry(struct link *l)
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
	err = link_prepare(l, loop, c);
	if (!err && strlen(addr) >= sizeof(l->path))
		err = -ENAMETOOLONG;
	if (!err) {
		strcpy(l->path, addr);
		if (c->retry && !(err = watch_dir(l)))
			link_retry(l);
		else if (!err)
			err = connect_now(l);
	}
	if (err)
		link_close(l);
	return err;
}
