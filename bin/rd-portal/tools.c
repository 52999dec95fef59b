/*
 * Links of the instance's owner, for a page of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "portal.h"
#include "portal/links.h"

static void
add(void *arg, const struct link *l)
{
	cJSON *all = arg, *json = cJSON_CreateObject();
	cJSON *last = cJSON_GetArrayItem(all, cJSON_GetArraySize(all) - 1);

	cJSON_AddStringToObject(json, "label", l->label);
	cJSON_AddStringToObject(json, "url", l->url);
	if (l->more) {
		cJSON_AddItemToArray(cJSON_GetObjectItem(last, "links"), json);
		return;
	}
	cJSON_AddStringToObject(json, "description", l->description);
	cJSON_AddStringToObject(json, "button_text", l->button);
	cJSON_AddArrayToObject(json, "links");
	cJSON_AddItemToArray(all, json);
}

/* It may be changed while we run. */
static void
read_file(cJSON *all, const char *path)
{
	static char text[LINKS_TEXT_MAX + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof(text));
	const char *why;

	if (n < 0)
		why = errno == ENOENT ? NULL : strerror(errno);
	else if ((size_t)n == sizeof(text))
		why = "is above 64 KiB";
	else
		why = links_read_yaml(text, (size_t)n, add, all);
	if (why)
		log_warn("'%s': %s", path, why);
	if (fd != -1)
		close(fd);
}

int
tools_list(struct portal *p, struct lws *wsi)
{
	const char *text = getenv("PORTAL_LINKS");
	cJSON *all = cJSON_CreateArray();

	read_file(all, p->links);
	if (text)
		links_read_variable(text, add, all);
	return answer(wsi, 200, all);
}
