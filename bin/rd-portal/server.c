#include <string.h>

#include "base/log.h"
#include "http/field.h"
#include "portal.h"

/* What is common to all of the edge's ports, below this path. */
#define GATE "/.rd"
#define PAGE GATE "/page"

static struct portal *
portal_of(struct lws *wsi)
{
	return web_of(wsi)->user;
}

/*
 * A page of another machine that goes by a name of this one, or that sends
 * something here, is refused; what the edge passes on has its own names.
 */
static unsigned
screen(struct portal *p, struct lws *wsi, struct request *r, const char **text)
{
	*text = "A header field is too long.\n";
	if (!request_read(r, wsi))
		return 431;
	*text = "This server does not go by that name.\n";
	if (!r->host || !site_origin(&p->web.site, &r->self, r->host))
		return 421;
	*text = "A body is not expected.\n";
	return r->method != METHOD_POST && request_has_body(wsi) ? 400 : 0;
}

/* A form, whose body comes later. */
static int
expect_body(struct conn *c, struct lws *wsi)
{
	char length[32];

	c->body_len = 0;
	if (field_length(request_field(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH,
			     length, sizeof(length)),
		BODY_MAX) > 0)
		return 0;
	return reply_text(wsi, 413, "A form is up to 4 KiB.\n");
}

static int
gate(struct portal *p, struct conn *c, struct lws *wsi, const struct request *r)
{
	const char *rest = r->path + strlen(GATE);

	if (strncmp(rest, "/page/", 6) == 0)
		return files_serve(&c->file, wsi, r, p->client, PAGE, rest + 5);
	if (strcmp(rest, "/login") == 0 || strcmp(rest, "/logout") == 0)
		return r->method == METHOD_POST
		    ? expect_body(c, wsi)
		    : reply_status(wsi, 405, "allow: POST\r\n");
	return gate_request(p, wsi, r, rest);
}

static int
request(struct portal *p, struct conn *c, struct lws *wsi)
{
	static struct request r;
	const char *text;
	unsigned status = screen(p, wsi, &r, &text);

	if (status)
		return reply_text(wsi, status, text);
	log_debug("%s", r.path);
	if (strncmp(r.path, GATE "/", sizeof(GATE)) == 0)
		return gate(p, c, wsi, &r);
	if (strcmp(r.path, "/health") == 0)
		return reply(wsi, 200, "", "application/json",
		    "{\"status\":\"ok\"}", 15);
	return reply_text(wsi, 404, "Not found.\n");
}

/* The edge asks about a WebSocket with all its fields. */
static int
upgrade(struct portal *p, struct lws *wsi)
{
	static struct request r;
	const char *text;
	unsigned status = screen(p, wsi, &r, &text);

	if (status)
		return reply_text(wsi, status, text);
	if (strcmp(r.path, GATE "/auth") == 0)
		return gate_request(p, wsi, &r, "/auth");
	return reply_text(wsi, 404, "No WebSocket is here.\n");
}

static int
body_piece(struct conn *c, const void *p, size_t len)
{
	if (len > BODY_MAX - c->body_len)
		return -1;
	memcpy(c->body + c->body_len, p, len);
	c->body_len += len;
	c->body[c->body_len] = '\0';
	return 0;
}

int
server_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct portal *p = portal_of(wsi);
	struct conn *c = user;

	switch (reason) {
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		return web_begin(wsi, sizeof(*c));
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return upgrade(p, wsi);
	case LWS_CALLBACK_HTTP:
		return request(p, c, wsi);
	case LWS_CALLBACK_HTTP_BODY:
		return body_piece(c, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return gate_form(p, wsi, c->body);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return c->file.left ? files_writable(&c->file, wsi) : 0;
	case LWS_CALLBACK_RAW_ADOPT: /* the method CONNECT */
	case LWS_CALLBACK_RAW_RX:
		return -1;
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL: /* after each request */
		if (c)
			files_close(&c->file);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (c)
			files_close(&c->file);
		web_end(wsi);
		return 0;
	default:
		return 0;
	}
}
