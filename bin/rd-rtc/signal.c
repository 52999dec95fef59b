#include "signal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static const struct {
	const char *name, *member;
} types[] = {
	[SIGNAL_OFFER] = { "offer", "sdp" },
	[SIGNAL_CANDIDATE] = { "candidate", "candidate" },
	[SIGNAL_AWAY] = { "away", NULL },
	[SIGNAL_BYE] = { "bye", NULL },
};

/* Take what m->type needs out of m->json. */
static bool
members(struct signal *m)
{
	cJSON *trickle, *text;

	if (types[m->type].member) {
		text = cJSON_GetObjectItemCaseSensitive(
		    m->json, types[m->type].member);
		if (!cJSON_IsString(text))
			return false;
		m->text = text->valuestring;
	}
	trickle = cJSON_GetObjectItemCaseSensitive(m->json, "trickle");
	m->trickle = !cJSON_IsFalse(trickle);
	return true;
}

int
signal_parse(struct signal *m, const char *line, size_t len)
{
	const cJSON *type;

	*m = (struct signal){ .json = cJSON_ParseWithLength(line, len) };
	type = cJSON_GetObjectItemCaseSensitive(m->json, "type");
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (cJSON_IsString(type) &&
		    strcmp(type->valuestring, types[i].name) == 0) {
			m->type = (enum signal_type)i;
			if (members(m))
				return 0;
		}
	signal_clear(m);
	return -EBADMSG;
}

void
signal_clear(struct signal *m)
{
	cJSON_Delete(m->json);
	m->json = NULL;
	m->text = NULL;
}

/* json as a line, and json gone. */
static char *
line_of(cJSON *json, bool whole)
{
	char *text = whole ? cJSON_PrintUnformatted(json) : NULL;
	size_t len = text ? strlen(text) : 0;
	char *line = text ? realloc(text, len + 2) : NULL;

	cJSON_Delete(json);
	if (!line)
		free(text);
	else
		memcpy(line + len, "\n", 2);
	return line;
}

char *
signal_print(const char *type, const char *member, const char *text)
{
	cJSON *json = cJSON_CreateObject();

	return line_of(json,
	    cJSON_AddStringToObject(json, "type", type) &&
		cJSON_AddStringToObject(json, member, text));
}

char *
signal_print_candidate(const char *text, const char *mid, size_t index)
{
	cJSON *json = cJSON_CreateObject();

	return line_of(json,
	    cJSON_AddStringToObject(json, "type", "candidate") &&
		cJSON_AddStringToObject(json, "candidate", text) &&
		cJSON_AddStringToObject(json, "sdpMid", mid) &&
		cJSON_AddNumberToObject(json, "sdpMLineIndex", (double)index));
}

/* RFC 7064 and RFC 7065. */
static bool
add_server(cJSON *list, const struct ice_server *s)
{
	static const char *const transports[] = { "udp", "tcp", "tcp" };
	bool v6 = strchr(s->host, ':') != NULL;
	char url[sizeof(s->host) + 32];
	cJSON *item = cJSON_CreateObject();

	cJSON_AddItemToArray(list, item);
	snprintf(url, sizeof(url), "%s%s:%s%s%s:%u%s%s",
	    s->turn ? "turn" : "stun", s->transport == ICE_TLS ? "s" : "",
	    v6 ? "[" : "", s->host, v6 ? "]" : "", s->port,
	    s->turn ? "?transport=" : "",
	    s->turn ? transports[s->transport] : "");
	if (!cJSON_AddStringToObject(item, "urls", url))
		return false;
	return !s->turn ||
	    (cJSON_AddStringToObject(item, "username", s->user) &&
		cJSON_AddStringToObject(item, "credential", s->password));
}

char *
signal_print_servers(const struct ice_server *servers, size_t n)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *list;
	bool whole = cJSON_AddStringToObject(json, "type", "servers") != NULL;

	list = cJSON_AddArrayToObject(json, "iceServers");
	for (size_t i = 0; i < n; i++)
		whole = whole && add_server(list, &servers[i]);
	return line_of(json, whole && list);
}
