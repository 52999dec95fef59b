#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "server.h"

enum { BACKLOG = 256 };

static void
split(const char *text, char opt, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	*port = colon ? colon + 1 : text;
	if (len && *text == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= size || !**port || strlen(*port) > 5 ||
	    (*port)[strspn(*port, "0123456789")] || atoi(*port) > UINT16_MAX)
		die(EXIT_PERM, 0, "option -%c: '%s' is not [HOST:]PORT", opt,
		    text);
	memcpy(host, text, len);
	host[len] = '\0';
}

static int
open_socket(const struct addrinfo *ai, int type, bool several, const char *text)
{
	int one = 1, bytes = UDP_BUFFER;
	int fd = socket(ai->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (several)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (type == SOCK_DGRAM) {
		/* Beyond what the system allows others, if we may. */
		if (setsockopt(
			fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
			setsockopt(
			    fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
		batch_accept_runs(fd);
	}
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) ||
	    (type == SOCK_STREAM && listen(fd, BACKLOG)))
		die(EXIT_TEMP, errno, "cannot listen at %s", text);
	return fd;
}

static void
add(struct server *s, const struct addrinfo *ai, int kind, const char *text)
{
	struct listener *l = &s->listeners[s->nlisteners];
	int type = kind == LISTEN_UDP ? SOCK_DGRAM : SOCK_STREAM;
	bool several = s->nworkers > 1;
	int fd;

	if (s->nlisteners == LISTENERS)
		die(EXIT_PERM, 0, "more than %d addresses to listen at",
		    LISTENERS);
	if (several) /* alone at first: it must not be another server's */
		close(open_socket(ai, type, false, text));
	for (size_t i = 0; i < s->nworkers; i++) {
		fd = open_socket(ai, type, several, text);
		if (fd == -EAFNOSUPPORT)
			return; /* a machine without IPv6 */
		if (fd < 0)
			die(EXIT_TEMP, fd, "cannot make a socket");
		l->fds[i] = fd;
	}
	l->server = s;
	l->kind = (unsigned int)kind;
	l->watch = (struct loop_watch){ .fd = l->fds[0],
		.ready = kind == LISTEN_UDP ? udp_ready : stream_accept,
		.arg = l };
	s->nlisteners++;
}

void
listen_at(struct server *s, const char *text, bool tls)
{
	struct addrinfo *found,
	    hints = { .ai_socktype = SOCK_STREAM,
		    .ai_flags = AI_NUMERICSERV | AI_PASSIVE };
	char host[256];
	const char *port;
	char opt = tls ? 'T' : 'l';
	int err;

	split(text, opt, host, sizeof(host), &port);
	err = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	if (err)
		die(EXIT_PERM, 0, "option -%c: '%s': %s", opt, host,
		    gai_strerror(err));
	for (struct addrinfo *ai = found; ai; ai = ai->ai_next) {
		if (tls) {
			add(s, ai, LISTEN_TLS, text);
			continue;
		}
		add(s, ai, LISTEN_UDP, text);
		add(s, ai, LISTEN_TCP, text);
	}
	freeaddrinfo(found);
}

void
relay_at(struct server *s, const char *text)
{
	struct turn_config *c = &s->turn.config;
	struct address local, public = { 0 };
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	char first[ADDRESS_TEXT] = "";
	int i;

	if (len < sizeof(first))
		memcpy(first, text, len);
	if (!address_parse_ip(&local, first) ||
	    (equals && !address_parse_ip(&public, equals + 1)) ||
	    (equals && public.family != local.family))
		die(EXIT_PERM, 0, "option -a: '%s' is not ADDRESS[=PUBLIC]",
		    text);
	i = local.family == ADDRESS_V6;
	if (c->relay[i].family)
		die(EXIT_PERM, 0, "option -a: two addresses of one family");
	c->relay[i] = local;
	c->public[i] = public;
}

void
other_at(struct server *s, const char *text)
{
	struct address a, *other;

	if (!address_parse(&a, text))
		die(EXIT_PERM, 0, "option -o: '%s' is not ADDRESS:PORT", text);
	other = &s->turn.config.other[a.family == ADDRESS_V6];
	if (other->family)
		die(EXIT_PERM, 0, "option -o: two addresses of one family");
	*other = a;
}

/* What this machine would reach others from; nothing is sent. */
static void
find_route(struct address *a, const char *there)
{
	struct address to;
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	address_parse_ip(&to, there);
	to.port = 9;
	len = address_to_sockaddr(&to, &ss);
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	if (connect(fd, (struct sockaddr *)&ss, len) == 0) {
		len = sizeof(ss);
		getsockname(fd, (struct sockaddr *)&ss, &len);
		address_of_sockaddr(a, &ss);
		a->port = 0;
	}
	close(fd);
}

/* An address may be listed twice, by two interfaces. */
static int
add_own(struct policy *p, const struct address *a)
{
	for (size_t i = 0; i < p->nown; i++)
		if (address_same_ip(&p->own[i], a))
			return 0;
	return policy_own(p, a);
}

int
find_own_addresses(struct server *s)
{
	const struct turn_config *c = &s->turn.config;
	struct policy *p = &s->turn.policy, was = *p;
	struct ifaddrs *list;
	struct address a;
	int err = 0;

	if (getifaddrs(&list))
		return -errno;
	p->nown = 0;
	for (struct ifaddrs *i = list; i && !err; i = i->ifa_next) {
		if (!i->ifa_addr)
			continue;
		address_of_sockaddr(
		    &a, (struct sockaddr_storage *)(void *)i->ifa_addr);
		if (a.family)
			err = add_own(p, &a);
	}
	freeifaddrs(list);
	for (int i = 0; i < 2 && !err; i++)
		if (c->public[i].family)
			err = add_own(p, &c->public[i]);
	if (err)
		*p = was;
	return err;
}

void
find_addresses(struct server *s)
{
	struct turn_config *c = &s->turn.config;
	int err;

	if (!c->relay[0].family && !c->relay[1].family) {
		find_route(&c->relay[0], "8.8.8.8");
		find_route(&c->relay[1], "2001:4860:4860::8888");
	}
	if (!c->relay[0].family && !c->relay[1].family)
		die(EXIT_PERM, 0,
		    "this machine has no route to others: say with -a where "
		    "relays are to be");
	if ((err = find_own_addresses(s)))
		die(EXIT_TEMP, err, "cannot list this machine's addresses");
}
