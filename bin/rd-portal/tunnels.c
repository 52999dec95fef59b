/*
 * The tunnels that rd-tunnel(1) has, and those of Cloudflare's account, which
 * its program knows.  What is asked for is asked anew each time: others make
 * and end tunnels, too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "portal.h"

struct pair {
	char target[TARGET_SIZE], url[TARGET_SIZE];
};

/* What pages may show as a link. */
static bool
is_url(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    ":/.-_[]";

	return (strncmp(text, "http://", 7) == 0 ||
		   strncmp(text, "https://", 8) == 0) &&
	    !text[strspn(text, plain)];
}

static void
fail(struct conn *c, struct lws *wsi, unsigned status, const char *detail)
{
	answer_later(c, wsi, status, answer_problem(detail));
}

/* In the program's own words, without its name. */
static void
fail_as(struct conn *c, struct lws *wsi, int status, const char *line)
{
	const char *why = strstr(line, "fatal: ");

	fail(c, wsi, status == 100 ? 400 : 500,
	    why         ? why + 7
		: *line ? line
			: "It has ended, and says nothing");
}

/* Run argv, for an answer that comes later.  Negative errno. */
static int
run(struct portal *p, struct conn *c, struct lws *wsi, const char *const *argv,
    bool stays, command_done *done)
{
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	return command_run(&c->command, &p->web.loop, argv, stays, done, wsi);
}

static int
tunnel(struct portal *p, struct conn *c, struct lws *wsi, const char *command,
    command_done *done)
{
	const char *backend = getenv("RD_TUNNELS");
	const char *argv[8] = { "rd-tunnel", command };
	bool stays = strcmp(command, "run") == 0;
	size_t n = 2;

	if (stays) {
		argv[n++] = "-b";
		argv[n++] = backend && *backend ? backend
		    : getenv("RD_TUNNEL_SSH")   ? "ssh"
						: "cloudflared";
	}
	if (p->tunnels) {
		argv[n++] = "-d";
		argv[n++] = p->tunnels;
	}
	if (strcmp(command, "list") != 0)
		argv[n++] = c->target;
	return run(p, c, wsi, argv, stays, done);
}

static void
go_on(struct conn *c, struct lws *wsi, const char *command, command_done *done)
{
	int err = tunnel(web_of(wsi)->user, c, wsi, command, done);

	if (err)
		fail(c, wsi, 503, strerror(-err));
}

/* ---- those of rd-tunnel: lines of TARGET tab URL */

static bool
next_pair(const char **text, struct pair *p)
{
	int n = 0;

	while (sscanf(*text, "%299[^\t\n]%*1[\t]%299[^\n]%n", p->target, p->url,
		   &n) == 2 &&
	    n) {
		*text += n;
		*text += **text == '\n';
		if (is_url(p->target) && is_url(p->url))
			return true;
		n = 0;
	}
	return false;
}

static bool
find_pair(const char *text, const char *target, struct pair *p)
{
	while (next_pair(&text, p))
		if (strcmp(p->target, target) == 0)
			return true;
	return false;
}

static void
add_pair(cJSON *all, const char *target, const char *url)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "targetUrl", target);
	cJSON_AddStringToObject(json, "tunnelUrl", url);
	cJSON_AddItemToArray(all, json);
}

static void
listed(void *arg, int status, const char *text)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	struct pair p;
	cJSON *all;

	c->command = NULL;
	if (status) {
		fail_as(c, wsi, status, text);
		return;
	}
	all = cJSON_CreateArray();
	while (next_pair(&text, &p))
		add_pair(all, p.target, p.url);
	answer_later(c, wsi, 200, all);
}

static void
searched(void *arg, int status, const char *text)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	struct pair p;

	c->command = NULL;
	if (status)
		fail_as(c, wsi, status, text);
	else if (!find_pair(text, c->target, &p))
		fail(c, wsi, 404, "No such tunnel");
	else
		answer_later(c, wsi, 200, cJSON_CreateString(p.url));
}

static void
answer_url(struct conn *c, struct lws *wsi, const char *url)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "tunnel_url", url);
	answer_later(c, wsi, 200, json);
}

/* Somebody has made it before. */
static void
found(void *arg, int status, const char *text)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	struct pair p;

	c->command = NULL;
	if (status)
		fail_as(c, wsi, status, text);
	else if (find_pair(text, c->target, &p))
		answer_url(c, wsi, p.url);
	else
		fail(c, wsi, 503, "It has no address yet");
}

static void
started(void *arg, int status, const char *text)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	char url[TARGET_SIZE];

	c->command = NULL;
	snprintf(url, sizeof(url), "%.*s", (int)strcspn(text, "\n"), text);
	if (status == 1)
		go_on(c, wsi, "list", found);
	else if (status || !is_url(url))
		fail_as(c, wsi, status, text);
	else
		answer_url(c, wsi, url);
}

static void
stopped(void *arg, int status, const char *text)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	cJSON *json;

	c->command = NULL;
	if (status == 1) {
		fail(c, wsi, 404, "No such tunnel");
		return;
	}
	if (status) {
		fail_as(c, wsi, status, text);
		return;
	}
	json = cJSON_CreateObject();
	cJSON_AddStringToObject(
	    json, "message", "Quick tunnel stopped successfully");
	answer_later(c, wsi, 200, json);
}

/* It is away, or never was: another. */
static void
cleared(void *arg, int status, const char *text)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);

	c->command = NULL;
	if (status > 1)
		fail_as(c, wsi, status, text);
	else
		go_on(c, wsi, "run", started);
}

/* ---- those of an account: what cloudflared says its rules are */

static const cJSON *
rules_of(const cJSON *json)
{
	return cJSON_GetObjectItem(
	    cJSON_GetObjectItem(json, "config"), "ingress");
}

static bool
read_rule(const cJSON *rule, struct pair *p)
{
	const char *service =
	    cJSON_GetStringValue(cJSON_GetObjectItem(rule, "service"));
	const char *host =
	    cJSON_GetStringValue(cJSON_GetObjectItem(rule, "hostname"));

	if (!service || !host)
		return false;
	snprintf(p->target, sizeof(p->target), "%s", service);
	snprintf(p->url, sizeof(p->url), "https://%s", host);
	return is_url(p->target) && is_url(p->url);
}

/* Of the one that leads to c's port, or all. */
static void
answer_rules(struct conn *c, struct lws *wsi, const cJSON *json)
{
	const cJSON *rule;
	cJSON *all = *c->target ? NULL : cJSON_CreateArray();
	struct pair p;

	cJSON_ArrayForEach(rule, rules_of(json))
	{
		const char *port;

		if (!read_rule(rule, &p))
			continue;
		if (all) {
			add_pair(all, p.target, p.url);
			continue;
		}
		port = strrchr(p.target, ':');
		if (strcmp(port + 1, c->target) == 0) {
			answer_later(c, wsi, 200, cJSON_CreateString(p.url));
			return;
		}
	}
	if (all)
		answer_later(c, wsi, 200, all);
	else
		fail(c, wsi, 404, "No such tunnel");
}

static void
told(void *arg, int status, const char *text)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	cJSON *json;

	c->command = NULL;
	if (status) {
		fail(c, wsi, 404, "No named tunnel runs");
		return;
	}
	json = cJSON_Parse(text);
	answer_rules(c, wsi, json);
	cJSON_Delete(json);
}

static bool
has_named(void)
{
	const char *token = getenv("CF_TUNNEL_TOKEN");

	return token && *token;
}

static int
ask_named(struct portal *p, struct conn *c, struct lws *wsi)
{
	const char *at = getenv("CLOUDFLARE_METRICS");
	char url[256];
	const char *argv[] = { "curl", "-fsS", "--max-time", "5", url, NULL };

	snprintf(url, sizeof(url), "http://%s/config",
	    at && *at ? at : "localhost:11113");
	return run(p, c, wsi, argv, false, told);
}

/* ---- requests */

/* "http://" where it is missing; in a path "//" has become "/". */
static bool
set_target(struct conn *c, const char *text)
{
	const char *scheme = "http://";

	if (strncmp(text, "http:/", 6) == 0)
		text += 6;
	else if (strncmp(text, "https:/", 7) == 0)
		text += 7, scheme = "https://";
	text += strspn(text, "/");
	return (size_t)snprintf(c->target, sizeof(c->target), "%s%.*s", scheme,
		   (int)strcspn(text, "/"), text) < sizeof(c->target);
}

static const struct route {
	enum method method;
	const char *path;
	bool has_target;
	const char *command;
	command_done *done;
} routes[] = {
	{ METHOD_GET, "/get-all-quick-tunnels", false, "list", listed },
	{ METHOD_GET, "/get-existing-quick-tunnel/", true, "list", searched },
	{ METHOD_POST, "/start-quick-tunnel/", true, "run", started },
	{ METHOD_POST, "/stop-quick-tunnel/", true, "stop", stopped },
	{ METHOD_POST, "/refresh-quick-tunnel/", true, "stop", cleared },
	{ METHOD_GET, "/get-named-tunnels", false, NULL, NULL },
	{ METHOD_GET, "/get-existing-named-tunnel/", true, NULL, NULL },
};

static const struct route *
find_route(const struct request *r)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		const char *path = routes[i].path;
		size_t n = strlen(path);

		if (routes[i].method == r->method &&
		    (routes[i].has_target ? strncmp(r->path, path, n)
					  : strcmp(r->path, path)) == 0)
			return &routes[i];
	}
	return NULL;
}

static int
serve(struct portal *p, struct conn *c, struct lws *wsi,
    const struct route *route, const char *rest)
{
	uint16_t port;
	int err;

	*c->target = '\0';
	if (!route->command) {
		if (!has_named())
			return answer_detail(wsi, 404,
			    "CF_TUNNEL_TOKEN is not set: no named tunnel");
		if (route->has_target && !apps_port(rest, &port))
			return answer_detail(wsi, 404, "No such tunnel");
		snprintf(c->target, sizeof(c->target), "%s", rest);
		err = ask_named(p, c, wsi);
	} else {
		if (route->has_target && !set_target(c, rest))
			return answer_detail(
			    wsi, 400, "The target is too long");
		err = tunnel(p, c, wsi, route->command, route->done);
	}
	return err ? answer_detail(wsi, 503, strerror(-err)) : 0;
}

bool
tunnels_request(struct portal *p, struct conn *c, struct lws *wsi,
    const struct request *r, int *result)
{
	const struct route *route = find_route(r);

	if (route)
		*result =
		    serve(p, c, wsi, route, r->path + strlen(route->path));
	return route;
}
