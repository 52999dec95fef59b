#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link/link.h"
#include "link/unix.h"

static bool
peer_allowed(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	    (cred.uid == geteuid() || cred.uid == 0);
}

/* Out of descriptors: use the spare one to turn the caller away. */
static void
refuse(struct link_server *s)
{
	int fd;

	close(s->spare_fd);
	fd = accept(s->watch.fd, NULL, NULL);
	if (fd != -1)
		close(fd);
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
accept_ready(struct loop_watch *w, uint32_t events)
{
	struct link_server *s = w->arg;
	struct link *l;
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE)
			refuse(s);
		return;
	}
	if (!peer_allowed(fd) || !(l = s->accept(s)))
		close(fd);
	else
		link_open(l, s->loop, fd, fd, &s->config);
}

int
link_listen(struct link_server *s, struct loop *loop, const char *path,
    const struct link_config *c)
{
	char temp[PATH_MAX + 16];
	struct stat st;
	int fd, err;

	s->loop = loop;
	s->config = *c;
	s->watch =
	    (struct loop_watch){ .fd = -1, .ready = accept_ready, .arg = s };
	s->spare_fd = -1;
	if (strlen(path) >= sizeof(s->path))
		return -ENAMETOOLONG;
	strcpy(s->path, path);
	s->inode = 0;
	fd = unix_connect(path);
	if (fd >= 0)
		close(fd);
	/* -EAGAIN: its queue is full, so there is somebody. */
	if (fd >= 0 || fd == -EAGAIN)
		return -EADDRINUSE;
	if (!lstat(path, &st) && !S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	snprintf(temp, sizeof(temp), "%s.%ld", path, (long)getpid());
	unlink(temp);
	fd = unix_listen(temp);
	if (fd < 0)
		return fd;
	s->watch.fd = fd;
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (stat(temp, &st) || rename(temp, path)) {
		err = -errno;
		unlink(temp);
	} else {
		s->inode = st.st_ino;
		err = loop_watch(loop, &s->watch, EPOLLIN);
	}
	if (err)
		link_unlisten(s);
	return err;
}

void
link_unlisten(struct link_server *s)
{
	struct stat st;

	if (!s->loop || s->watch.fd == -1)
		return;
	loop_unwatch(s->loop, &s->watch);
	close(s->watch.fd);
	s->watch.fd = -1;
	if (s->spare_fd != -1)
		close(s->spare_fd);
	if (!stat(s->path, &st) && st.st_ino == s->inode)
		unlink(s->path);
}
