#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "peer.h"

enum { RELAY_BATCH = 16 };

static struct relay_socket *
socket_of(struct server *s, const struct turn_relay *r)
{
	size_t family = r == &r->alloc->relay[1];

	return &s->relays[2 * (size_t)(r->alloc - s->turn.allocs) + family];
}

static void
to_client(struct server *s, const struct turn_client *c, const uint8_t *data,
    size_t len)
{
	if (c->stream)
		stream_send(s, c->link, data, len);
	else
		batch_send(&s->batch, s->listeners[c->link].watch.fd,
		    &c->address, data, len);
}

static bool
set_dont_fragment(int fd, enum address_family family, int on)
{
	int discover = on ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;

	if (family == ADDRESS_V6)
		return setsockopt(fd, IPPROTO_IPV6, IPV6_DONTFRAG, &on,
			   sizeof(on)) == 0;
	return setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover,
		   sizeof(discover)) == 0;
}

void
relay_send(struct server *s, const struct turn_result *r)
{
	struct relay_socket *rs = socket_of(s, r->relay);

	if (rs->dont_fragment != r->dont_fragment) {
		batch_flush(&s->batch);
		set_dont_fragment(
		    r->relay->fd, r->peer.family, r->dont_fragment);
		rs->dont_fragment = r->dont_fragment;
	}
	batch_send(&s->batch, r->relay->fd, &r->peer, r->data, r->len);
}

static void
relay_ready(struct loop_watch *w, uint32_t events)
{
	struct server *s = w->arg;
	struct turn_relay *r = ((struct relay_socket *)w)->relay;
	struct batch_datagram d;
	int64_t now = server_now(s);

	(void)events;
	batch_receive(&s->batch, w->fd, RELAY_BATCH);
	while (batch_next(&s->batch, &d)) {
		if (!d.alone)
			d.data = batch_copy(&s->batch, d.data, d.len);
		if (turn_from_peer(&s->turn, now, r, &d.from, &d.data, &d.len))
			to_client(s, &r->alloc->client, d.data, d.len);
	}
}

void
udp_ready(struct loop_watch *w, uint32_t events)
{
	struct listener *l = w->arg;
	struct server *s = l->server;
	struct turn_client client = { .link = (uint32_t)(l - s->listeners) };
	struct batch_datagram d;
	struct turn_result result;
	int64_t now = server_now(s);

	(void)events;
	batch_receive(&s->batch, w->fd, BATCH);
	while (batch_next(&s->batch, &d)) {
		client.address = d.from;
		switch (turn_input(
		    &s->turn, now, &client, d.data, d.len, &result)) {
		case TURN_ANSWER:
			to_client(s, &client,
			    batch_copy(&s->batch, result.data, result.len),
			    result.len);
			break;
		case TURN_FORWARD:
			relay_send(s, &result);
			break;
		case TURN_BIND: /* of streams only */
		case TURN_DROP:
			break;
		}
	}
	server_set_expiry(s);
}

int
relay_bind(const struct address *a, int type, bool shared)
{
	struct sockaddr_storage ss;
	socklen_t len = address_to_sockaddr(a, &ss);
	int err, one = 1;
	int fd = socket(ss.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	if (type == SOCK_DGRAM) {
		set_dont_fragment(fd, a->family, false);
		batch_accept_runs(fd);
	} else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (shared)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, len)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int
relay_open(void *arg, struct turn_relay *r)
{
	struct server *s = arg;
	struct relay_socket *rs = socket_of(s, r);
	bool tcp = r->alloc->tcp;
	int err;
	int fd = relay_bind(&r->address, tcp ? SOCK_STREAM : SOCK_DGRAM, false);

	if (fd < 0)
		return fd;
	rs->relay = r;
	rs->dont_fragment = false;
	rs->watch = (struct loop_watch){
		.fd = fd, .ready = tcp ? peer_accept : relay_ready, .arg = s
	};
	err = tcp ? peer_listen(fd) : 0;
	if (!err)
		err = loop_watch(&s->loop, &rs->watch, EPOLLIN);
	if (err)
		close(fd);
	else
		r->fd = fd;
	return err;
}

static void
relay_close(void *arg, struct turn_relay *r)
{
	struct server *s = arg;

	batch_flush(&s->batch);
	loop_unwatch(&s->loop, &socket_of(s, r)->watch);
	close(r->fd);
}

/* Not every kernel that runs Linux programs does. */
static bool
can_dont_fragment(const struct turn_config *c)
{
	bool can = true;

	for (int i = 0; i < 2; i++) {
		int fd;

		if (!c->relay[i].family)
			continue;
		fd = relay_bind(&c->relay[i], SOCK_DGRAM, false);
		can = can && fd >= 0 &&
		    set_dont_fragment(fd, c->relay[i].family, true);
		if (fd >= 0)
			close(fd);
	}
	return can;
}

static void
tell(void *arg, const struct turn_client *c, const uint8_t *data, size_t len)
{
	to_client(arg, c, data, len);
}

void
udp_open(struct server *s)
{
	s->turn.config.can_dont_fragment = can_dont_fragment(&s->turn.config);
	s->turn.config.arg = s;
	s->turn.config.open = relay_open;
	s->turn.config.close = relay_close;
	s->turn.config.connect = peer_connect;
	s->turn.config.disconnect = peer_disconnect;
	s->turn.config.tell = tell;
	s->relays = calloc(2 * (size_t)s->turn.config.max, sizeof(*s->relays));
	if (!s->relays || batch_open(&s->batch))
		die(EXIT_TEMP, ENOMEM, "cannot start");
}
