#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "base/log.h"
#include "child.h"
#include "link/line.h"

static void
stop(struct peer *p)
{
	struct loop *loop = &p->server->web.loop;

	loop_timer_stop(loop, &p->timer);
	if (!p->child)
		return;
	loop_unwatch(loop, &p->from);
	loop_unwatch(loop, &p->to);
	close(p->from.fd);
	close(p->to.fd);
	child_end(p->child);
	p->child = NULL;
}

void
peer_end(struct peer *p)
{
	struct server *s = p->server;
	struct peer **at = &s->peers;

	stop(p);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	if (p->conn)
		p->conn->peer = NULL;
	grant_drop(&s->grants, &p->grant);
	if (p->once)
		auth_end(&s->grants.auth, p->grant.session);
	free(p->out);
	free(p->answer);
	free(p);
}

/*
 * Nothing more will come of this peer: say so to who waits for its answer,
 * else it just goes.
 */
static void
fail(struct peer *p, unsigned status, const char *text)
{
	if (!p->wsi) {
		peer_end(p);
		return;
	}
	stop(p);
	p->status = status;
	p->text = text;
	lws_callback_on_writable(p->wsi);
}

static void
revoked(struct grant *g)
{
	struct peer *p = g->arg;

	grant_drop(&p->server->grants, g);
	child_hurry(p->child);
	fail(p, 401, "Logged out.\n");
}

static void
too_late(struct loop_timer *t)
{
	fail(t->arg, 504, "The command did not answer in time.\n");
}

static void
answered(struct peer *p, const char *line, size_t len)
{
	char text[BODY_MAX];
	struct answer a = { .text = text, .size = sizeof(text) };

	if (!answer_read(&a, line, len))
		log_warn("WHEP: the command wrote no signalling line");
	if (a.kind == ANSWER_ERROR) {
		log_info("WHEP: %.*s", (int)a.len, a.text);
		fail(p, 400, "The offer is refused.\n");
		return;
	}
	if (a.kind != ANSWER_SDP)
		return;
	p->answer = malloc(a.len + 1);
	if (!p->answer) {
		fail(p, 500, "Out of memory.\n");
		return;
	}
	memcpy(p->answer, a.text, a.len);
	p->answer_len = a.len;
	p->status = 201;
	loop_timer_stop(&p->server->web.loop, &p->timer);
	lws_callback_on_writable(p->wsi);
}

/* Lines until the answer; what follows is of no use to WHEP. */
static void
from_ready(struct loop_watch *w, uint32_t events)
{
	struct peer *p = w->arg;
	ssize_t n =
	    read(w->fd, p->line + p->line_len, sizeof(p->line) - p->line_len);
	ptrdiff_t len;

	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fail(p, 502, "The command ended without an answer.\n");
		return;
	}
	p->line_len += (size_t)n;
	while (!p->status && (len = line_find(p->line, p->line_len)) >= 0) {
		answered(p, p->line, (size_t)len);
		p->line_len -= (size_t)len + 1;
		memmove(p->line, p->line + len + 1, p->line_len);
	}
	if (p->status)
		p->line_len = 0;
	else if (p->line_len == sizeof(p->line))
		fail(p, 502, "The command wrote a line above 128 KiB.\n");
}

static void
to_ready(struct loop_watch *w, uint32_t events)
{
	struct peer *p = w->arg;
	ssize_t n = write(w->fd, p->out, p->out_len);

	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Its end, if that is why, shows on its output. */
	p->out_len -= n < 0 ? p->out_len : (size_t)n;
	if (p->out_len) {
		memmove(p->out, p->out + n, p->out_len);
		return;
	}
	free(p->out);
	p->out = NULL;
	loop_unwatch(&p->server->web.loop, w);
}

void
peer_send(struct peer *p, char *lines, size_t len)
{
	free(p->out);
	p->out = lines;
	p->out_len = len;
	loop_watch(&p->server->web.loop, &p->to, EPOLLOUT);
	to_ready(&p->to, EPOLLOUT);
}

struct peer *
peer_find(const struct server *s, const char *id, const char *session)
{
	struct peer *p = s->peers;

	while (p &&
	    (strcmp(p->id, id) != 0 || strcmp(p->grant.session, session) != 0 ||
		p->status != 201))
		p = p->next;
	return p;
}

static int
run(struct peer *p, const char *command)
{
	struct server *s = p->server;
	int err = child_start(&p->child, &s->web.loop, command,
	    auth_role_name(p->grant.as), &p->from.fd, &p->to.fd);

	if (err)
		return err;
	p->from.ready = from_ready;
	p->to.ready = to_ready;
	p->timer.expired = too_late;
	p->from.arg = p->to.arg = p->timer.arg = p;
	loop_timer_set(&s->web.loop, &p->timer, clock_us() + ANSWER_US);
	return loop_watch(&s->web.loop, &p->from, EPOLLIN);
}

int
peer_start(struct peer *p, struct server *s, struct conn *c, struct lws *wsi,
    char *lines, size_t len)
{
	int err;

	p->server = s;
	p->next = s->peers;
	s->peers = p;
	p->grant = c->grant;
	p->grant.revoked = revoked;
	p->grant.arg = p;
	err = grant_hold(&s->grants, &p->grant);
	if (!err)
		err = run(p, c->route->target);
	if (err) {
		free(lines);
		peer_end(p);
		return err;
	}
	p->wsi = wsi;
	p->conn = c;
	c->peer = p;
	peer_send(p, lines, len);
	return 0;
}
