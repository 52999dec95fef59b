/*
 * A viewer's seat: the command behind a WebSocket outlives it for a while,
 * so that a viewer whose network changed comes back to the same one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "child.h"
#include "server.h"

enum { AWAY_US = 20000000 }; /* that a seat is kept */

static const char away[] = "{\"type\":\"away\"}\n";

struct seat {
	struct server *server;
	const struct route *route;
	char token[SEAT_TOKEN + 1];
	enum auth_role as;    /* what the command was run with */
	struct conn *conn;    /* who sits there, or NULL, and then: */
	struct bridge bridge; /* with no WebSocket */
	struct grant grant;   /* held in the viewer's place */
	struct loop_timer timer;
	struct seat *next;
};

static struct seat **
find(struct server *s, const struct conn *c)
{
	struct seat **p = &s->seats;

	while (*p &&
	    ((*p)->route != c->route || strcmp((*p)->token, c->token) != 0 ||
		strcmp((*p)->grant.session, c->grant.session) != 0))
		p = &(*p)->next;
	return p;
}

/* Nobody comes back to it. */
static void
give_up(struct seat *t)
{
	struct server *s = t->server;
	struct seat **p = &s->seats;

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	loop_timer_stop(&s->web.loop, &t->timer);
	grant_drop(&s->grants, &t->grant);
	bridge_close(&t->bridge);
	free(t);
}

static void
too_late(struct loop_timer *timer)
{
	give_up(timer->arg);
}

static void
revoked(struct grant *g)
{
	struct seat *t = g->arg;

	child_hurry(t->bridge.child);
	give_up(t);
}

bool
seat_asked(struct server *s, struct conn *c, struct lws *wsi)
{
	char arg[64]; /* with its name */
	const char *token;

	token = lws_get_urlarg_by_name(wsi, "resume=", arg, sizeof(arg));
	c->resumes = token != NULL;
	if (!token)
		token = lws_get_urlarg_by_name(wsi, "seat=", arg, sizeof(arg));
	if (!token)
		return true;
	if (strlen(token) != SEAT_TOKEN ||
	    strspn(token, "0123456789abcdef") != SEAT_TOKEN)
		return false;
	memcpy(c->token, token, sizeof(c->token));
	return c->resumes == (*find(s, c) != NULL);
}

int
seat_open(struct server *s, struct conn *c)
{
	struct seat *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->server = s;
	t->route = c->route;
	t->as = c->grant.as;
	t->grant = c->grant;
	t->grant.held = false;
	t->grant.revoked = revoked;
	t->grant.arg = t;
	t->timer = (struct loop_timer){ .expired = too_late, .arg = t };
	memcpy(t->token, c->token, sizeof(t->token));
	t->conn = c;
	t->next = s->seats;
	s->seats = t;
	c->seat = t;
	return 0;
}

int
seat_take(struct server *s, struct conn *c, struct lws *wsi)
{
	struct seat *t = *find(s, c);
	struct bridge *b;
	struct lws *before;

	if (!t || t->as != c->grant.as)
		return -ENOENT;
	b = t->conn ? &t->conn->bridge : &t->bridge;
	before = b->wsi;
	if (!bridge_move(&c->bridge, b, wsi))
		return -EPIPE;
	if (t->conn) {
		/* Its end has not been noticed yet. */
		lws_set_timeout(
		    before, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
		t->conn->seat = NULL;
	}
	loop_timer_stop(&s->web.loop, &t->timer);
	grant_drop(&s->grants, &t->grant);
	t->conn = c;
	c->seat = t;
	return 0;
}

void
seat_leave(struct server *s, struct conn *c)
{
	struct seat *t = c->seat;

	if (!t || !bridge_move(&t->bridge, &c->bridge, NULL))
		return;
	t->conn = NULL;
	c->seat = NULL;
	bridge_tell(&t->bridge, away, sizeof(away) - 1);
	loop_timer_set(&s->web.loop, &t->timer, clock_us() + AWAY_US);
	if (grant_hold(&s->grants, &t->grant) || t->grant.as != t->as)
		give_up(t);
	else
		log_info("%s: away", t->route->path);
}

void
seat_close(struct conn *c)
{
	if (c->seat)
		give_up(c->seat);
	c->seat = NULL;
}
