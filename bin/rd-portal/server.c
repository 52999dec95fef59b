#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

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

static void
finish(struct portal *p, struct conn *c)
{
	if (!c)
		return;
	files_close(&c->file);
	services_abandon(c);
	command_forget(c->command);
	c->command = NULL;
	logs_leave(&p->logs, &c->reader);
	free(c->body);
	c->body = NULL;
	c->taker = NULL;
}

/* A page of another machine that goes by a name of this one is refused. */
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

/* The name that the edge goes by is the page's as well. */
static bool
is_forwarded(struct lws *wsi, const char *origin)
{
	char host[300], scheme[8] = "http", text[320];
	struct origin self, o;

	if (!request_named(wsi, "x-forwarded-host:", host, sizeof(host)))
		return false;
	request_named(wsi, "x-forwarded-proto:", scheme, sizeof(scheme));
	snprintf(text, sizeof(text), "%s://%s", scheme, host);
	return origin_parse(&self, text) && origin_parse(&o, origin) &&
	    origin_equal(&self, &o);
}

/* May it act: is it a page of ours, or no page at all? */
static bool
may_act(struct portal *p, struct lws *wsi, const struct request *r)
{
	char site[16];

	if (r->origin)
		return site_trusts(&p->web.site, &r->self, r->origin) ||
		    is_forwarded(wsi, r->origin);
	return !request_named(wsi, "sec-fetch-site:", site, sizeof(site)) ||
	    strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}

/* The body comes later, if there is one. */
static int
expect(struct portal *p, struct conn *c, struct lws *wsi, long max,
    body_taker *taker)
{
	char length[32];
	long size =
	    field_length(request_field(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH,
			     length, sizeof(length)),
		max);

	if (!request_has_body(wsi))
		return taker(p, wsi, "");
	if (size <= 0)
		return reply_text(wsi, 413, "This body is too long.\n");
	c->body = calloc(1, (size_t)size + 1);
	if (!c->body)
		return reply_text(wsi, 500, "Out of memory.\n");
	c->body_len = 0;
	c->body_size = (size_t)size;
	c->taker = taker;
	return 0;
}

static int
gate(struct portal *p, struct conn *c, struct lws *wsi, const struct request *r)
{
	const char *rest = r->path + strlen(GATE);

	if (strncmp(rest, "/page/", 6) == 0)
		return files_serve(&c->file, wsi, r, p->client, PAGE, rest + 5);
	if (strcmp(rest, "/login") == 0 || strcmp(rest, "/logout") == 0)
		return r->method == METHOD_POST
		    ? expect(p, c, wsi, FORM_MAX, gate_form)
		    : reply_status(wsi, 405, "allow: POST\r\n");
	return gate_request(p, wsi, r, rest);
}

/* One log, or all of them as a ZIP file. */
static int
download(
    struct portal *p, struct conn *c, struct lws *wsi, const struct request *r)
{
	char buf[LOGS_NAME + 16], extra[200], saved[LOGS_NAME];
	const char *name;
	struct stat st;
	int fd;

	name = lws_get_urlarg_by_name(wsi, "file=", buf, sizeof(buf));
	if (name) {
		snprintf(extra, sizeof(extra), "/%s", name);
		return files_serve(
		    &c->file, wsi, r, p->logs.dir, "/download-logs", extra);
	}
	name = lws_get_urlarg_by_name(wsi, "filename=", buf, sizeof(buf));
	snprintf(saved, sizeof(saved), "%.*s", LOGS_NAME - 1,
	    name ? name : "logs.zip");
	for (char *s = saved; *s; s++)
		if ((unsigned char)*s <= ' ' || strchr("\"\\/\x7f", *s))
			*s = '_';
	fd = zip_folder(p->logs.dir, &st.st_size);
	if (fd == -1 || fstat(fd, &st))
		return answer_detail(wsi, 500, "There are no logs");
	snprintf(extra, sizeof(extra),
	    "content-disposition: attachment; filename=\"%s\"\r\n", saved);
	return files_send(&c->file, wsi, r, fd, &st, "application/zip", extra);
}

static int
get(struct portal *p, struct conn *c, struct lws *wsi, const struct request *r)
{
	static const char direct[] = "/get-direct-url/";
	char name[APP_NAME_SIZE];
	int result;

	if (tunnels_request(p, c, wsi, r, &result))
		return result;
	if (strcmp(r->path, "/get-applications") == 0)
		return links_list(p, wsi, r);
	if (strncmp(r->path, direct, sizeof(direct) - 1) == 0)
		return links_direct(p, wsi, r->path + sizeof(direct) - 1);
	if (strcmp(r->path, "/launch") == 0)
		return links_launch(p, wsi,
		    lws_get_urlarg_by_name(wsi, "name=", name, sizeof(name)));
	if (strcmp(r->path, "/capabilities") == 0 ||
	    strcmp(r->path, "/.well-known/vast-capabilities") == 0)
		return capabilities(p, wsi);
	if (strcmp(r->path, "/capabilities/services") == 0)
		return capabilities_services(p, c, wsi);
	if (strcmp(r->path, "/capabilities/endpoints") == 0)
		return answer(wsi, 200, cJSON_CreateArray());
	if (strcmp(r->path, "/portal-links") == 0)
		return tools_list(p, wsi);
	if (strcmp(r->path, "/supervisor/processes") == 0)
		return services_list(p, c, wsi);
	if (strcmp(r->path, "/system-metrics") == 0)
		return answer(wsi, 200,
		    metrics_read(&p->metrics, getenv("WORKSPACE"), clock_us()));
	if (strcmp(r->path, "/download-logs") == 0)
		return download(p, c, wsi, r);
	if (strcmp(r->path, "/docs") == 0)
		return files_serve(
		    &c->file, wsi, r, p->client, "", "/docs.html");
	if (strcmp(r->path, "/health") == 0)
		return reply(wsi, 200, "", "application/json",
		    "{\"status\":\"ok\"}", 15);
	return files_serve(&c->file, wsi, r, p->client, "", r->path);
}

static int
post(struct portal *p, struct conn *c, struct lws *wsi, const struct request *r)
{
	static const char process[] = "/supervisor/process/";
	int result;

	if (!may_act(p, wsi, r))
		return answer_detail(
		    wsi, 403, "This does not come from a page of this server");
	if (strcmp(r->path, "/capabilities/provision") == 0)
		return expect(p, c, wsi, ORDER_MAX, provision_order);
	if (request_has_body(wsi))
		return answer_detail(wsi, 400, "A body is not expected");
	if (strncmp(r->path, process, sizeof(process) - 1) == 0)
		return services_act(p, c, wsi, r->path + sizeof(process) - 1);
	if (tunnels_request(p, c, wsi, r, &result))
		return result;
	return answer_detail(wsi, 404, "Not Found");
}

static int
request(struct portal *p, struct conn *c, struct lws *wsi)
{
	static struct request r;
	const char *text;
	unsigned status = screen(p, wsi, &r, &text);
	char token[8];

	if (status)
		return reply_text(wsi, status, text);
	log_debug("%s", r.path);
	if (strncmp(r.path, GATE "/", sizeof(GATE)) == 0)
		return gate(p, c, wsi, &r);
	if (r.method == METHOD_POST)
		return post(p, c, wsi, &r);
	if (r.method != METHOD_GET && r.method != METHOD_HEAD)
		return reply_status(wsi, 405, "allow: GET, HEAD, POST\r\n");
	if (strcmp(r.path, "/") == 0 &&
	    lws_get_urlarg_by_name(wsi, "token=", token, sizeof(token)))
		return reply_status(wsi, 302, "location: /\r\n");
	return get(p, c, wsi, &r);
}

/* The edge asks about a WebSocket with all its fields. */
static int
upgrade(struct portal *p, struct lws *wsi, const char *to)
{
	static struct request r;
	const char *text;
	unsigned status = screen(p, wsi, &r, &text);

	if (status)
		return reply_text(wsi, status, text);
	if (strcmp(r.path, GATE "/auth") == 0)
		return gate_request(p, wsi, &r, "/auth");
	if (strcasecmp(to, "websocket") != 0 || strcmp(r.path, "/ws-logs") != 0)
		return reply_text(wsi, 404, "No WebSocket is here.\n");
	return may_act(p, wsi, &r) ? 0
				   : reply_text(wsi, 403, "Not from there.\n");
}

static int
writable(struct conn *c, struct lws *wsi)
{
	cJSON *json = c->answer;

	if (c->file.left)
		return files_writable(&c->file, wsi);
	if (!json)
		return 0;
	c->answer = NULL;
	return answer(wsi, c->status, json);
}

static int
body_piece(struct conn *c, const void *p, size_t len)
{
	if (len == 0) /* said of what has none */
		return 0;
	if (!c->taker || len > c->body_size - c->body_len)
		return -1;
	memcpy(c->body + c->body_len, p, len);
	c->body_len += len;
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
		return upgrade(p, wsi, in);
	case LWS_CALLBACK_HTTP:
		return request(p, c, wsi);
	case LWS_CALLBACK_HTTP_BODY:
		return body_piece(c, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return c->taker ? c->taker(p, wsi, c->body) : 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return writable(c, wsi);
	case LWS_CALLBACK_ESTABLISHED:
		return logs_join(&p->logs, &c->reader, wsi) ? -1 : 0;
	case LWS_CALLBACK_RECEIVE:
		logs_receive(&c->reader, in, len);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return logs_writable(&p->logs, &c->reader);
	case LWS_CALLBACK_RAW_ADOPT: /* the method CONNECT */
	case LWS_CALLBACK_RAW_RX:
		return -1;
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL: /* after each request */
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
		finish(p, c);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		finish(p, c);
		web_end(wsi);
		return 0;
	default:
		return 0;
	}
}
