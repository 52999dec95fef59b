#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"
#include "server.h"

enum {
	BACKLOG = 128,
	FROM_MAX = 128, /* connections from one source */
};

static bool
is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (sa->sa_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return in6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

size_t
listen_source(int fd, struct sockaddr_storage *ss, const void **source)
{
	const struct sockaddr_in6 *in6 = (const void *)ss;
	socklen_t len = sizeof(*ss);

	memset(ss, 0, sizeof(*ss));
	getpeername(fd, (struct sockaddr *)ss, &len);
	*source = &((struct sockaddr_in *)ss)->sin_addr;
	if (ss->ss_family != AF_INET6)
		return 4;
	*source = in6->sin6_addr.s6_addr;
	if (!IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return 8;
	*source = in6->sin6_addr.s6_addr + 12;
	return 4;
}

/* NULL for this machine, which may be a proxy: its visitors are many. */
static unsigned *
count_of(struct server *s, int fd)
{
	struct sockaddr_storage ss;
	const void *source;
	size_t len = listen_source(fd, &ss, &source);

	return is_loopback((struct sockaddr *)&ss)
	    ? NULL
	    : &s->from[throttle_slot(&s->throttle, source, len)];
}

static void
accept_ready(struct loop_watch *w, uint32_t events)
{
	struct server *s = w->arg;
	lws_sock_file_fd_type fd;
	unsigned *count;
	struct lws *wsi;
	int one = 1;

	(void)events;
	fd.sockfd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd.sockfd == -1)
		return;
	count = count_of(s, fd.sockfd);
	if (count && *count == FROM_MAX) {
		close(fd.sockfd);
		return;
	}
	setsockopt(fd.sockfd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	wsi = lws_adopt_descriptor_vhost(s->vhost,
	    LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL, fd, NULL,
	    NULL);
	if (!wsi || !count)
		return;
	++*count;
	lws_set_opaque_user_data(wsi, count);
}

void
listen_gone(struct lws *wsi)
{
	unsigned *count = lws_get_opaque_user_data(wsi);

	if (count)
		--*count;
}

/* When there is no room they wait in the backlog until somebody goes. */
void
listen_less(struct server *s)
{
	if (++s->connections == s->connections_max)
		loop_unwatch(&s->loop, &s->listener);
}

void
listen_more(struct server *s)
{
	s->connections--;
	loop_watch(&s->loop, &s->listener, EPOLLIN);
}

static struct addrinfo *
resolve(const char *address)
{
	struct addrinfo *found,
	    hints = { .ai_socktype = SOCK_STREAM,
		    .ai_flags = AI_NUMERICSERV | AI_PASSIVE };
	const char *colon = strrchr(address, ':');
	const char *port = colon ? colon + 1 : address;
	char host[256] = "127.0.0.1";
	size_t len = colon ? (size_t)(colon - address) : 0;
	int err;

	if (len && *address == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	if (len >= sizeof(host))
		len = sizeof(host) - 1;
	if (colon) {
		memcpy(host, address, len);
		host[len] = '\0';
	}
	if (!*port || port[strspn(port, "0123456789")] || atoi(port) > 65535)
		die(EXIT_PERM, 0, "option -l: '%s' is not [HOST:]PORT",
		    address);
	err = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	if (err)
		die(EXIT_PERM, 0, "option -l: '%s': %s", host,
		    gai_strerror(err));
	return found;
}

static int
open_listener(const struct addrinfo *ai, const char *address)
{
	int one = 1;
	int fd = socket(
	    ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		die(EXIT_TEMP, errno, "cannot make a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, BACKLOG)) {
		if (errno == EADDRINUSE)
			die(EXIT_TEMP, 0,
			    "%s is in use by another program: choose another "
			    "port with -l",
			    address);
		die(EXIT_TEMP, errno, "cannot listen at %s", address);
	}
	return fd;
}

/* Say on stdout where, now that it can be connected to. */
static void
announce(const struct server *s)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[64] = "", port[8] = "";

	getsockname(s->listener.fd, (struct sockaddr *)&ss, &len);
	getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	if (printf(strchr(host, ':') ? "%s://[%s]:%s/\n" : "%s://%s:%s/\n",
		s->site.tls ? "https" : "http", host, port) < 0 ||
	    fflush(stdout))
		die(EXIT_TEMP, errno, "cannot write to standard output");
}

void
listen_at(struct server *s, const char *address, bool public)
{
	struct addrinfo *ai = resolve(address);
	int err;

	if (!is_loopback(ai->ai_addr) && !s->grants.on)
		die(EXIT_PERM, 0,
		    "%s is open to others: give -a to ask who they are",
		    address);
	if (!is_loopback(ai->ai_addr) && !s->site.tls && !public)
		die(EXIT_PERM, 0,
		    "%s is open to others without TLS: give -c and -k, or -i "
		    "behind a proxy that has it",
		    address);
	s->listener = (struct loop_watch){ .fd = open_listener(ai, address),
		.ready = accept_ready,
		.arg = s };
	freeaddrinfo(ai);
	err = loop_watch(&s->loop, &s->listener, EPOLLIN);
	if (err)
		die(EXIT_TEMP, err, "cannot watch for connections");
	announce(s);
}
