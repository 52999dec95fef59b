/* Nothing copied is longer than its source; trust never comes from junk. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/field.h"
#include "http/origin.h"
#include "http/query.h"
#include "http/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1024 };

/* What is trusted is, said again, the origin of its own host. */
static void
check_origin(const char *text)
{
	struct origin o, self, again;
	char said[300];

	if (!origin_parse(&o, text))
		return;
	snprintf(said, sizeof(said), "%s://%s:%u", o.secure ? "https" : "http",
	    o.host, (unsigned)o.port);
	if (!origin_parse(&again, said) || !origin_equal(&o, &again))
		abort();
	self = (struct origin){ false, 80, "localhost" };
	if (site_trusts(&(struct site){ false, NULL, 0 }, &self, text) &&
	    (strcmp(o.host, "localhost") != 0 || o.port != 80 || o.secure))
		abort();
}

static void
check_route(const char *text)
{
	char *operand = strdup(text);
	const char *rest;
	struct route r;

	if (!route_parse(&r, operand)) {
		if (strlen(r.path) + strlen(r.target) >= strlen(text))
			abort();
		if (*r.path && !route_find(&r, 1, r.path, &rest))
			abort();
	}
	free(operand);
}

/* What is without a parameter has none, and stays as it is. */
static void
check_query(const char *uri)
{
	char once[TEXT_MAX + 1], twice[TEXT_MAX + 1], value[TEXT_MAX + 1];

	if (!query_without(uri, "id", once, sizeof(once)) ||
	    query_value(query_of(once), "id", value, sizeof(value)) ||
	    !query_without(once, "id", twice, sizeof(twice)) ||
	    strcmp(once, twice) != 0)
		abort();
	if (query_value(query_of(uri), "id", value, sizeof(value)) &&
	    strlen(value) >= strlen(uri))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1], out[16], pair[512];
	struct origin self;

	if (size > TEXT_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (field_cookie(text, "id", out, sizeof(out)) &&
	    (strlen(out) >= sizeof(out) || !strstr(text, out)))
		abort();
	if (field_bearer(text, out, sizeof(out)) && !strstr(text, out))
		abort();
	if (field_is_type(text, "application/sdp") &&
	    !field_accepts(text, "application/sdp"))
		abort();
	if (field_basic(text, out, sizeof(out), pair, sizeof(pair)) &&
	    strlen(out) + strlen(pair) >= strlen(text))
		abort();
	check_query(text);
	field_has_etag(text, "\"a\"");
	if (field_length(text, 65536) > 65536)
		abort();
	if (site_origin(&(struct site){ false, NULL, 0 }, &self, text) &&
	    strchr(self.host, '/'))
		abort();
	check_origin(text);
	check_route(text);
	return 0;
}
