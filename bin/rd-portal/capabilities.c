/*
 * What the instance is and has, for scripts that come to it: the template's
 * manifest, as far as there is something to say.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "portal.h"

static void
add_text(cJSON *json, const char *name, const char *text)
{
	if (text && *text)
		cJSON_AddStringToObject(json, name, text);
	else
		cJSON_AddNullToObject(json, name);
}

static cJSON *
describe_port(const struct app *a, unsigned mapped)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddNumberToObject(json, "port", a->external);
	cJSON_AddNumberToObject(json, "mapped_port", mapped);
	cJSON_AddBoolToObject(json, "self_mapped", mapped == a->external);
	cJSON_AddStringToObject(json, "name", a->name);
	return json;
}

/* Those of applications that lead here. */
static cJSON *
open_ports(const struct apps *as)
{
	cJSON *all = cJSON_CreateArray();

	for (size_t i = 0; i < as->n; i++) {
		uint16_t mapped = apps_mapped(environ, as->list[i].external);

		if (mapped && apps_way(as, i, environ) != APP_ALIAS)
			cJSON_AddItemToArray(
			    all, describe_port(&as->list[i], mapped));
	}
	return all;
}

static cJSON *
instance(struct portal *p, struct lws *wsi)
{
	cJSON *json = cJSON_CreateObject(), *ssh;
	const struct passwd *me = getpwuid(getuid());
	char host[256];

	cJSON_AddStringToObject(json, "label", p->authority.label);
	add_text(json, "id", getenv("CONTAINER_ID"));
	cJSON_AddStringToObject(
	    json, "scheme", links_secure() ? "https" : "http");
	add_text(json, "public_ip",
	    links_host(p, wsi, host, sizeof(host)) ? host : NULL);
	add_text(json, "workspace", getenv("WORKSPACE"));
	cJSON_AddItemToObject(json, "open_ports", open_ports(&p->apps));
	ssh = cJSON_AddObjectToObject(json, "ssh");
	cJSON_AddStringToObject(ssh, "user", me ? me->pw_name : "root");
	cJSON_AddNumberToObject(ssh, "port", apps_mapped(environ, 22));
	return json;
}

static cJSON *
login(const struct portal *p, struct lws *wsi)
{
	cJSON *json = cJSON_CreateObject();
	char user[AUTHORITY_USER];

	cJSON_AddBoolToObject(json, "enabled", p->authority.on);
	add_text(
	    json, "user", request_named(wsi, "x-rd-user:", user, sizeof(user)));
	return json;
}

/* Whether they are there, and never what they are. */
static cJSON *
credentials(void)
{
	static const char *const names[] = { "HF_TOKEN", "CIVITAI_TOKEN",
		"CF_TUNNEL_TOKEN", "CONTAINER_API_KEY" };
	cJSON *json = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);

		cJSON_AddBoolToObject(json, names[i], value && *value);
	}
	return json;
}

static cJSON *
describe_service(struct portal *p, struct lws *wsi, const struct app *a)
{
	cJSON *json = cJSON_CreateObject();
	char url[320];

	cJSON_AddStringToObject(json, "name", a->name);
	snprintf(
	    url, sizeof(url), "http://%s:%u", a->host, (unsigned)a->internal);
	cJSON_AddStringToObject(json, "internal_url", url);
	add_text(json, "direct_url",
	    links_url(p, wsi, a->external, url, sizeof(url)) ? url : NULL);
	return json;
}

static cJSON *
services(struct portal *p, struct lws *wsi)
{
	cJSON *all = cJSON_CreateArray();

	for (size_t i = 0; i < p->apps.n; i++)
		cJSON_AddItemToArray(
		    all, describe_service(p, wsi, &p->apps.list[i]));
	return all;
}

int
capabilities(struct portal *p, struct lws *wsi)
{
	cJSON *json = cJSON_CreateObject();
	char what[64];

	cJSON_AddNumberToObject(json, "schema_version", 1);
	cJSON_AddItemToObject(json, "instance", instance(p, wsi));
	cJSON_AddItemToObject(json, "services", services(p, wsi));
	cJSON_AddItemToObject(json, "endpoints", cJSON_CreateArray());
	cJSON_AddItemToObject(json, "credentials", credentials());
	cJSON_AddItemToObject(json, "auth", login(p, wsi));
	if (lws_get_urlarg_by_name(wsi, "include=", what, sizeof(what)) &&
	    strstr(what, "metrics"))
		cJSON_AddItemToObject(json, "metrics",
		    metrics_read(&p->metrics, getenv("WORKSPACE"), clock_us()));
	return answer(wsi, 200, json);
}

int
capabilities_services(struct portal *p, struct conn *c, struct lws *wsi)
{
	return services_states(p, c, wsi, services(p, wsi));
}
