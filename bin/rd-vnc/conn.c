#include "conn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void
end(struct conn *c, int err)
{
	if (c->ended)
		return;
	c->ended = true;
	loop_unwatch(c->loop, &c->from);
	loop_unwatch(c->loop, &c->to);
	c->ops->over(c, err);
}

/* Bytes, -EAGAIN, or 0 for the end. */
static ssize_t
tls_result(struct conn *c, int n)
{
	int why;

	if (n > 0)
		return n;
	why = SSL_get_error(c->tls, n);
	ERR_clear_error();
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return -EAGAIN;
	return why == SSL_ERROR_ZERO_RETURN || why == SSL_ERROR_SYSCALL
	    ? 0
	    : -EPROTO;
}

static ssize_t
read_some(struct conn *c, void *p, size_t size)
{
	ssize_t n;

	ERR_clear_error();
	if (c->tls)
		return tls_result(c, SSL_read(c->tls, p, (int)size));
	n = read(c->from.fd, p, size);
	if (n == -1)
		return errno == EINTR ? -EAGAIN : -errno;
	return n;
}

static ssize_t
write_some(struct conn *c, const void *p, size_t len)
{
	ssize_t n;

	ERR_clear_error();
	if (c->tls) {
		n = tls_result(c, SSL_write(c->tls, p, (int)len));
		return n ? n : -EPIPE;
	}
	n = write(c->to.fd, p, len);
	return n == -1 ? (errno == EINTR ? -EAGAIN : -errno) : n;
}

static void
want_write(struct conn *c, bool want)
{
	if (want == c->writing || c->ended)
		return;
	c->writing = want;
	if (want)
		loop_watch(c->loop, &c->to, EPOLLOUT);
	else
		loop_unwatch(c->loop, &c->to);
}

/* As much as goes; negative errno on failure. */
static int
flush(struct conn *c)
{
	while (c->out_at < c->out_len) {
		ssize_t n =
		    write_some(c, c->out + c->out_at, c->out_len - c->out_at);

		if (n == -EAGAIN)
			break;
		if (n < 0)
			return (int)n;
		c->out_at += (size_t)n;
		c->progress_us = clock_us();
	}
	if (c->out_at == c->out_len)
		c->out_at = c->out_len = 0;
	/* A TLS that is not made yet waits for the other end. */
	want_write(c, c->out_len && (!c->tls || SSL_is_init_finished(c->tls)));
	return 0;
}

/* Give the bytes to who takes them, until none are taken. */
static int
deliver(struct conn *c, size_t *need)
{
	ssize_t n = 1;

	while (c->in_len && n > 0 && !c->held && !c->ended) {
		*need = c->in_len + 1;
		n = c->ops->input(c, c->in, c->in_len, need);
		if (n < 0)
			return (int)n;
		c->in_len -= (size_t)n;
		memmove(c->in, c->in + n, c->in_len);
	}
	return 0;
}

/* Room for a message that is longer than usual, while it comes. */
static int
fit_in(struct conn *c, size_t need)
{
	size_t size = need > CONN_IN ? need : CONN_IN;
	uint8_t *in;

	if (size == c->in_size || size < c->in_len)
		return 0;
	if (size < c->in_size && c->in_len)
		return 0; /* later */
	in = realloc(c->in, size);
	if (!in)
		return -ENOMEM;
	c->in = in;
	c->in_size = size;
	return 0;
}

static int
read_all(struct conn *c)
{
	do {
		size_t need = 1;
		ssize_t n;
		int err;

		if (c->in_len == c->in_size)
			return -EMSGSIZE;
		n = read_some(c, c->in + c->in_len, c->in_size - c->in_len);
		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return n ? (int)n : -EPIPE;
		c->in_len += (size_t)n;
		c->received += (uint64_t)n;
		if ((err = deliver(c, &need)) || (err = fit_in(c, need)))
			return err;
	} while (c->tls && SSL_pending(c->tls) && !c->held && !c->ended);
	return 0;
}

/* What waits goes out, and who has more to send is told. */
static int
send_waiting(struct conn *c)
{
	int err = flush(c);

	if (!err && conn_waiting(c) < CONN_LOW)
		c->ops->drained(c);
	return err;
}

static void
from_ready(struct loop_watch *w, uint32_t events)
{
	struct conn *c = w->arg;
	int err = read_all(c);

	(void)events;
	/* What could not be sent before TLS was made. */
	if (!err && !c->ended && c->out_len)
		err = send_waiting(c);
	if (err)
		end(c, err == -EPIPE || err == -ECONNRESET ? 0 : err);
}

static void
to_ready(struct loop_watch *w, uint32_t events)
{
	struct conn *c = w->arg;
	int err = send_waiting(c);

	(void)events;
	if (err)
		end(c, err);
}

int
conn_open(struct conn *c, struct loop *loop, int rfd, int wfd,
    const struct conn_ops *ops, void *arg)
{
	*c = (struct conn){ .arg = arg,
		.ops = ops,
		.loop = loop,
		.from = { .fd = rfd, .ready = from_ready, .arg = c },
		.to = { .fd = wfd, .ready = to_ready, .arg = c },
		.in_size = CONN_IN,
		.out_size = CONN_OUT };
	fcntl(rfd, F_SETFL, O_NONBLOCK);
	fcntl(wfd, F_SETFL, O_NONBLOCK);
	c->in = malloc(c->in_size);
	c->out = malloc(c->out_size);
	if (!c->in || !c->out)
		return -ENOMEM;
	return loop_watch(loop, &c->from, EPOLLIN);
}

void
conn_close(struct conn *c)
{
	c->ended = true;
	loop_unwatch(c->loop, &c->from);
	loop_unwatch(c->loop, &c->to);
	if (c->tls && SSL_is_init_finished(c->tls))
		SSL_shutdown(c->tls);
	SSL_free(c->tls);
	c->tls = NULL;
	close(c->from.fd);
	close(c->to.fd);
	free(c->in);
	free(c->out);
	c->in = c->out = NULL;
}

int
conn_secure(struct conn *c, SSL_CTX *tls)
{
	if (c->out_len || !tls)
		return -EBADMSG;
	c->tls = SSL_new(tls);
	if (!c->tls || !SSL_set_rfd(c->tls, c->from.fd) ||
	    !SSL_set_wfd(c->tls, c->to.fd))
		return -ENOMEM;
	SSL_set_accept_state(c->tls);
	return 0;
}

struct wbuf
conn_room(struct conn *c, size_t size)
{
	size_t waiting = conn_waiting(c), wanted = c->out_size;
	struct wbuf none = { .bad = true };
	uint8_t *out;

	if (c->out_size - c->out_len >= size)
		return wbuf_of(c->out + c->out_len, c->out_size - c->out_len);
	if (c->out_at)
		memmove(c->out, c->out + c->out_at, waiting);
	c->out_len = waiting;
	c->out_at = 0;
	while (wanted - waiting < size)
		wanted *= 2;
	if (wanted > CONN_OUT_MAX)
		return none;
	if (wanted > c->out_size) {
		out = realloc(c->out, wanted);
		if (!out)
			return none;
		c->out = out;
		c->out_size = wanted;
	}
	return wbuf_of(c->out + c->out_len, c->out_size - c->out_len);
}

void
conn_send(struct conn *c, const struct wbuf *w)
{
	int err;

	if (c->ended)
		return;
	if (!c->out_len)
		c->progress_us = clock_us(); /* it begins to wait now */
	c->out_len += wbuf_len(w);
	err = w->bad ? -ENOBUFS : flush(c);
	if (err)
		end(c, err);
}

size_t
conn_waiting(const struct conn *c)
{
	return c->out_len - c->out_at;
}

size_t
conn_queued(const struct conn *c)
{
	int n = 0;

	return ioctl(c->to.fd, SIOCOUTQ, &n) == 0 && n > 0 ? (size_t)n : 0;
}

void
conn_hold(struct conn *c, bool hold)
{
	size_t need = 1;
	int err;

	if (hold == c->held || c->ended)
		return;
	c->held = hold;
	if (hold) {
		loop_unwatch(c->loop, &c->from);
		return;
	}
	loop_watch(c->loop, &c->from, EPOLLIN);
	err = deliver(c, &need);
	if (!err)
		err = fit_in(c, need);
	/* What TLS has read already, epoll does not tell of. */
	if (!err && c->tls && SSL_pending(c->tls) && !c->held && !c->ended)
		err = read_all(c);
	if (err)
		end(c, err);
}
