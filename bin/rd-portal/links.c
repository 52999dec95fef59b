#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "http/field.h"
#include "portal.h"

bool
links_secure(void)
{
	const char *enable = getenv("ENABLE_HTTPS");

	return enable && strcasecmp(enable, "true") == 0;
}

/* Jupyter as the platform runs it speaks TLS itself, and is alone there. */
static const char *
scheme_of(const struct portal *p, const struct app *a)
{
	if (links_secure())
		return "https";
	if (a->external != 8080 || a->internal != 8080)
		return "http";
	for (size_t i = 0; i < p->apps.n; i++)
		if (p->apps.list[i].external == 8080 &&
		    p->apps.list[i].internal != 8080)
			return "http";
	return "https";
}

/* How a browser names the edge: its host, if that is no tunnel's. */
static bool
seen_host(struct lws *wsi, char *host, size_t size)
{
	char text[300], ray[64];
	struct origin o;

	if (request_named(wsi, "cf-ray:", ray, sizeof(ray)) ||
	    !request_named(
		wsi, "x-forwarded-host:", text + 7, sizeof(text) - 7))
		return false;
	memcpy(text, "http://", 7);
	return origin_parse(&o, text) &&
	    (size_t)snprintf(host, size, "%s", o.host) < size;
}

/* An address that is shown is kept: the platform's may be out of date. */
bool
links_host(struct portal *p, struct lws *wsi, char *host, size_t size)
{
	const char *address = getenv("PUBLIC_IPADDR");
	struct in_addr in;

	if (seen_host(wsi, host, size)) {
		if (inet_pton(AF_INET, host, &in) == 1)
			snprintf(p->address, sizeof(p->address), "%s", host);
		return true;
	}
	if (*p->address)
		address = p->address;
	return address && *address &&
	    (size_t)snprintf(host, size, "%s", address) < size;
}

static const struct app *
find_port(const struct portal *p, uint16_t external)
{
	const struct app *found = NULL;

	for (size_t i = 0; i < p->apps.n; i++)
		if (p->apps.list[i].external == external &&
		    (!found || found->external == found->internal))
			found = &p->apps.list[i];
	return found;
}

static const struct app *
find_name(const struct portal *p, const char *name)
{
	for (size_t i = 0; i < p->apps.n; i++)
		if (strcmp(p->apps.list[i].name, name) == 0)
			return &p->apps.list[i];
	return NULL;
}

/* A script that shows a secret finds it in the address, as it may expect. */
static void
say_path(const struct portal *p, const struct app *a, const char *cookie,
    char *out, size_t size)
{
	char name[128], secret[AUTHORITY_PASSWORD];

	snprintf(name, sizeof(name), "%s_auth_token", p->authority.label);
	if (field_cookie(cookie, name, secret, sizeof(secret)))
		snprintf(out, size, "%s%ctoken=%s", a->path,
		    strchr(a->path, '?') ? '&' : '?', secret);
	else
		snprintf(out, size, "%s", a->path);
}

static cJSON *
describe(const struct portal *p, size_t i, const char *cookie)
{
	const struct app *a = &p->apps.list[i];
	uint16_t mapped = apps_mapped(environ, a->external);
	char path[APP_PATH_SIZE + AUTHORITY_PASSWORD + 16];
	char target[APP_HOST_SIZE + 32], port[8] = "";
	cJSON *app = cJSON_CreateObject();

	say_path(p, a, cookie, path, sizeof(path));
	snprintf(target, sizeof(target), "%s://%s:%u", scheme_of(p, a), a->host,
	    (unsigned)a->external);
	if (mapped)
		snprintf(port, sizeof(port), "%u", (unsigned)mapped);
	cJSON_AddStringToObject(app, "hostname", a->host);
	cJSON_AddNumberToObject(app, "external_port", a->external);
	cJSON_AddNumberToObject(app, "internal_port", a->internal);
	cJSON_AddStringToObject(app, "open_path", path);
	cJSON_AddStringToObject(app, "name", a->name);
	cJSON_AddStringToObject(app, "target_url", target);
	cJSON_AddStringToObject(app, "mapped_port", port);
	cJSON_AddStringToObject(
	    app, "way", app_way_name(apps_way(&p->apps, i, environ)));
	return app;
}

int
links_list(struct portal *p, struct lws *wsi, const struct request *r)
{
	cJSON *all = cJSON_CreateObject();

	for (size_t i = 0; i < p->apps.n; i++)
		cJSON_AddItemToObject(
		    all, p->apps.list[i].name, describe(p, i, r->cookie));
	return answer(wsi, 200, all);
}

bool
links_url(
    struct portal *p, struct lws *wsi, uint16_t port, char *out, size_t size)
{
	const struct app *a = find_port(p, port);
	uint16_t mapped = apps_mapped(environ, port);
	char host[256];

	if (!mapped || !links_host(p, wsi, host, sizeof(host)))
		return false;
	snprintf(out, size, "%s://%s:%u",
	    a                    ? scheme_of(p, a)
		: links_secure() ? "https"
				 : "http",
	    host, (unsigned)mapped);
	return true;
}

int
links_direct(struct portal *p, struct lws *wsi, const char *text)
{
	cJSON *json;
	char url[320];
	uint16_t port;

	if (!apps_port(text, &port) ||
	    !links_url(p, wsi, port, url, sizeof(url)))
		return answer_detail(wsi, 404, "Direct URL unavailable");
	json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "result", url);
	return answer(wsi, 200, json);
}

/* Who is on this machine, or has a way of ssh(1) to it, needs no edge. */
static void
inner_url(struct lws *wsi, const struct app *a, char *out, size_t size)
{
	char text[300], host[256] = "localhost";
	struct origin o;

	if (request_field(wsi, WSI_TOKEN_HOST, text + 7, sizeof(text) - 7)) {
		memcpy(text, "http://", 7);
		if (origin_parse(&o, text))
			snprintf(host, sizeof(host), "%s", o.host);
	}
	snprintf(out, size, "http://%s:%u", host, (unsigned)a->internal);
}

int
links_launch(struct portal *p, struct lws *wsi, const char *name)
{
	const struct app *a = name ? find_name(p, name) : NULL;
	char url[320], secret[AUTH_SECRET_SIZE] = "";
	char extra[APP_PATH_SIZE + sizeof(url) + sizeof(secret) + 64];
	bool edge;

	if (!a)
		return answer_detail(wsi, 404, "No such application");
	edge = request_named(wsi, "x-forwarded-host:", url, sizeof(url));
	if (!edge)
		inner_url(wsi, a, url, sizeof(url));
	else if (!links_url(p, wsi, a->external, url, sizeof(url)))
		return answer_detail(wsi, 404, "Direct URL unavailable");
	if (edge && a->external != a->internal && p->authority.on &&
	    authority_invite(&p->authority, a->external, secret))
		return answer_detail(wsi, 500, "Cannot make a token");
	snprintf(extra, sizeof(extra), "location: %s%s%s%s%s%s\r\n", url,
	    *a->path == '/' ? "" : "/", a->path,
	    !*secret                   ? ""
		: strchr(a->path, '?') ? "&"
				       : "?",
	    *secret ? "token=" : "", secret);
	return reply_status(wsi, 303, extra);
}
