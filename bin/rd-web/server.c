#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "child.h"

struct server *
server_of(struct lws *wsi)
{
	return web_of(wsi)->user;
}

static void
revoked(struct grant *g)
{
	struct lws *wsi = g->arg;
	static char why[] = "no longer allowed";
	struct conn *c = lws_wsi_user(wsi);

	grant_drop(&server_of(wsi)->grants, g);
	child_hurry(c->bridge.child);
	bridge_close(&c->bridge);
	lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION,
	    (unsigned char *)why, sizeof(why) - 1);
	/* Closed when the viewer takes the reason, or soon if it does not. */
	lws_callback_on_writable(wsi);
	lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, 1);
}

/*
 * Let go of everything of a request or a WebSocket.  A connection whose TLS
 * handshake failed has no conn.
 */
static void
finish(struct server *s, struct conn *c)
{
	if (!c)
		return;
	grant_drop(&s->grants, &c->grant);
	bridge_close(&c->bridge);
	seat_close(c);
	files_close(&c->file);
	upload_close(&c->upload);
	whep_abandon(s, c);
}

/* What every request goes through first: 0, or a status and *text. */
static unsigned
screen(struct server *s, struct lws *wsi, struct request *r, const char **text)
{
	*text = "A header field is too long.\n";
	if (!request_read(r, wsi))
		return 431;
	*text = "A body is not expected.\n";
	if (r->method != METHOD_POST && r->method != METHOD_PATCH &&
	    r->method != METHOD_PUT && request_has_body(wsi))
		return 400;
	return admit_source(s, r, text);
}

/* Then, unless it is a login: who may, and where to. */
static unsigned
enter(struct server *s, struct conn *c, struct lws *wsi,
    const struct request *r, const char **text)
{
	const char *rest = "";
	unsigned status;
	bool offers;

	c->route = route_find(s->routes, s->nroutes, r->path, &rest);
	strcpy(c->rest, rest);
	offers = c->route && c->route->kind == ROUTE_WHEP &&
	    r->method == METHOD_POST;
	c->once = false;
	status = admit(s, wsi, r, &c->grant, offers ? &c->once : NULL, text);
	if (status)
		return status;
	*text = "Not found.\n";
	return c->route ? 0 : 404;
}

static int
refuse(
    struct lws *wsi, const struct request *r, unsigned status, const char *text)
{
	log_info("%s: refused, %u", r->path, status);
	return reply_text(wsi, status, text);
}

static int
request(struct server *s, struct conn *c, struct lws *wsi)
{
	static struct request r;
	char arg[256];
	const char *text, *token;
	unsigned status = screen(s, wsi, &r, &text);

	if (!status && r.method == METHOD_GET && s->grants.on &&
	    strcmp(r.path, "/") == 0 &&
	    (token = lws_get_urlarg_by_name(wsi, "token=", arg, sizeof(arg))))
		return login(s, wsi, &r, token);
	if (!status)
		status = enter(s, c, wsi, &r, &text);
	if (status)
		return refuse(wsi, &r, status, text);
	log_info("%s", r.path);
	switch (c->route->kind) {
	case ROUTE_FILES:
		return files_serve(
		    &c->file, wsi, &r, c->route->dir, c->route->path, c->rest);
	case ROUTE_STORE:
		return store_request(s, c, wsi, &r);
	case ROUTE_WHEP:
		return whep_request(s, c, wsi, &r);
	default:
		return reply_text(wsi, 426, "This is for a WebSocket.\n");
	}
}

static int
upgrade(struct server *s, struct conn *c, struct lws *wsi, const char *to)
{
	static struct request r;
	const char *text;
	unsigned status;

	if (strcasecmp(to, "websocket") != 0)
		return -1;
	status = screen(s, wsi, &r, &text);
	if (!status)
		status = enter(s, c, wsi, &r, &text);
	if (status)
		return refuse(wsi, &r, status, text);
	log_info("%s: WebSocket", r.path);
	if (r.method != METHOD_GET)
		return reply_text(wsi, 400, "A WebSocket begins by GET.\n");
	switch (c->route->kind) {
	case ROUTE_EXEC:
		if (seat_asked(s, c, wsi))
			return 0;
		return reply_text(wsi, 404, "That seat is not there.\n");
	case ROUTE_PIPE:
		return 0;
	case ROUTE_SOCKET: /* what goes to one has no role any more */
		if (grant_role(&s->grants, &c->grant) == AUTH_CONTROL)
			return 0;
		return reply_text(wsi, 403, "This is not for viewers.\n");
	case ROUTE_PEOPLE: /* without a login nobody is told from another */
		if (s->grants.on)
			return 0;
		/* fall through */
	default:
		return reply_text(wsi, 404, "No WebSocket is here.\n");
	}
}

static int
begin(struct server *s, struct conn *c, struct lws *wsi)
{
	int err;

	c->grant.revoked = revoked;
	c->grant.arg = wsi;
	if (c->route->kind == ROUTE_PEOPLE)
		talk_open(c, wsi);
	err = grant_hold(&s->grants, &c->grant);
	if (err || c->route->kind == ROUTE_PEOPLE)
		return err;
	if (c->route->kind == ROUTE_SOCKET)
		return bridge_socket(
		    &c->bridge, wsi, &s->web.loop, c->route->target);
	if (c->resumes)
		return seat_take(s, c, wsi);
	err = bridge_exec(&c->bridge, wsi, &s->web.loop, c->route->target,
	    auth_role_name(c->grant.as), c->route->kind == ROUTE_EXEC);
	return err || !*c->token ? err : seat_open(s, c);
}

static int
established(struct server *s, struct conn *c, struct lws *wsi)
{
	static char why[] = "cannot connect";
	int err = begin(s, c, wsi);

	if (!err)
		return 0;
	log_warn("cannot connect %s to '%s': %s", c->route->path,
	    c->route->target, strerror(-err));
	lws_close_reason(wsi, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION,
	    (unsigned char *)why, sizeof(why) - 1);
	return -1;
}

static int
http_writable(struct conn *c, struct lws *wsi)
{
	if (c->file.left && c->route->kind == ROUTE_STORE &&
	    files_at_mark(&c->file) && !store_may(server_of(wsi), c))
		return -1;
	if (c->file.left)
		return files_writable(&c->file, wsi);
	return c->peer ? whep_writable(c, wsi) : 0;
}

static int
body_piece(struct conn *c, const void *p, size_t len)
{
	if (!c->body || len > c->body_size - c->body_len)
		return -1;
	memcpy(c->body + c->body_len, p, len);
	c->body_len += len;
	return 0;
}

int
server_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct server *s = server_of(wsi);
	struct conn *c = user;

	switch (reason) {
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		return web_begin(wsi, sizeof(*c));
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return upgrade(s, c, wsi, in);
	case LWS_CALLBACK_HTTP:
		return request(s, c, wsi);
	case LWS_CALLBACK_HTTP_BODY:
		return c->upload.open ? upload_piece(s, c, wsi, in, len)
				      : body_piece(c, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return c->upload.open ? upload_done(s, c, wsi)
				      : whep_body(s, c, wsi);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return http_writable(c, wsi);
	case LWS_CALLBACK_ESTABLISHED:
		return established(s, c, wsi);
	case LWS_CALLBACK_RECEIVE:
		return c->route->kind == ROUTE_PEOPLE
		    ? talk_receive(s, c, wsi, in, len)
		    : bridge_receive(&c->bridge, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return c->route->kind == ROUTE_PEOPLE
		    ? talk_writable(s, c, wsi)
		    : bridge_writable(&c->bridge);
	case LWS_CALLBACK_RAW_ADOPT: /* the method CONNECT */
	case LWS_CALLBACK_RAW_RX:
		return -1;
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
		if (c)
			seat_leave(s, c);
		/* fall through */
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL: /* after each request */
		finish(s, c);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		finish(s, c);
		web_end(wsi);
		return 0;
	default:
		return 0;
	}
}
