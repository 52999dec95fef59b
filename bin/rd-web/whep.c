/*
 * WHEP's requests: POST makes a peer, PATCH and DELETE reach it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/field.h"
#include "peer.h"

#define SDP "application/sdp"
#define FRAGMENT "application/trickle-ice-sdpfrag"
#define ENDPOINT_ALLOW "allow: OPTIONS, POST\r\naccept-post: " SDP "\r\n"
#define PEER_ALLOW                                                             \
	"allow: DELETE, OPTIONS, PATCH\r\naccept-patch: " FRAGMENT "\r\n"

/* Give the offer to a new command; the response comes with its answer. */
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
	memcpy(p->id, secret, sizeof(p->id) - 1);
	p->once = c->once;
	c->once = false;
	if (peer_start(p, s, c, wsi, lines, (size_t)len))
		return reply_text(wsi, 503, "Too many viewers.\n");
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	return 0;
}

int
whep_writable(struct conn *c, struct lws *wsi)
{
	struct peer *p = c->peer;
	char extra[PATH_SIZE + 256];
	unsigned status = p->status;
	const char *text = p->text;

	if (!status)
		return 0;
	p->wsi = NULL;
	p->conn = NULL;
	c->peer = NULL;
	if (status != 201) {
		peer_end(p);
		return reply_text(wsi, status, text);
	}
	snprintf(extra, sizeof(extra),
	    "location: %s/%s\r\netag: \"%s\"\r\naccept-patch: " FRAGMENT "\r\n",
	    c->route->path, p->id, p->id);
	return reply(wsi, 201, extra, SDP, p->answer, p->answer_len);
}

void
whep_abandon(struct server *s, struct conn *c)
{
	if (c->peer)
		peer_end(c->peer);
	if (c->once)
		auth_end(&s->grants.auth, c->grant.session);
	c->once = false;
	loop_timer_stop(&s->web.loop, &c->timer);
	free(c->body);
	c->body = NULL;
}

static int
candidates(struct server *s, struct conn *c, struct lws *wsi)
{
	struct peer *p = peer_find(s, c->rest + 1, c->grant.session);
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
		peer_send(p, lines, (size_t)len);
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
whep_body(struct server *s, struct conn *c, struct lws *wsi)
{
	struct auth_pass now;
	int result;

	/* lws calls again for what a client sends before its response. */
	if (!c->body)
		return -1;
	loop_timer_stop(&s->web.loop, &c->timer);
	/* The body took its time: may they still? */
	if (s->grants.on &&
	    auth_session(&s->grants.auth, c->grant.session, time(NULL), &now) !=
		c->grant.pass.role)
		result = reply_text(wsi, 401, "Logged out.\n");
	else if (c->method == METHOD_PATCH)
		result = candidates(s, c, wsi);
	else
		result = offer(s, c, wsi);
	free(c->body);
	c->body = NULL;
	return result;
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
	loop_timer_set(
	    &server_of(wsi)->web.loop, &c->timer, clock_us() + BODY_US);
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

/* RFC 9110 section 13.1.1: without If-Match whatever is there is meant. */
static bool
is_meant(const struct peer *p, struct lws *wsi)
{
	char etag[sizeof(p->id) + 2], field[256];

	snprintf(etag, sizeof(etag), "\"%s\"", p->id);
	return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_IF_MATCH) <= 0 ||
	    field_has_etag(request_field(wsi, WSI_TOKEN_HTTP_IF_MATCH, field,
			       sizeof(field)),
		etag);
}

int
whep_request(
    struct server *s, struct conn *c, struct lws *wsi, const struct request *r)
{
	struct peer *p;

	if (!*c->rest)
		return endpoint_request(c, wsi, r);
	p = peer_find(s, c->rest + 1, c->grant.session);
	if (!p)
		return reply_text(wsi, 404, "Not found.\n");
	switch (r->method) {
	case METHOD_OPTIONS:
		return reply_status(wsi, 204, PEER_ALLOW);
	case METHOD_DELETE:
		peer_end(p);
		return reply_status(wsi, 200, "");
	case METHOD_PATCH:
		if (!is_meant(p, wsi))
			return reply_text(wsi, 412, "Not that one.\n");
		return expect_body(c, wsi, METHOD_PATCH, FRAGMENT);
	default:
		return reply_status(wsi, 405, PEER_ALLOW);
	}
}
