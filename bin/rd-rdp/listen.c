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

enum { BACKLOG = 64 };

/* [HOST:]PORT; without a host it is this machine alone. */
static struct addrinfo *
resolve(const char *text)
{
	struct addrinfo *found,
	    hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	const char *colon = strrchr(text, ':');
	const char *port = colon ? colon + 1 : text;
	char host[256] = "localhost";
	size_t len = colon ? (size_t)(colon - text) : 0;
	int err;

	if (len > 1 && *text == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= sizeof(host) || !*port || strlen(port) > 5 ||
	    port[strspn(port, "0123456789")] || atoi(port) > UINT16_MAX)
		die(EXIT_PERM, 0, "option -l: '%s' is not [HOST:]PORT", text);
	if (len) {
		memcpy(host, text, len);
		host[len] = '\0';
	}
	err = getaddrinfo(host, port, &hints, &found);
	if (err)
		die(EXIT_PERM, 0, "option -l: '%s': %s", host,
		    gai_strerror(err));
	return found;
}

/* One IPv4 address, or the network that one subscriber of IPv6 has. */
static void
name_origin(struct origin *o, const struct sockaddr_storage *ss, socklen_t len)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;
	char host[INET6_ADDRSTRLEN] = "?", port[6] = "?";

	*o = (struct origin){ 0 };
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

static void
accept_ready(struct loop_watch *w, uint32_t events)
{
	struct listener *l = w->arg;
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	struct origin origin;
	int fd = accept4(w->fd, (struct sockaddr *)&from, &len,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd == -1)
		return;
	name_origin(&origin, &from, len);
	tune(fd);
	if (guest_allowed(l->server, &origin))
		guest_start(l->server, fd, &origin);
	else
		close(fd);
}

static int
open_tcp(const struct addrinfo *ai)
{
	int on = 1;
	int fd = socket(
	    ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return -1;
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return fd;
}

static void
add(struct server *s, int fd)
{
	struct listener *l = &s->listeners[s->nlisteners++];

	*l = (struct listener){ .server = s,
		.watch = { .fd = fd, .ready = accept_ready, .arg = l } };
	if (loop_watch(&s->loop, &l->watch, EPOLLIN))
		die(EXIT_TEMP, errno, "cannot watch a socket");
}

void
listen_at(struct server *s, const char *text)
{
	struct addrinfo *found = resolve(text);
	size_t before = s->nlisteners;

	for (struct addrinfo *ai = found; ai; ai = ai->ai_next) {
		int fd = open_tcp(ai);

		if (fd == -1)
			continue; /* a machine without IPv6 */
		if (s->nlisteners == LISTENERS)
			die(EXIT_PERM, 0, "more than %d addresses", LISTENERS);
		if (bind(fd, ai->ai_addr, ai->ai_addrlen) ||
		    listen(fd, BACKLOG)) {
			if (errno != EADDRNOTAVAIL || !ai->ai_next)
				die(EXIT_TEMP, errno, "cannot listen at %s",
				    text);
			close(fd);
			continue;
		}
		add(s, fd);
	}
	freeaddrinfo(found);
	if (s->nlisteners == before)
		die(EXIT_TEMP, 0, "cannot listen at %s", text);
}

void
unlisten(struct server *s)
{
	for (size_t i = 0; i < s->nlisteners; i++) {
		loop_unwatch(&s->loop, &s->listeners[i].watch);
		close(s->listeners[i].watch.fd);
	}
}
