#include "guest/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/unix.h"

enum { BACKLOG = 256 }; /* connections that wait to be accepted */

/* [HOST:]PORT; without a host it is this machine alone. */
static int
resolve(const char *text, struct addrinfo **found)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	const char *colon = strrchr(text, ':');
	const char *port = colon ? colon + 1 : text;
	char host[256] = "localhost";
	size_t len = colon ? (size_t)(colon - text) : 0;

	if (len > 1 && *text == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= sizeof(host) || !*port || strlen(port) > 5 ||
	    port[strspn(port, "0123456789")] || atoi(port) > UINT16_MAX)
		return -EINVAL;
	if (len) {
		memcpy(host, text, len);
		host[len] = '\0';
	}
	return getaddrinfo(host, port, &hints, found) ? -ENXIO : 0;
}

static bool
is_loopback(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;

	if (ss->ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
	    (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
		v6->sin6_addr.s6_addr[12] == 127);
}

/* One IPv4 address, or the network that one subscriber of IPv6 has. */
static void
name_origin(struct origin *o, const struct sockaddr_storage *ss, socklen_t len)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;
	char host[INET6_ADDRSTRLEN] = "?", port[6] = "?";

	*o = (struct origin){ .loopback = is_loopback(ss) };
	getnameinfo((const struct sockaddr *)ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(o->text, sizeof(o->text), "%s port %s", host, port);
	o->source_len = ss->ss_family == AF_INET ? 4 : 8;
	memcpy(o->source,
	    ss->ss_family == AF_INET ? (const void *)&v4->sin_addr
				     : (const void *)&v6->sin6_addr,
	    o->source_len);
}

/* A peer that is gone or cut off is noticed in a minute or two. */
static void
tune(int fd)
{
	int on = 1, idle_s = 30, gone_ms = 60000, unsent = 65536;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(
	    fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &gone_ms, sizeof(gone_ms));
	/* What waits in the kernel cannot be replaced by what is newer. */
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
}

static bool
is_own_user(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	    (cred.uid == geteuid() || cred.uid == 0);
}

static void
accept_ready(struct loop_watch *w, uint32_t events)
{
	const struct listener *l = w->arg;
	struct origin origin = {
		.trusted = true, .loopback = true, .text = "a Unix socket"
	};
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	int fd = accept4(w->fd, (struct sockaddr *)&from, &len,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd == -1)
		return;
	if (!l->local) {
		name_origin(&origin, &from, len);
		tune(fd);
	}
	if (l->local && !is_own_user(fd))
		close(fd);
	else
		l->of->connected(l->of->arg, fd, &origin);
}

/* fd is taken over. */
static int
add(struct listeners *of, int fd, const char *path)
{
	struct listener *l = &of->all[of->n];
	int err;

	*l = (struct listener){ .of = of,
		.local = path,
		.watch = { .fd = fd, .ready = accept_ready, .arg = l } };
	if (path)
		snprintf(l->path, sizeof(l->path), "%s", path);
	err = loop_watch(of->loop, &l->watch, EPOLLIN);
	if (err)
		close(fd);
	else
		of->n++;
	return err;
}

int
listen_unix(struct listeners *l, const char *path)
{
	int fd;

	if (l->n == LISTENERS)
		return -E2BIG;
	fd = unix_connect(path);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || fd == -EAGAIN)
		return -EADDRINUSE;
	if (fd == -ECONNREFUSED)
		unlink(path);
	fd = unix_listen(path);
	return fd < 0 ? fd : add(l, fd, path);
}

/* Negative errno on failure. */
static int
open_tcp(const struct addrinfo *ai)
{
	int on = 1;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return fd;
}

static int
listen_one(struct listeners *l, const struct addrinfo *ai)
{
	int err, fd;

	if (l->n == LISTENERS)
		return -E2BIG;
	fd = open_tcp(ai);
	if (fd < 0)
		return fd;
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, BACKLOG)) {
		err = -errno;
		close(fd);
		return err;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return add(l, fd, NULL);
}

/* A machine without IPv6 has no such sockets, or no such address. */
int
listen_tcp(struct listeners *l, const char *text)
{
	struct addrinfo *found;
	size_t before = l->n;
	int err = resolve(text, &found);

	if (err)
		return err;
	for (struct addrinfo *ai = found; ai; ai = ai->ai_next) {
		err = listen_one(l, ai);
		if (err && err != -EAFNOSUPPORT && err != -EADDRNOTAVAIL)
			break;
	}
	freeaddrinfo(found);
	return l->n > before && (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL)
	    ? 0
	    : err;
}

static int
connect_one(const struct addrinfo *ai)
{
	int err, fd = open_tcp(ai);

	if (fd < 0 || !connect(fd, ai->ai_addr, ai->ai_addrlen))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int
listen_reverse(const char *text, struct origin *origin)
{
	struct addrinfo *found;
	int fd = resolve(text, &found);

	if (fd)
		return fd;
	for (struct addrinfo *ai = found; ai; ai = ai->ai_next) {
		fd = connect_one(ai);
		if (fd < 0)
			continue;
		name_origin(origin, (void *)ai->ai_addr, ai->ai_addrlen);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		tune(fd);
		break;
	}
	freeaddrinfo(found);
	return fd;
}

const char *
listen_why(int err)
{
	switch (err) {
	case -EINVAL:
		return "it is not [HOST:]PORT";
	case -ENXIO:
		return "no address is known of that host";
	case -E2BIG:
		return "there are too many to listen at";
	default:
		return strerror(-err);
	}
}

void
unlisten(struct listeners *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct listener *one = &l->all[i];

		loop_unwatch(l->loop, &one->watch);
		close(one->watch.fd);
		if (one->local)
			unlink(one->path);
	}
	l->n = 0;
}
