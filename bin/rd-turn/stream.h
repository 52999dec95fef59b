/*
 * stream.h - TCP and TLS: messages back to back, to and from one client each
 */
#ifndef RD_TURN_STREAM_H
#define RD_TURN_STREAM_H

#include "server.h"

enum { STREAM_LINK = LISTENERS }; /* links below are listening sockets */

struct stream {
	struct loop_watch watch;
	struct waiter waiter;
	struct server *server;
	struct turn_client client;
	SSL *tls;          /* NULL: TCP */
	uint8_t *in, *out; /* a message begun; bytes not sent yet */
	size_t in_len, in_size, out_len, out_size;
	size_t heard;      /* bytes, since it waits */
	struct peer *peer; /* whom it is joined to, or NULL */
	bool established, closing;
};

/* stream.c */
void stream_ready(struct loop_watch *w, uint32_t events);
void stream_close(struct stream *c);
/* Bytes, 0: not now, -1: the end. */
ssize_t stream_read(struct stream *c, uint8_t *data, size_t size);
/* Send what is left in c->out, as far as it goes. */
void stream_flush(struct stream *c);
bool stream_is_established(const struct stream *c);

/*
 * accept.c: it waits if it is not established.  False: max_source of its
 * source do already.
 */
bool stream_wait(struct stream *c, uint32_t max_source);

#endif
