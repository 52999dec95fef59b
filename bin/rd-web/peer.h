/*
 * peer.h - a WHEP viewer: a command that answered an offer
 *
 * It runs until it ends by itself, is deleted or its session is revoked.
 */
#ifndef PEER_H
#define PEER_H

#include "http/whep.h"
#include "server.h"

struct peer {
	char id[33]; /* its name below the route, and its entity tag */
	char ufrag[WHEP_UFRAG_SIZE];
	struct server *server;
	struct grant grant;
	bool once;           /* its session ends with it */
	struct child *child; /* NULL once it is stopped */
	struct loop_watch from, to;
	struct loop_timer timer;
	char *out; /* lines the command has still to read, or NULL */
	size_t out_len;
	char line[2 * BODY_MAX];
	size_t line_len;
	struct lws *wsi; /* of the POST, while it waits */
	struct conn *conn;
	unsigned status; /* of its response, when there is one */
	const char *text;
	char *answer;
	size_t answer_len;
	struct peer *next;
};

/*
 * Run the command of c's route for the offer in lines, which is taken over.
 * When p->status is set, or changed, wsi is called back as writable.  p is
 * the caller's calloc() with id, ufrag and once filled; it is freed by
 * peer_end().  Negative errno on failure, and then p is gone.
 */
int peer_start(struct peer *p, struct server *s, struct conn *c,
    struct lws *wsi, char *lines, size_t len);

/* More lines, taken over; only when p->out is NULL. */
void peer_send(struct peer *p, char *lines, size_t len);

/* The running peer of that id and session, or NULL. */
struct peer *peer_find(
    const struct server *s, const char *id, const char *session);

void peer_end(struct peer *p);

#endif
