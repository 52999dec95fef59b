/* Connections come, and those go that do nothing with an allocation. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "stream.h"

static struct stream *
stream_of(struct waiter *w)
{
	return (struct stream *)((char *)w - offsetof(struct stream, waiter));
}

static void
watch_oldest(struct server *s)
{
	struct waiter *oldest = s->waiting.oldest;

	if (!oldest)
		loop_timer_stop(&s->loop, &s->impatience);
	else if (!s->impatience.set)
		loop_timer_set(&s->loop, &s->impatience, oldest->until_us);
}

/* Without an allocation, or after its end: it has WAITING_US. */
bool
stream_wait(struct stream *c, uint32_t max_source)
{
	struct waiting *w = &c->server->waiting;
	bool room = true;

	if (c->established)
		waiting_remove(w, &c->waiter);
	else if (!c->waiter.until_us) {
		c->heard = 0;
		room = waiting_add(
		    w, &c->waiter, &c->client.address, max_source, clock_us());
	}
	watch_oldest(c->server);
	return room;
}

static void
impatient(struct loop_timer *t)
{
	struct server *s = t->arg;
	int64_t now = clock_us();

	while (s->waiting.oldest && s->waiting.oldest->until_us <= now) {
		log_info("a connection without an allocation is closed");
		stream_close(stream_of(s->waiting.oldest));
	}
	watch_oldest(s);
}

static bool
start_tls(struct stream *c)
{
	c->tls = SSL_new(c->server->tls);
	if (!c->tls || !SSL_set_fd(c->tls, c->watch.fd))
		return false;
	SSL_set_accept_state(c->tls);
	return true;
}

static bool
stream_open(
    struct server *s, int fd, const struct sockaddr_storage *from, bool tls)
{
	struct stream *c = calloc(1, sizeof(*c));
	uint32_t place = 0;

	if (!c)
		return false;
	while (s->streams[place])
		place++;
	c->server = s;
	c->watch =
	    (struct loop_watch){ .fd = fd, .ready = stream_ready, .arg = c };
	c->client.link = STREAM_LINK + place;
	c->client.stream = true;
	address_of_sockaddr(&c->client.address, from);
	if (!stream_wait(c, s->turn.config.max_source) ||
	    (tls && !start_tls(c)) ||
	    loop_watch(&s->loop, &c->watch, EPOLLIN)) {
		waiting_remove(&s->waiting, &c->waiter);
		SSL_free(c->tls);
		free(c);
		return false;
	}
	s->streams[place] = c;
	s->nstreams++;
	return true;
}

/* Among too many that wait the newest may be who has something to say. */
static bool
make_room(struct server *s)
{
	if (!s->waiting.oldest)
		return false;
	stream_close(stream_of(s->waiting.oldest));
	return true;
}

/* Who waits goes, or else who comes. */
void
stream_shortage(struct server *s, int listener)
{
	if ((errno != EMFILE && errno != ENFILE) || make_room(s))
		return;
	close(s->spare_fd);
	close(accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	s->spare_fd = eventfd(0, EFD_CLOEXEC);
}

void
stream_accept(struct loop_watch *w, uint32_t events)
{
	struct listener *l = w->arg;
	struct server *s = l->server;
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	int one = 1;
	int fd = accept4(w->fd, (struct sockaddr *)&from, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd == -1) {
		stream_shortage(s, w->fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (s->waiting.n >= WAITERS || s->nstreams == STREAMS)
		make_room(s);
	if (s->nstreams == STREAMS ||
	    !stream_open(s, fd, &from, l->kind == LISTEN_TLS))
		close(fd);
}

void
streams_open(struct server *s)
{
	s->streams = calloc(STREAMS, sizeof(*s->streams));
	s->spare_fd = eventfd(0, EFD_CLOEXEC);
	s->impatience = (struct loop_timer){ .expired = impatient, .arg = s };
	if (!s->streams || waiting_open(&s->waiting, STREAMS) ||
	    getrandom(&s->waiting.seed, sizeof(s->waiting.seed), 0) == -1)
		die(EXIT_TEMP, errno, "cannot start");
}

void
streams_expire(struct server *s)
{
	for (size_t i = 0; i < STREAMS; i++) {
		struct stream *c = s->streams[i];

		if (!c || !c->established)
			continue;
		c->established = stream_is_established(c);
		stream_wait(c, UINT32_MAX);
	}
}

void
streams_close(struct server *s)
{
	for (size_t i = 0; i < STREAMS; i++)
		if (s->streams[i])
			stream_close(s->streams[i]);
	free(s->streams);
	waiting_close(&s->waiting);
	close(s->spare_fd);
}
