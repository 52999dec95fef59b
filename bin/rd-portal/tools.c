/*
 * PORTAL_LINKS: links of the instance's owner, divided by commas, each a label,
 * a URL and perhaps a description, divided by "|".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portal.h"

enum { LINK_MAX = 2048 };

/* What is before the next mark or end, without blanks around it. */
static void
take(const char **text, const char *end, char mark, char *out)
{
	const char *stop = memchr(*text, mark, (size_t)(end - *text));
	const char *from = *text, *to = stop ? stop : end;

	while (from < to && *from == ' ')
		from++;
	while (to > from && to[-1] == ' ')
		to--;
	snprintf(out, LINK_MAX, "%.*s", (int)(to - from), from);
	*text = stop ? stop + 1 : end;
}

/* NULL when it is none: others than these can be scripts. */
static cJSON *
read_link(const char *text, const char *end)
{
	char label[LINK_MAX], url[LINK_MAX], description[LINK_MAX];
	cJSON *json;

	take(&text, end, '|', label);
	take(&text, end, '|', url);
	take(&text, end, '|', description);
	if (!*label ||
	    (strncmp(url, "https://", 8) != 0 &&
		strncmp(url, "http://", 7) != 0 && *url != '/'))
		return NULL;
	json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "label", label);
	cJSON_AddStringToObject(json, "url", url);
	cJSON_AddStringToObject(json, "description", description);
	return json;
}

int
tools_list(struct lws *wsi)
{
	const char *text = getenv("PORTAL_LINKS");
	cJSON *all = cJSON_CreateArray(), *json;

	while (text && *text) {
		size_t len = strcspn(text, ",");

		json = read_link(text, text + len);
		if (json)
			cJSON_AddItemToArray(all, json);
		text += len;
		text += *text == ',';
	}
	return answer(wsi, 200, all);
}
