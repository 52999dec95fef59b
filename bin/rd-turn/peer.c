#include "peer.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 16 << 10 };

static void
finish(struct peer *p)
{
	turn_disconnected(&p->server->turn, p->connection);
}

/* Either side is heard while the other takes what it says. */
static void
watch_both(struct peer *p)
{
	struct loop *loop = &p->server->loop;
	struct stream *c = p->client;
	uint32_t from_peer = c->out_len || p->paused ? 0 : EPOLLIN;
	uint32_t from_client = c->in_len || p->paused ? 0 : EPOLLIN;

	if (!p->ended)
		loop_watch(loop, &p->watch,
		    EPOLLERR | from_peer | (c->in_len ? EPOLLOUT : 0));
	loop_watch(loop, &c->watch,
	    EPOLLERR | from_client | (c->out_len ? EPOLLOUT : 0));
}

static void
count(struct peer *p, size_t len, bool to_peer)
{
	struct server *s = p->server;
	int64_t now = clock_us();
	int64_t at = turn_data(&s->turn, now, p->connection, len, to_peer);

	if (at <= now)
		return;
	p->paused = true;
	loop_timer_set(&s->loop, &p->pause, at);
}

/* What was read from the client; false: the peer is gone. */
static bool
send_on(struct peer *p)
{
	struct stream *c = p->client;
	ssize_t n =
	    send(p->watch.fd, c->in, c->in_len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	c->in_len -= (size_t)n;
	memmove(c->in, c->in + n, c->in_len);
	return true;
}

/* What the client says; false: it, or the peer, is gone. */
static bool
pass_to_peer(struct peer *p)
{
	struct stream *c = p->client;
	ssize_t n;

	if (p->ended)
		return true;
	do {
		if (c->in_len && !send_on(p))
			return false;
		if (c->in_len || p->paused)
			return true;
		n = stream_read(c, c->in, c->in_size);
		if (n <= 0)
			return n == 0;
		c->in_len = (size_t)n;
		count(p, c->in_len, true);
	} while (c->tls && SSL_pending(c->tls));
	return send_on(p);
}

/* What the peer says; false: the client is gone. */
static bool
pass_to_client(struct peer *p, uint32_t events)
{
	static uint8_t data[CHUNK];
	struct stream *c = p->client;
	ssize_t n = 0;

	if (!c->out_len && !p->paused)
		n = recv(p->watch.fd, data, sizeof(data), MSG_DONTWAIT);
	else if (!(events & (EPOLLERR | EPOLLHUP)))
		return true;
	if (n > 0) {
		count(p, (size_t)n, false);
		stream_send(p->server, c->client.link, data, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		p->ended = true; /* but for what is on its way */
		loop_unwatch(&p->server->loop, &p->watch);
	}
	return !c->closing;
}

static void
settle(struct peer *p, bool good)
{
	if (!good || (p->ended && !p->client->out_len))
		finish(p);
	else
		watch_both(p);
}

static void
unpause(struct loop_timer *t)
{
	struct peer *p = t->arg;

	p->paused = false;
	settle(p, pass_to_peer(p));
}

static void
connect_ready(struct peer *p)
{
	struct server *s = p->server;
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(p->watch.fd, SOL_SOCKET, SO_ERROR, &err, &len);
	p->connecting = false;
	if (!err) /* what it says waits for the client */
		loop_watch(&s->loop, &p->watch, EPOLLERR);
	turn_connected(&s->turn, clock_us(), p->connection, !err);
	server_set_expiry(s);
}

static void
peer_ready(struct loop_watch *w, uint32_t events)
{
	struct peer *p = w->arg;
	bool good = true;

	if (p->connecting) {
		connect_ready(p);
		return;
	}
	if (!p->client) {
		finish(p);
		return;
	}
	if (events & EPOLLOUT)
		good = pass_to_peer(p);
	if (good && events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		good = pass_to_client(p, events);
	settle(p, good);
}

void
peer_client_ready(struct loop_watch *w, uint32_t events)
{
	struct stream *c = w->arg;
	struct peer *p = c->peer;

	if (events & EPOLLOUT && c->out_len)
		stream_flush(c);
	if (c->closing || events & (EPOLLERR | EPOLLHUP))
		finish(p);
	else
		settle(p, pass_to_peer(p));
}

/* Owns fd from now on, even if it fails. */
static int
peer_open(struct server *s, struct turn_connection *c, int fd, bool connecting)
{
	struct peer *p = calloc(1, sizeof(*p));
	int err, one = 1;

	if (!p) {
		close(fd);
		return -ENOMEM;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	p->server = s;
	p->connection = c;
	p->connecting = connecting;
	p->watch =
	    (struct loop_watch){ .fd = fd, .ready = peer_ready, .arg = p };
	p->pause = (struct loop_timer){ .expired = unpause, .arg = p };
	err = loop_watch(&s->loop, &p->watch, connecting ? EPOLLOUT : EPOLLERR);
	if (err) {
		close(fd);
		free(p);
		return err;
	}
	c->user = p;
	return 0;
}

int
peer_connect(void *arg, struct turn_connection *c)
{
	struct turn_relay *r = &c->alloc->relay[c->peer.family == ADDRESS_V6];
	struct sockaddr_storage ss;
	socklen_t len = address_to_sockaddr(&c->peer, &ss);
	int fd = relay_bind(&r->address, SOCK_STREAM, true), err;

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&ss, len) && errno != EINPROGRESS) {
		err = -errno;
		close(fd);
		return err;
	}
	return peer_open(arg, c, fd, true);
}

void
peer_disconnect(void *arg, struct turn_connection *c)
{
	struct server *s = arg;
	struct peer *p = c->user;

	if (!p)
		return;
	c->user = NULL;
	loop_timer_stop(&s->loop, &p->pause);
	loop_unwatch(&s->loop, &p->watch);
	close(p->watch.fd);
	if (p->client) {
		p->client->peer = NULL;
		stream_close(p->client);
	}
	free(p);
}

int
peer_listen(int fd)
{
	int one = 1;

	/* Nobody else listens there; what connects from there comes later. */
	if (listen(fd, TURN_CONNECTIONS) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)))
		return -errno;
	return 0;
}

void
peer_accept(struct loop_watch *w, uint32_t events)
{
	struct server *s = w->arg;
	struct turn_relay *r = ((struct relay_socket *)w)->relay;
	struct turn_connection *c;
	struct sockaddr_storage from = { 0 };
	struct address peer;
	socklen_t len = sizeof(from);
	int fd = accept4(w->fd, (struct sockaddr *)&from, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd == -1) {
		stream_shortage(s, w->fd);
		return;
	}
	address_of_sockaddr(&peer, &from);
	c = turn_accepted(&s->turn, server_now(s), r, &peer);
	if (!c)
		close(fd);
	else if (peer_open(s, c, fd, false))
		turn_disconnected(&s->turn, c);
	server_set_expiry(s);
}

void
peer_bind(struct turn_connection *connection, struct stream *c)
{
	struct peer *p = connection->user;

	p->client = c;
	c->peer = p;
	c->watch.ready = peer_client_ready;
}

void
peer_begin(struct stream *c)
{
	uint8_t *in = realloc(c->in, CHUNK + c->in_len);

	if (!in) {
		finish(c->peer);
		return;
	}
	c->in = in;
	c->in_size = CHUNK + c->in_len;
	count(c->peer, c->in_len, true);
	settle(c->peer, pass_to_peer(c->peer));
}

void
peer_client_gone(struct stream *c)
{
	struct peer *p = c->peer;

	if (!p)
		return;
	c->peer = NULL;
	p->client = NULL;
	finish(p);
}
