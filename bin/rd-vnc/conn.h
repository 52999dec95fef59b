/*
 * conn.h - the byte stream to a client, with TLS from some point on
 */
#ifndef RD_VNC_CONN_H
#define RD_VNC_CONN_H

#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/loop.h"

enum {
	CONN_IN = 16384,         /* bytes; more for one message, as needed */
	CONN_OUT = 1 << 20,      /* likewise for what is sent */
	CONN_OUT_MAX = 24 << 20, /* at most */
	CONN_LOW = 256 << 10,    /* less than this waits: there may be more */
};

struct conn;

struct conn_ops {
	/*
	 * Bytes taken of all that came and was not taken; *need is how many
	 * have to be there at least for more, by default one more.  A negative
	 * errno ends the connection.
	 */
	ssize_t (*input)(
	    struct conn *c, const uint8_t *p, size_t len, size_t *need);
	/* Less than CONN_LOW waits to be sent. */
	void (*drained)(struct conn *c);
	/* It is over: 0 for its end, or a negative errno.  Called once. */
	void (*over)(struct conn *c, int err);
};

struct conn {
	void *arg;
	const struct conn_ops *ops;
	struct loop *loop;
	struct loop_watch from, to;
	SSL *tls;
	bool writing, held, ended;
	uint8_t *in, *out;
	size_t in_len, in_size;
	size_t out_at, out_len, out_size; /* out_at..out_len waits */
	uint64_t received;                /* bytes, in all */
	int64_t progress_us; /* when some of what waited was sent */
};

/* rfd and wfd are taken over.  Negative errno on failure. */
int conn_open(struct conn *c, struct loop *loop, int rfd, int wfd,
    const struct conn_ops *ops, void *arg);
void conn_close(struct conn *c);

/* From now on it is TLS; -EBADMSG when bytes came or wait that are not. */
int conn_secure(struct conn *c, SSL_CTX *tls);

/* Room for size bytes more to be sent; *w is bad when there is none. */
struct wbuf conn_room(struct conn *c, size_t size);
/* What was written to it goes out. */
void conn_send(struct conn *c, const struct wbuf *w);
/* How many bytes wait to be sent. */
size_t conn_waiting(const struct conn *c);
/* How many were sent that the other end's machine does not have yet. */
size_t conn_queued(const struct conn *c);

/* Leave what comes, or go on. */
void conn_hold(struct conn *c, bool hold);

#endif
