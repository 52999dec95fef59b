#include "names.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum {
	TRIES = 3,
	AGAIN_US = 1000000, /* RFC 6762 section 5.2: at least */
	MESSAGE = 1500,
};

static const struct sockaddr_in group = { .sin_family = AF_INET,
	.sin_port = MDNS_PORT >> 8 | (MDNS_PORT & 255) << 8,
	/* 224.0.0.251 */
	.sin_addr = { .s_addr = 0xfb0000e0 } };

static void
take(struct names *n, const uint8_t *message, size_t len)
{
	char address[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < n->count; i++) {
		struct sdp_candidate *c = &n->list[i].candidate;

		if (!n->list[i].tries ||
		    mdns_answer(message, len, c->address, address))
			continue;
		n->list[i].tries = 0;
		strcpy(c->address, address);
		c->mdns = false;
		n->found(n->arg, c);
	}
}

static void
ready(struct loop_watch *w, uint32_t events)
{
	uint8_t message[MESSAGE];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t len = recvfrom(w->fd, message, sizeof(message), MSG_DONTWAIT,
	    (struct sockaddr *)&from, &size);

	(void)events;
	/* RFC 6762 section 6: answers come from there. */
	if (len > 0 && size == sizeof(from) && from.sin_port == group.sin_port)
		take(w->arg, message, (size_t)len);
}

/* On each link, since the browser may be on any. */
static void
send_query(struct names *n, const char *name)
{
	uint8_t query[MDNS_QUERY];

	mdns_query(query, name);
	for (size_t i = 0; i < n->nlinks; i++) {
		struct ip_mreqn on = { .imr_ifindex = (int)n->links[i] };

		if (setsockopt(n->watch.fd, IPPROTO_IP, IP_MULTICAST_IF, &on,
			sizeof(on)) == 0)
			sendto(n->watch.fd, query, sizeof(query), MSG_DONTWAIT,
			    (const struct sockaddr *)&group, sizeof(group));
	}
}

static void
expired(struct loop_timer *t)
{
	struct names *n = t->arg;
	bool waits = false;

	for (size_t i = 0; i < n->count; i++) {
		if (!n->list[i].tries || !--n->list[i].tries)
			continue;
		send_query(n, n->list[i].candidate.address);
		waits = true;
	}
	if (waits)
		loop_timer_set(n->loop, t, clock_us() + AGAIN_US);
}

/* Hear what is said to the group on the links that can. */
static void
join(struct names *n)
{
	struct ifaddrs *list, *a;

	if (getifaddrs(&list))
		return;
	for (a = list; a && n->nlinks < NAMES_LINKS; a = a->ifa_next) {
		struct ip_mreqn on = { .imr_multiaddr = group.sin_addr };

		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET ||
		    !(a->ifa_flags & IFF_MULTICAST))
			continue;
		on.imr_ifindex = (int)if_nametoindex(a->ifa_name);
		if (on.imr_ifindex &&
		    setsockopt(n->watch.fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &on,
			sizeof(on)) == 0)
			n->links[n->nlinks++] = (unsigned int)on.imr_ifindex;
	}
	freeifaddrs(list);
}

/*
 * Browsers answer to the group only, so that we are one of those who have
 * its port.
 */
static bool
listen_to_group(struct names *n)
{
	static const int yes = 1, ttl = 255;
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_port = group.sin_port };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	n->watch = (struct loop_watch){ .fd = fd, .ready = ready, .arg = n };
	n->timer = (struct loop_timer){ .expired = expired, .arg = n };
	if (fd == -1)
		return false;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	    loop_watch(n->loop, &n->watch, EPOLLIN)) {
		close(fd);
		return false;
	}
	join(n);
	return true;
}

bool
names_ask(struct names *n, const struct sdp_candidate *c)
{
	if (n->count == NAMES_MAX || !mdns_is_hidden(c->address))
		return false;
	if (!n->open && !(n->open = listen_to_group(n))) {
		log_info("cannot ask for names on the link");
		return false;
	}
	n->list[n->count].candidate = *c;
	n->list[n->count++].tries = TRIES;
	send_query(n, c->address);
	if (!n->timer.set)
		loop_timer_set(n->loop, &n->timer, clock_us() + AGAIN_US);
	return true;
}

void
names_close(struct names *n)
{
	if (!n->open)
		return;
	loop_unwatch(n->loop, &n->watch);
	loop_timer_stop(n->loop, &n->timer);
	close(n->watch.fd);
	n->open = false;
}
