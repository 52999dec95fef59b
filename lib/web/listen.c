#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web/web.h"

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
web_source(int fd, struct sockaddr_storage *ss, const void **source)
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
count_of(struct web *w, int fd)
{
	struct sockaddr_storage ss;
	const void *source;
	size_t len = web_source(fd, &ss, &source);

	return is_loopback((struct sockaddr *)&ss)
	    ? NULL
	    : &w->from[throttle_slot(&w->throttle, source, len)];
}

static void
accept_ready(struct loop_watch *watch, uint32_t events)
{
	struct web *w = watch->arg;
	lws_sock_file_fd_type fd;
	unsigned *count;
	struct lws *wsi;
	int one = 1;

	(void)events;
	fd.sockfd =
	    accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd.sockfd == -1)
		return;
	count = count_of(w, fd.sockfd);
	if (count && *count == FROM_MAX) {
		close(fd.sockfd);
		return;
	}
	setsockopt(fd.sockfd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	wsi = lws_adopt_descriptor_vhost(w->vhost,
	    LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL, fd, NULL,
	    NULL);
	if (!wsi || !count)
		return;
	++*count;
	lws_set_opaque_user_data(wsi, count);
}

/* When there is no room they wait in the backlog until somebody goes. */
int
web_begin(struct lws *wsi, size_t size)
{
	struct web *w = web_of(wsi);
	void *user = calloc(1, size);

	if (!user)
		return -1;
	lws_set_wsi_user(wsi, user);
	if (++w->connections == w->connections_max)
		loop_unwatch(&w->loop, &w->listener);
	return 0;
}

/* It may not have begun: its TLS handshake failed. */
void
web_end(struct lws *wsi)
{
	struct web *w = web_of(wsi);
	unsigned *count = lws_get_opaque_user_data(wsi);
	void *user = lws_wsi_user(wsi);

	if (count)
		--*count;
	if (!user)
		return;
	free(user);
	w->connections--;
	loop_watch(&w->loop, &w->listener, EPOLLIN);
}

static int
resolve(const char *address, struct addrinfo **found)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | AI_PASSIVE };
	const char *colon = strrchr(address, ':');
	const char *port = colon ? colon + 1 : address;
	char host[256] = "127.0.0.1";
	size_t len = colon ? (size_t)(colon - address) : 0;

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
		return -EINVAL;
	return getaddrinfo(*host ? host : NULL, port, &hints, found) ? -ENOENT
								     : 0;
}

int
web_bind(struct web *w, const char *address)
{
	struct addrinfo *ai;
	int fd, one = 1, err = resolve(address, &ai);

	if (err)
		return err;
	fd = socket(
	    ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		err = -errno;
		freeaddrinfo(ai);
		return err;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen))
		err = -errno;
	freeaddrinfo(ai);
	if (err)
		close(fd);
	else
		w->listener = (struct loop_watch){
			.fd = fd, .ready = accept_ready, .arg = w
		};
	return err;
}

bool
web_is_public(const struct web *w)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	getsockname(w->listener.fd, (struct sockaddr *)&ss, &len);
	return !is_loopback((struct sockaddr *)&ss);
}

/* Say on stdout where, now that it can be connected to. */
static int
announce(const struct web *w)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[64] = "", port[8] = "";

	getsockname(w->listener.fd, (struct sockaddr *)&ss, &len);
	getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	if (printf(strchr(host, ':') ? "%s://[%s]:%s/\n" : "%s://%s:%s/\n",
		w->site.tls ? "https" : "http", host, port) < 0 ||
	    fflush(stdout))
		return -errno;
	return 0;
}

int
web_listen(struct web *w)
{
	int err = listen(w->listener.fd, BACKLOG) ? -errno : 0;

	if (!err)
		err = loop_watch(&w->loop, &w->listener, EPOLLIN);
	return err ? err : announce(w);
}
