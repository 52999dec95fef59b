/*
 * The processes of Supervisor.  What a start or stop begins is not waited
 * for: states tell.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "portal.h"
#include "rpc.h"

/* Without these nobody could get in any more, or undo it. */
static const char *const vital[] = { "caddy", "instance_portal", "rd-edge",
	"rd-portal", "tunnel_manager" };

enum { VALUE_MAX = 256 };

struct process {
	char name[VALUE_MAX], group[VALUE_MAX], state[VALUE_MAX];
	char description[VALUE_MAX];
	long pid, start, now;
};

static bool
is_in_list(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (list && *list) {
		const char *item = list + strspn(list, ", ");
		size_t n = strcspn(item, ", ");

		if (n == len && n && memcmp(item, name, n) == 0)
			return true;
		list = item + n;
	}
	return false;
}

static bool
is_vital(const char *name)
{
	for (size_t i = 0; i < sizeof(vital) / sizeof(*vital); i++)
		if (strcmp(vital[i], name) == 0)
			return true;
	return is_in_list(getenv("PORTAL_UNSTOPPABLE"), name);
}

/* Not configured here, or another's. */
static bool
is_hidden(const char *name)
{
	char path[VALUE_MAX + 32];

	if (strcmp(name, "jupyter") == 0 && access("/.launch", F_OK) == 0)
		return true;
	snprintf(path, sizeof(path), "/tmp/supervisor-skip/%s", name);
	return !strchr(name, '/') && access(path, F_OK) == 0;
}

static void
take_member(struct process *q, const char *name, const char *value)
{
	if (strcmp(name, "name") == 0)
		snprintf(q->name, sizeof(q->name), "%s", value);
	else if (strcmp(name, "group") == 0)
		snprintf(q->group, sizeof(q->group), "%s", value);
	else if (strcmp(name, "statename") == 0)
		snprintf(q->state, sizeof(q->state), "%s", value);
	else if (strcmp(name, "description") == 0)
		snprintf(q->description, sizeof(q->description), "%s", value);
	else if (strcmp(name, "pid") == 0)
		q->pid = strtol(value, NULL, 10);
	else if (strcmp(name, "start") == 0)
		q->start = strtol(value, NULL, 10);
	else if (strcmp(name, "now") == 0)
		q->now = strtol(value, NULL, 10);
}

/* The next process of an answer; false at its end. */
static bool
next_process(const char **p, struct process *q)
{
	char name[64], value[VALUE_MAX];

	*q = (struct process){ .state = "UNKNOWN" };
	while (rpc_member(p, name, sizeof(name), value, sizeof(value)))
		take_member(q, name, value);
	return *q->name != '\0';
}

static cJSON *
describe(const struct process *q)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "name", q->name);
	cJSON_AddStringToObject(json, "group", q->group);
	cJSON_AddStringToObject(json, "state", q->state);
	cJSON_AddStringToObject(json, "description", q->description);
	cJSON_AddNumberToObject(json, "pid", (double)q->pid);
	cJSON_AddNumberToObject(json, "start", (double)q->start);
	cJSON_AddNumberToObject(json, "now", (double)q->now);
	cJSON_AddBoolToObject(json, "unstoppable", is_vital(q->name));
	return json;
}

/* What Supervisor did not do, in its words. */
static bool
is_wrong(struct conn *c, struct lws *wsi, const char *xml, int err)
{
	char text[256];

	if (!xml) {
		snprintf(text, sizeof(text), "Supervisor: %s", strerror(-err));
		answer_later(c, wsi, 500, answer_problem(text));
		return true;
	}
	if (!rpc_fault(xml, text, sizeof(text)))
		return false;
	answer_later(c, wsi, strncmp(text, "BAD_NAME", 8) ? 400 : 404,
	    answer_problem(text));
	return true;
}

static void
listed(void *arg, const char *xml, int err)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	struct process q;
	cJSON *all;

	c->rpc = NULL;
	if (is_wrong(c, wsi, xml, err))
		return;
	all = cJSON_CreateArray();
	while (next_process(&xml, &q))
		if (!is_hidden(q.name))
			cJSON_AddItemToArray(all, describe(&q));
	answer_later(c, wsi, 200, all);
}

static int
call(struct portal *p, struct conn *c, struct lws *wsi, const char *method,
    const char *name, rpc_done *done)
{
	int err = rpc_call(
	    &c->rpc, &p->web.loop, p->supervisor, method, name, done, wsi);
	char text[256];

	if (!err)
		return 0;
	snprintf(text, sizeof(text), "Supervisor: %s", strerror(-err));
	return answer_detail(wsi, 500, text);
}

static char
plain(char c)
{
	return c == '-' || c == '_' ? ' ' : (char)tolower((unsigned char)c);
}

/* Does text hold part, as cards and processes are named? */
static bool
holds(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t n = 0;

		while (part[n] && plain(text[n]) == plain(part[n]))
			n++;
		if (!part[n])
			return true;
	}
	return false;
}

static void
add_state(cJSON *all, const struct process *q)
{
	cJSON *json;

	cJSON_ArrayForEach(json, all)
	{
		const char *name =
		    cJSON_GetStringValue(cJSON_GetObjectItem(json, "name"));

		if (!cJSON_HasObjectItem(json, "state") &&
		    (holds(name, q->name) || holds(q->name, name)))
			cJSON_AddStringToObject(json, "state", q->state);
	}
}

static void
told(void *arg, const char *xml, int err)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	cJSON *all = c->draft, *json;
	struct process q;

	c->rpc = NULL;
	if (is_wrong(c, wsi, xml, err))
		return;
	c->draft = NULL;
	while (next_process(&xml, &q))
		add_state(all, &q);
	cJSON_ArrayForEach(json, all) if (!cJSON_HasObjectItem(json, "state"))
	    cJSON_AddNullToObject(json, "state");
	answer_later(c, wsi, 200, all);
}

int
services_states(struct portal *p, struct conn *c, struct lws *wsi, cJSON *all)
{
	c->draft = all;
	return call(p, c, wsi, "getAllProcessInfo", NULL, told);
}

int
services_list(struct portal *p, struct conn *c, struct lws *wsi)
{
	return call(p, c, wsi, "getAllProcessInfo", NULL, listed);
}

static cJSON *
done_it(const char *name, const char *action)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "status", "ok");
	cJSON_AddStringToObject(json, "name", name);
	cJSON_AddStringToObject(json, "action", action);
	return json;
}

static void
acted(void *arg, const char *xml, int err)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	char *name = strchr(c->action, ' ');

	c->rpc = NULL;
	if (is_wrong(c, wsi, xml, err))
		return;
	*name++ = '\0';
	answer_later(c, wsi, 200, done_it(name, c->action));
}

/* Apart from us, for it may be us. */
static bool
run_restart(const char *socket, const char *name)
{
	char url[256];
	pid_t pid;

	snprintf(url, sizeof(url), "unix://%s", socket);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		setsid();
		signal(SIGPIPE, SIG_DFL);
		if (null == -1 || dup2(null, 0) == -1 || dup2(null, 1) == -1 ||
		    close_range(3, ~0U, 0) || fork())
			_exit(0);
		execlp("supervisorctl", "supervisorctl", "-s", url, "restart",
		    name, (char *)NULL);
		_exit(127);
	}
	return pid != -1 && waitpid(pid, NULL, 0) == pid;
}

/* It is there: now it can be restarted. */
static void
known(void *arg, const char *xml, int err)
{
	struct lws *wsi = arg;
	struct conn *c = lws_wsi_user(wsi);
	struct portal *p = web_of(wsi)->user;
	const char *name = strchr(c->action, ' ') + 1;
	struct process q;
	char both[2 * VALUE_MAX];

	c->rpc = NULL;
	if (is_wrong(c, wsi, xml, err))
		return;
	while (next_process(&xml, &q)) {
		snprintf(both, sizeof(both), "%s:%s", q.group, q.name);
		if (strcmp(q.name, name) != 0 && strcmp(both, name) != 0)
			continue;
		log_info("restart of %s", name);
		if (run_restart(p->supervisor, both))
			answer_later(c, wsi, 200, done_it(name, "restart"));
		else
			answer_later(c, wsi, 500,
			    answer_problem("Cannot run supervisorctl"));
		return;
	}
	answer_later(c, wsi, 404, answer_problem("No such process"));
}

/* "group:name", of which Supervisor takes "name" when both are the same. */
static const char *
last_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

int
services_act(
    struct portal *p, struct conn *c, struct lws *wsi, const char *rest)
{
	const char *slash = strrchr(rest, '/');
	char name[100];

	if (!slash || slash == rest || (size_t)(slash - rest) >= sizeof(name) ||
	    *rest == '-')
		return answer_detail(wsi, 404, "Not Found");
	snprintf(name, sizeof(name), "%.*s", (int)(slash - rest), rest);
	snprintf(c->action, sizeof(c->action), "%.20s %s", slash + 1, name);
	if (strcmp(slash, "/start") == 0)
		return call(p, c, wsi, "startProcess", name, acted);
	if (strcmp(slash, "/restart") == 0)
		return call(p, c, wsi, "getAllProcessInfo", NULL, known);
	if (strcmp(slash, "/stop") != 0)
		return answer_detail(wsi, 404, "Not Found");
	if (is_vital(last_name(name)))
		return answer_detail(
		    wsi, 403, "This process cannot be stopped");
	return call(p, c, wsi, "stopProcess", name, acted);
}

void
services_abandon(struct conn *c)
{
	rpc_end(c->rpc);
	c->rpc = NULL;
	cJSON_Delete(c->answer);
	c->answer = NULL;
	cJSON_Delete(c->draft);
	c->draft = NULL;
}
