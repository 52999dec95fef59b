/*
 * WHEP: one command per POST, which answers the offer with a line and then
 * runs until it ends by itself or is deleted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "base/log.h"
#include "child.h"
#include "http/field.h"
#include "http/whep.h"
#include "link/line.h"
#include "server.h"

#define SDP "application/sdp"
#define FRAGMENT "application/trickle-ice-sdpfrag"
#define ENDPOINT_ALLOW "allow: OPTIONS, POST\r\naccept-post: " SDP "\r\n"
#define PEER_ALLOW                                                             \
	"allow: DELETE, OPTIONS, PATCH\r\naccept-patch: " FRAGMENT "\r\n"

enum { LINE_MAX_BYTES = 2 * BODY_MAX };

struct peer {
	char id[33]; /* its name below the route, and its entity tag */
	char ufrag[WHEP_UFRAG_SIZE];
	struct server *server;
	struct grant grant;
	bool once;
	struct child *child; /* NULL once it is stopped */
	struct loop_watch from, to;
	struct loop_timer timer;
	char *out; /* lines it has still to read */
	size_t out_len;
	char line[LINE_MAX_BYTES];
	size_t line_len;
	struct lws *wsi; /* of the POST, while it waits */
	struct conn *conn;
	unsigned status; /* of the response, when there is one */
	const char *text;
	char *answer;
	size_t answer_len;
	struct peer *next;
};

static void
stop(struct peer *p)
{
	struct loop *loop = &p->server->loop;

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

static void
end(struct peer *p)
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

void
peer_end_all(struct server *s)
{
	while (s->peers)
		end(s->peers);
}

/*
 * Nothing more will come of this peer: say so to who waits for its answer,
 * else it just goes.
 */
static void
fail(struct peer *p, unsigned status, const char *text)
{
	if (!p->wsi) {
		end(p);
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
	loop_timer_stop(&p->server->loop, &p->timer);
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
	loop_unwatch(&p->server->loop, w);
}

/* Lines for the command; takes them over. */
static void
send_lines(struct peer *p, char *lines, size_t len)
{
	free(p->out);
	p->out = lines;
	p->out_len = len;
	loop_watch(&p->server->loop, &p->to, EPOLLOUT);
	to_ready(&p->to, EPOLLOUT);
}

static struct peer *
find(struct server *s, const struct conn *c)
{
	struct peer *p = s->peers;

	while (p &&
	    (strcmp(p->id, c->rest + 1) != 0 ||
		strcmp(p->grant.session, c->grant.session) != 0 ||
		p->status != 201))
		p = p->next;
	return p;
}

static int
start(struct peer *p, const struct conn *c)
{
	struct server *s = p->server;
	int err = child_start(&p->child, &s->loop, c->route->target,
	    auth_role_name(c->grant.role), &p->from.fd, &p->to.fd);

	if (err)
		return err;
	p->from.ready = from_ready;
	p->to.ready = to_ready;
	p->timer.expired = too_late;
	p->from.arg = p->to.arg = p->timer.arg = p;
	loop_timer_set(&s->loop, &p->timer, clock_us() + ANSWER_US);
	return loop_watch(&s->loop, &p->from, EPOLLIN);
}

/* Give the offer to a new command and wait for its answer. */
static int
offer(struct server *s, struct conn *c, struct lws *wsi)
{
	struct peer *p = calloc(1, sizeof(*p));
	size_t size = WHEP_LINES_SIZE(c->body_len);
	char *lines = malloc(size), secret[AUTH_SECRET_SIZE];
	ssize_t len = -ENOMEM;

	if (p && lines && !auth_secret(secret))
		len = whep_offer(lines, size, p->ufrag, c->body, c->body_len);
	if (len < 0) {
		free(p);
		free(lines);
		return len == -EBADMSG
		    ? reply_text(wsi, 400, "This is not an SDP offer.\n")
		    : reply_text(wsi, 500, "Out of memory.\n");
	}
	p->server = s;
	p->next = s->peers;
	s->peers = p;
	p->once = c->once;
	c->once = false;
	p->grant = c->grant;
	p->grant.revoked = revoked;
	p->grant.arg = p;
	grant_hold(&s->grants, &p->grant);
	memcpy(p->id, secret, sizeof(p->id) - 1);
	if (start(p, c)) {
		free(lines);
		end(p);
		return reply_text(wsi, 503, "Too many viewers.\n");
	}
	p->wsi = wsi;
	p->conn = c;
	c->peer = p;
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	send_lines(p, lines, (size_t)len);
	return 0;
}

int
peer_writable(struct server *s, struct conn *c, struct lws *wsi)
{
	struct peer *p = c->peer;
	char extra[PATH_SIZE + 256];
	unsigned status = p->status;
	const char *text = p->text;

	(void)s;
	if (!status)
		return 0;
	p->wsi = NULL;
	p->conn = NULL;
	c->peer = NULL;
	if (status != 201) {
		end(p);
		return reply_text(wsi, status, text);
	}
	snprintf(extra, sizeof(extra),
	    "location: %s/%s\r\netag: \"%s\"\r\naccept-patch: " FRAGMENT "\r\n",
	    c->route->path, p->id, p->id);
	return reply(wsi, 201, extra, SDP, p->answer, p->answer_len);
}

void
peer_abandon(struct server *s, struct conn *c)
{
	if (c->peer) {
		c->peer->wsi = NULL;
		end(c->peer);
	}
	if (c->once)
		auth_end(&s->grants.auth, c->grant.session);
	c->once = false;
	loop_timer_stop(&s->loop, &c->timer);
	free(c->body);
	c->body = NULL;
}

static int
candidates(struct server *s, struct conn *c, struct lws *wsi)
{
	struct peer *p = find(s, c);
	size_t size = WHEP_LINES_SIZE(c->body_len);
	char *lines;
	ssize_t len;

	if (!p)
		return reply_text(wsi, 404, "Not found.\n");
	if (p->out)
		return reply_text(wsi, 503, "Not so fast.\n");
	lines = malloc(size);
	len = lines ? whep_fragment(lines, size, p->ufrag, c->body, c->body_len)
		    : -ENOMEM;
	if (len > 0) {
		send_lines(p, lines, (size_t)len);
		return reply_status(wsi, 204, "");
	}
	free(lines);
	switch (len) {
	case 0:
		return reply_status(wsi, 204, "");
	case -EBADMSG:
		return reply_text(wsi, 400, "This is not an SDP fragment.\n");
	case -ESTALE:
		return reply_text(wsi, 422, "ICE is not restarted here.\n");
	default:
		return reply_text(wsi, 413, "Too many candidates.\n");
	}
}

int
peer_body(struct server *s, struct conn *c, struct lws *wsi)
{
	loop_timer_stop(&s->loop, &c->timer);
	if (c->method == METHOD_PATCH)
		return candidates(s, c, wsi);
	/* The body took its time: may they still? */
	if (s->grants.on &&
	    auth_session(&s->grants.auth, c->grant.session, time(NULL)) !=
		c->grant.role)
		return reply_text(wsi, 401, "Logged out.\n");
	return offer(s, c, wsi);
}

static void
body_late(struct loop_timer *t)
{
	lws_set_timeout(
	    t->arg, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_ASYNC);
}

/* Take a body of this type, or say why not. */
static int
expect_body(
    struct conn *c, struct lws *wsi, enum method method, const char *type)
{
	char buf[256];
	long len;

	if (!field_is_type(request_field(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, buf,
			       sizeof(buf)),
		type))
		return reply_text(wsi, 415, "The type is not right.\n");
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0 ||
	    lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0)
		return reply_text(wsi, 411, "Content-Length is needed.\n");
	len = field_length(
	    request_field(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, buf, sizeof(buf)),
	    BODY_MAX);
	if (len < 0)
		return reply_text(wsi, 413, "At most 64 KiB.\n");
	if (len == 0)
		return reply_text(wsi, 400, "The body is empty.\n");
	c->method = method;
	c->body_len = 0;
	c->body_size = (size_t)len;
	c->body = malloc(c->body_size);
	if (!c->body)
		return reply_text(wsi, 500, "Out of memory.\n");
	c->timer = (struct loop_timer){ .expired = body_late, .arg = wsi };
	loop_timer_set(&server_of(wsi)->loop, &c->timer, clock_us() + BODY_US);
	return 0;
}

static int
endpoint_request(struct conn *c, struct lws *wsi, const struct request *r)
{
	char accept[512];

	if (r->method == METHOD_OPTIONS)
		return reply_status(wsi, 204, ENDPOINT_ALLOW);
	if (r->method != METHOD_POST)
		return reply_status(wsi, 405, ENDPOINT_ALLOW);
	if (!field_accepts(request_field(wsi, WSI_TOKEN_HTTP_ACCEPT, accept,
			       sizeof(accept)),
		SDP))
		return reply_text(wsi, 406, "The answer is " SDP ".\n");
	return expect_body(c, wsi, METHOD_POST, SDP);
}

int
peer_request(
    struct server *s, struct conn *c, struct lws *wsi, const struct request *r)
{
	struct peer *p = *c->rest ? find(s, c) : NULL;
	char match[256];

	if (!*c->rest)
		return endpoint_request(c, wsi, r);
	if (!p)
		return reply_text(wsi, 404, "Not found.\n");
	if (r->method == METHOD_OPTIONS)
		return reply_status(wsi, 204, PEER_ALLOW);
	if (r->method == METHOD_DELETE) {
		end(p);
		return reply_status(wsi, 200, "");
	}
	if (r->method != METHOD_PATCH)
		return reply_status(wsi, 405, PEER_ALLOW);
	snprintf(match, sizeof(match), "\"%s\"", p->id);
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_IF_MATCH) > 0) {
		char field[256];

		if (!field_has_etag(request_field(wsi, WSI_TOKEN_HTTP_IF_MATCH,
					field, sizeof(field)),
			match))
			return reply_text(wsi, 412, "Not that one.\n");
	}
	return expect_body(c, wsi, METHOD_PATCH, FRAGMENT);
}
