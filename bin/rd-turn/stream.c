#include "stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

enum {
	MESSAGE_STRANGER = 2048,
	WAITER_BYTES = 16 << 10, /* may come from one */
	MESSAGE_MAX = 9216,
	OUT_MAX = 128 << 10, /* what a slow client leaves behind is dropped */
	READ = 16 << 10,
};

void
stream_close(struct stream *c)
{
	struct server *s = c->server;

	peer_client_gone(c);
	turn_gone(&s->turn, &c->client);
	waiting_remove(&s->waiting, &c->waiter);
	loop_unwatch(&s->loop, &c->watch);
	if (c->tls && !c->out_len)
		SSL_shutdown(c->tls); /* says that nothing is missing */
	ERR_clear_error();
	SSL_free(c->tls);
	close(c->watch.fd);
	free(c->in);
	free(c->out);
	s->streams[c->client.link - STREAM_LINK] = NULL;
	s->nstreams--;
	free(c);
}

static ssize_t
tls_result(struct stream *c, int n)
{
	int why;

	if (n > 0)
		return n;
	why = SSL_get_error(c->tls, n);
	ERR_clear_error();
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0
									 : -1;
}

ssize_t
stream_read(struct stream *c, uint8_t *data, size_t size)
{
	ssize_t n;

	if (c->tls)
		return tls_result(c, SSL_read(c->tls, data, (int)size));
	n = recv(c->watch.fd, data, size, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n > 0 ? n : -1;
}

static ssize_t
stream_write(struct stream *c, const uint8_t *data, size_t len)
{
	ssize_t n;

	if (c->tls)
		return tls_result(c, SSL_write(c->tls, data, (int)len));
	n = send(c->watch.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n == -1 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

static bool
append(uint8_t **buf, size_t *len, size_t *size, const uint8_t *data, size_t n)
{
	if (*len + n > *size) {
		size_t more = *size ? *size : 1024;
		uint8_t *p;

		while (more < *len + n)
			more *= 2;
		if (!(p = realloc(*buf, more)))
			return false;
		*buf = p;
		*size = more;
	}
	memcpy(*buf + *len, data, n);
	*len += n;
	return true;
}

/* A stream that fails here is closed when it is next ready. */
static void
fail(struct stream *c)
{
	c->closing = true;
	shutdown(c->watch.fd, SHUT_RDWR);
}

void
stream_flush(struct stream *c)
{
	ssize_t n = stream_write(c, c->out, c->out_len);

	if (n < 0) {
		fail(c);
		return;
	}
	c->out_len -= (size_t)n;
	memmove(c->out, c->out + n, c->out_len);
	if (!c->out_len) {
		free(c->out);
		c->out = NULL;
		c->out_size = 0;
	}
	loop_watch(&c->server->loop, &c->watch,
	    c->out_len ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void
stream_send(struct server *s, uint32_t link, const uint8_t *data, size_t len)
{
	struct stream *c = s->streams[link - STREAM_LINK];
	ssize_t n = 0;

	if (c->closing || c->out_len + len > OUT_MAX)
		return;
	if (!c->out_len)
		n = stream_write(c, data, len);
	if (n < 0) {
		fail(c);
		return;
	}
	if ((size_t)n == len)
		return;
	if (!append(&c->out, &c->out_len, &c->out_size, data + n,
		len - (size_t)n)) {
		fail(c);
		return;
	}
	loop_watch(&s->loop, &c->watch, EPOLLIN | EPOLLOUT);
}

bool
stream_is_established(const struct stream *c)
{
	return c->peer || turn_knows(&c->server->turn, &c->client);
}

static void
take_message(struct stream *c, const uint8_t *data, size_t len)
{
	struct server *s = c->server;
	struct turn_result result;

	switch (turn_input(
	    &s->turn, server_now(s), &c->client, data, len, &result)) {
	case TURN_ANSWER:
		stream_send(s, c->client.link, result.data, result.len);
		break;
	case TURN_FORWARD:
		/* At once: the bytes do not stay. */
		batch_flush(&s->batch);
		relay_send(s, &result);
		batch_flush(&s->batch);
		break;
	case TURN_BIND:
		stream_send(s, c->client.link, result.data, result.len);
		peer_bind(result.connection, c);
		break;
	case TURN_DROP:
		break;
	}
	c->established = stream_is_established(c);
}

/* Take the whole messages that data begins with; -1: it makes no sense. */
static ssize_t
take_messages(struct stream *c, const uint8_t *data, size_t len)
{
	size_t at = 0;

	while (len - at >= 4 && !c->closing && !c->peer) {
		size_t most = c->established ? MESSAGE_MAX : MESSAGE_STRANGER;
		size_t n = turn_message_length(data + at);

		if (!n || n > most)
			return -1;
		if (n > len - at)
			break;
		take_message(c, data + at, n);
		at += n;
	}
	return (ssize_t)at;
}

/* What a message begun earlier lacks is joined to it first. */
static bool
take_bytes(struct stream *c, const uint8_t *data, size_t len)
{
	ssize_t taken;

	if (c->in_len) {
		if (!append(&c->in, &c->in_len, &c->in_size, data, len))
			return false;
		data = c->in;
		len = c->in_len;
	}
	taken = take_messages(c, data, len);
	if (taken < 0)
		return false;
	data += taken;
	len -= (size_t)taken;
	if (c->in_len) {
		memmove(c->in, data, len);
		c->in_len = len;
	} else if (len && !append(&c->in, &c->in_len, &c->in_size, data, len))
		return false;
	if (!c->in_len) {
		free(c->in);
		c->in = NULL;
		c->in_size = 0;
	}
	return true;
}

/* Too much talk without an allocation? */
static bool
heard_enough(struct stream *c, size_t n)
{
	c->heard += n;
	return !c->established && c->heard > WAITER_BYTES;
}

void
stream_ready(struct loop_watch *w, uint32_t events)
{
	static uint8_t data[READ];
	struct stream *c = w->arg;
	struct server *s = c->server;
	ssize_t n;

	if (events & EPOLLOUT && c->out_len)
		stream_flush(c);
	do {
		n = stream_read(c, data, sizeof(data));
		if (n < 0 || c->closing || heard_enough(c, (size_t)n) ||
		    (n && !take_bytes(c, data, (size_t)n))) {
			stream_close(c);
			break;
		}
		stream_wait(c, UINT32_MAX);
		if (c->peer) {
			peer_begin(c);
			break;
		}
	} while (c->tls && SSL_pending(c->tls));
	server_set_expiry(s);
}
