/*
 * server.h - what the parts of rd-web share: one server, its connections
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge.h"
#include "folder.h"
#include "grants.h"
#include "http/route.h"
#include "web/web.h"

struct peer;
struct seat;

struct server {
	struct web web;
	struct route *routes;
	size_t nroutes;
	struct grants grants;
	struct peer *peers; /* of WHEP */
	struct seat *seats; /* of viewers that may come back */
};

enum {
	BODY_MAX = 65536,     /* SDP and fragments of it */
	BODY_US = 10000000,   /* to send one */
	ANSWER_US = 10000000, /* to answer an offer */
	SEAT_TOKEN = 32,
};

/* A body on its way into a file. */
struct upload {
	bool open;
	struct folder_file file;
	bool asks;              /* only how much is there */
	bool whole;             /* the body is the whole file */
	bool replace;           /* what is there by that name */
	int64_t at, end, total; /* of the file: where the body belongs */
	int64_t have;           /* bytes of it that are there */
	int64_t left;           /* bytes of the body still to come */
	unsigned status;        /* it is refused, and this is why */
	const char *text;
};

/* One connection, from its being accepted to its end; all zero at first. */
struct conn {
	struct grant grant;
	const struct route *route;
	char rest[PATH_SIZE]; /* the path below the route's */
	struct bridge bridge;
	char token[SEAT_TOKEN + 1]; /* of its seat, "": it has none */
	bool resumes;
	struct seat *seat;
	struct sending file;
	struct upload upload;
	enum method method; /* of the body */
	char *body;
	size_t body_len, body_size;
	struct loop_timer timer; /* by when it must be there */
	bool once;               /* the session ends with what was asked for */
	struct peer *peer;       /* whose answer a POST waits for */
	char said[PEOPLE_COMMAND_MAX]; /* a piece of it, by a person */
	size_t said_len;
};

/* server.c: the callback of every connection, with lws' own signature. */
int server_callback(struct lws *wsi, enum lws_callback_reasons reason,
    void *user, void *in, size_t len);
struct server *server_of(struct lws *wsi);

/*
 * admit.c: the one place that says who may do what.  0, or the status to
 * refuse the request with, and then *text says why.
 */
/* Is this server meant, and by one of its pages?  Fills r->self. */
unsigned admit_source(
    const struct server *s, struct request *r, const char **text);
/*
 * Fills *who.  With once, a one-time token is good as well: then *once is
 * true and the session it became is the caller's to end.
 */
unsigned admit(struct server *s, struct lws *wsi, const struct request *r,
    struct grant *who, bool *once, const char **text);
/* GET /?token=T: a token or a link begins a session. */
int login(
    struct server *s, struct lws *wsi, const struct request *r, const char *by);

/* talk.c: a WebSocket of ROUTE_PEOPLE, before its grant is held */
void talk_open(struct conn *c, struct lws *wsi);
int talk_receive(struct server *s, struct conn *c, struct lws *wsi,
    const void *p, size_t len);
int talk_writable(struct server *s, struct conn *c, struct lws *wsi);

/*
 * seat.c: what a WebSocket of ROUTE_EXEC that asks for a seat, by a token of
 * its own making, leaves behind when it breaks instead of being closed
 */
/* Reads the token; false when it is no token, or another's, or gone. */
bool seat_asked(struct server *s, struct conn *c, struct lws *wsi);
/* Its command runs.  -ENOMEM. */
int seat_open(struct server *s, struct conn *c);
/* Go on with the command of that token.  -ENOENT, -EPIPE: it cannot be. */
int seat_take(struct server *s, struct conn *c, struct lws *wsi);
/* The WebSocket broke: keep the command, if it has a seat. */
void seat_leave(struct server *s, struct conn *c);
/* It was closed. */
void seat_close(struct conn *c);

/* store.c: the body of PUT comes later, while c->upload is open. */
int store_request(
    struct server *s, struct conn *c, struct lws *wsi, const struct request *r);
/* May they still do what they were let in for? */
bool store_may(struct server *s, struct conn *c);
int upload_piece(struct server *s, struct conn *c, struct lws *wsi,
    const void *p, size_t len);
int upload_done(struct server *s, struct conn *c, struct lws *wsi);
/* Nothing when it is not open. */
void upload_close(struct upload *u);

/* whep.c: the body of POST and PATCH comes later. */
int whep_request(
    struct server *s, struct conn *c, struct lws *wsi, const struct request *r);
int whep_body(struct server *s, struct conn *c, struct lws *wsi);
/* There is an answer, or a reason why not. */
int whep_writable(struct conn *c, struct lws *wsi);
/* The request is over. */
void whep_abandon(struct server *s, struct conn *c);

#endif
