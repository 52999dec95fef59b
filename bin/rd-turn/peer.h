/*
 * peer.h - connections to peers by TCP, each joined to one of a client
 *
 * Bytes are read from one side only while the other has taken all before.
 */
#ifndef RD_TURN_PEER_H
#define RD_TURN_PEER_H

#include "stream.h"

struct peer {
	struct loop_watch watch;
	struct loop_timer pause; /* until there is bandwidth again */
	struct server *server;
	struct turn_connection *connection;
	struct stream *client; /* NULL: not bound yet */
	bool connecting, paused, ended;
};

/* Make fd, which is bound to a relay's address, listen.  Negative errno. */
int peer_listen(int fd);
/* Somebody connects to a relay, the struct relay_socket around w. */
void peer_accept(struct loop_watch *w, uint32_t events);

/* What lib/turn calls. */
int peer_connect(void *arg, struct turn_connection *c);
void peer_disconnect(void *arg, struct turn_connection *c);

/* From now on all that a client's connection says is for the peer. */
void peer_bind(struct turn_connection *connection, struct stream *c);
/* Bytes that came behind the last message are in c->in: send them. */
void peer_begin(struct stream *c);
/* The watch of a client's connection that is bound. */
void peer_client_ready(struct loop_watch *w, uint32_t events);
/* The client's connection is closing: so is its peer's. */
void peer_client_gone(struct stream *c);

#endif
