#include <stdlib.h>
#include <string.h>

#include "portal.h"

int
answer(struct lws *wsi, unsigned status, cJSON *json)
{
	bool plain = cJSON_IsString(json);
	char *text =
	    plain ? strdup(json->valuestring) : cJSON_PrintUnformatted(json);
	size_t len = text ? strlen(text) : 0;
	int result;

	cJSON_Delete(json);
	if (!text || len > REPLY_MAX)
		result = reply_text(wsi, 500, "Out of memory.\n");
	else
		result = reply(wsi, status, "",
		    plain ? "text/html; charset=utf-8" : "application/json",
		    text, len);
	free(text);
	return result;
}

cJSON *
answer_problem(const char *detail)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "detail", detail);
	return json;
}

int
answer_detail(struct lws *wsi, unsigned status, const char *detail)
{
	return answer(wsi, status, answer_problem(detail));
}

void
answer_later(struct conn *c, struct lws *wsi, unsigned status, cJSON *json)
{
	c->answer = json;
	c->status = status;
	lws_callback_on_writable(wsi);
}
