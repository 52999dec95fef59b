/*
 * An order to provision: a manifest, the URL of one, or lists of which one is
 * made.  It is a file that rd-instance's provisioner takes, which a line in
 * its FIFO wakes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "portal.h"
#include "portal/manifest.h"

static const char *
text_at(const cJSON *order, const char *key)
{
	const char *text =
	    cJSON_GetStringValue(cJSON_GetObjectItem(order, key));

	return text && *text ? text : NULL;
}

/* Each text of a list, as a mapping of it unless field is NULL. */
static bool
copy_list(cJSON *to, const cJSON *order, const char *key, const char *field)
{
	const cJSON *list = cJSON_GetObjectItem(order, key), *text;

	cJSON_ArrayForEach(text, list)
	{
		cJSON *item = field ? cJSON_CreateObject() : NULL;

		if (!cJSON_IsString(text))
			return false;
		if (field)
			cJSON_AddStringToObject(item, field, text->valuestring);
		else
			item = cJSON_CreateString(text->valuestring);
		cJSON_AddItemToArray(to, item);
	}
	return !list || cJSON_IsArray(list) || cJSON_IsNull(list);
}

/* JSON, which is YAML; NULL when nothing is asked for, or not so. */
static char *
make_manifest(const cJSON *order)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *pip = cJSON_AddArrayToObject(json, "pip_packages");
	cJSON *git = cJSON_AddArrayToObject(json, "git_repos");
	cJSON *files = cJSON_AddArrayToObject(json, "downloads");
	char *text = NULL;

	if (copy_list(pip, order, "pip", NULL) &&
	    copy_list(git, order, "git_repos", "url") &&
	    copy_list(files, order, "downloads", "url") &&
	    cJSON_GetArraySize(pip) + cJSON_GetArraySize(git) +
		    cJSON_GetArraySize(files) >
		0)
		text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	return text;
}

/* A manifest or a line with its URL, to be freed; or NULL, and why. */
static char *
read_order(const cJSON *order, const char **why)
{
	const char *url = text_at(order, "manifest_url");
	const char *yaml = text_at(order, "inline_yaml"), *wrong;
	static char problem[80];
	char *text;

	*why = "manifest_url is not one of http or https";
	if (url)
		return (strncmp(url, "http://", 7) == 0 ||
			   strncmp(url, "https://", 8) == 0) &&
			!url[strcspn(url, "\r\n")]
		    ? strdup(url)
		    : NULL;
	text = yaml ? strdup(yaml) : make_manifest(order);
	*why = "Provide one of: manifest_url, inline_yaml, pip, git_repos, "
	       "downloads";
	if (!text)
		return NULL;
	wrong = manifest_read(text, strlen(text), NULL, NULL);
	if (!wrong)
		return text;
	snprintf(problem, sizeof(problem), "The manifest %s", wrong);
	*why = problem;
	free(text);
	return NULL;
}

/* Whole or not at all, and no other in its place. */
static int
put(int dir, const char *text)
{
	static const char new[] = "provision.new", whole[] = "provision.yaml";
	size_t len = strlen(text);
	int fd = openat(dir, new,
	    O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err = 0;

	if (fd == -1)
		return -errno;
	errno = EIO; /* of what is written in part */
	if (write(fd, text, len) != (ssize_t)len || write(fd, "\n", 1) != 1 ||
	    linkat(dir, new, dir, whole, 0))
		err = -errno;
	close(fd);
	unlinkat(dir, new, 0);
	return err;
}

/* The file first, so that whoever wakes finds it. */
static int
hand_over(int dir, const char *text)
{
	int fifo = openat(dir, "provision", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fifo == -1)
		return -errno;
	err = put(dir, text);
	if (!err && write(fifo, "\n", 1) != 1 && errno != EAGAIN)
		err = -errno;
	close(fifo);
	return err;
}

static int
started(const struct portal *p, struct lws *wsi)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "status", "started");
	cJSON_AddStringToObject(
	    json, "detail", "Provisioning goes on in the background");
	cJSON_AddStringToObject(json, "log_file", p->log_file);
	return answer(wsi, 200, json);
}

int
provision_order(struct portal *p, struct lws *wsi, const char *body)
{
	cJSON *order = cJSON_Parse(body);
	const char *why = "The body is not a JSON object";
	char *text = cJSON_IsObject(order) ? read_order(order, &why) : NULL;
	int err = text ? hand_over(p->state, text) : -EINVAL;

	cJSON_Delete(order);
	free(text);
	switch (err) {
	case 0:
		return started(p, wsi);
	case -EINVAL:
		return answer_detail(wsi, 400, why);
	case -EEXIST:
		return answer_detail(
		    wsi, 409, "Another order has not begun yet");
	case -ENOENT:
	case -ENXIO:
		return answer_detail(wsi, 503, "No provisioner is running");
	default:
		return answer_detail(wsi, 500, strerror(-err));
	}
}
