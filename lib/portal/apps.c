#include "portal/apps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/utf8.h"

#define MAPPED "VAST_TCP_PORT_"

static const char *const ways[] = {
	[APP_EDGE] = "edge",
	[APP_ALIAS] = "alias",
	[APP_DIRECT] = "direct",
	[APP_CLOSED] = "closed",
};

const char *
app_way_name(enum app_way way)
{
	return ways[way];
}

/* Printed on lines, in JSON and on pages. */
static bool
is_plain(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return utf8_valid(text, strlen(text));
}

static bool
is_host(const char *host)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	return *host && !host[strspn(host, name)];
}

bool
apps_port(const char *text, uint16_t *port)
{
	const char *digits = text + strspn(text, " \t");
	size_t len = strspn(digits, "0123456789");
	long n = len && len < 9 ? strtol(digits, NULL, 10) : 0;

	*port = (uint16_t)n;
	return n > 0 && n <= UINT16_MAX &&
	    !digits[len + strspn(digits + len, " \t")];
}

static struct app *
find(struct apps *as, const char *name)
{
	for (size_t i = 0; i < as->n; i++)
		if (strcmp(as->list[i].name, name) == 0)
			return &as->list[i];
	return NULL;
}

static bool
is_same_target(const struct app *a, const struct app *b)
{
	return a->internal == b->internal && strcmp(a->host, b->host) == 0;
}

/* Whom the edge serves at that port already, other than at a's target. */
static const struct app *
find_rival(const struct apps *as, const struct app *a)
{
	for (size_t i = 0; i < as->n; i++) {
		const struct app *b = &as->list[i];

		if (b->external == a->external && b->external != b->internal &&
		    !is_same_target(a, b) && strcmp(a->name, b->name) != 0)
			return b;
	}
	return NULL;
}

const char *
apps_add(struct apps *as, const struct app *a)
{
	struct app *at = find(as, a->name);

	if (!*a->name || !is_plain(a->name))
		return "has no name, or one with control characters";
	if (!is_host(a->host))
		return "has no host name such as localhost";
	if (!is_plain(a->path))
		return "has a path with control characters";
	if (!a->external || !a->internal)
		return "has a port that is not 1 to 65535";
	if (a->external != a->internal && find_rival(as, a))
		return "has the external port of another application";
	if (!at && as->n == APPS_MAX)
		return "is one more than 64";
	if (!at)
		at = &as->list[as->n++];
	*at = *a;
	return NULL;
}

static bool
copy(char *out, size_t size, const char *text, size_t len)
{
	if (len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/* Up to the next colon, which must be there. */
static bool
take(const char **entry, char *out, size_t size)
{
	const char *colon = strchr(*entry, ':');

	if (!colon || !copy(out, size, *entry, (size_t)(colon - *entry)))
		return false;
	*entry = colon + 1;
	return true;
}

static const char *
parse_entry(struct apps *as, const char *entry)
{
	static struct app a;
	char external[32], internal[32];

	memset(&a, 0, sizeof(a));
	if (!take(&entry, a.host, sizeof(a.host)) ||
	    !take(&entry, external, sizeof(external)) ||
	    !take(&entry, internal, sizeof(internal)) ||
	    !take(&entry, a.path, sizeof(a.path)) ||
	    !copy(a.name, sizeof(a.name), entry, strlen(entry)))
		return "is not hostname:external:internal:path:name";
	if (!apps_port(external, &a.external) ||
	    !apps_port(internal, &a.internal))
		return "has a port that is not 1 to 65535";
	return apps_add(as, &a);
}

void
apps_parse(struct apps *as, const char *config, struct apps_bad bad)
{
	char entry[APP_NAME_SIZE + APP_HOST_SIZE + APP_PATH_SIZE + 64];

	as->n = 0;
	while (*config) {
		size_t len = strcspn(config, "|");
		const char *why = "is too long";

		if (copy(entry, sizeof(entry), config, len))
			why = parse_entry(as, entry);
		else
			copy(entry, sizeof(entry), config, 64);
		if (why)
			bad.tell(bad.arg, entry, why);
		config += len;
		if (*config == '|' && !*++config)
			bad.tell(bad.arg, "", "is empty: a | at the end");
	}
}

uint16_t
apps_mapped(char *const *env, uint16_t external)
{
	const size_t len = sizeof(MAPPED) - 1;
	bool any = false;
	uint16_t port;

	for (; *env; env++) {
		char *value;

		if (strncmp(*env, MAPPED, len) != 0)
			continue;
		any = true;
		if (strtol(*env + len, &value, 10) == external &&
		    *value == '=' && apps_port(value + 1, &port))
			return port;
	}
	return any ? 0 : external;
}

enum app_way
apps_way(const struct apps *as, size_t i, char *const *env)
{
	const struct app *a = &as->list[i];

	if (!apps_mapped(env, a->external))
		return APP_CLOSED;
	if (a->external == a->internal)
		return APP_DIRECT;
	for (size_t j = 0; j < i; j++)
		if (as->list[j].external == a->external &&
		    as->list[j].external != as->list[j].internal)
			return APP_ALIAS;
	return APP_EDGE;
}
