#include "grants.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/* A session in use is not idle, however long its requests are ago. */
static const int64_t USED_US = (int64_t)AUTH_IDLE_S / 4 * 1000000;

/* Revoke what session (NULL: any) no longer allows. */
static void
check(struct grants *gs, const char *session)
{
	struct grant *g = gs->held, *next;
	struct auth_pass now;

	for (; g; g = next) {
		next = g->next;
		if (session && strcmp(g->session, session) != 0)
			continue;
		if (auth_session(&gs->auth, g->session, time(NULL), &now) ==
		    g->pass.role)
			continue;
		g->revoked(g);
		next = gs->held; /* more than g may be gone */
	}
}

static void
set_timer(struct grants *gs)
{
	int64_t now = time(NULL), delay_us = USED_US;

	for (struct grant *g = gs->held; g; g = g->next)
		if (g->pass.until - now < delay_us / 1000000)
			delay_us = (g->pass.until - now) * 1000000;
	if (gs->held)
		loop_timer_set(gs->loop, &gs->timer, clock_us() + delay_us);
	else
		loop_timer_stop(gs->loop, &gs->timer);
}

static void
due(struct loop_timer *t)
{
	struct grants *gs = t->arg;

	check(gs, NULL);
	set_timer(gs);
}

static void
files_changed(struct loop_watch *w, uint32_t events)
{
	struct grants *gs = w->arg;
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)events;
	for (ssize_t i = 0; i < n;) {
		struct inotify_event *ev = (void *)(buf + i);

		check(gs, ev->wd == gs->sessions && ev->len ? ev->name : NULL);
		i += (ssize_t)(sizeof(*ev) + ev->len);
	}
}

/* What inotify calls it from now on, or negative errno. */
static int
watch_folder(const struct grants *gs, int folder)
{
	char path[64];
	int wd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
	wd = inotify_add_watch(gs->watch.fd, path,
	    IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
		IN_DELETE_SELF | IN_ONLYDIR);
	return wd == -1 ? -errno : wd;
}

int
grants_open(
    struct grants *gs, struct loop *loop, const char *dir, const char *file)
{
	int err;

	*gs = (struct grants){ .loop = loop, .on = dir != NULL };
	if (!dir)
		return 0;
	gs->file = file;
	err = auth_open(&gs->auth, dir);
	if (err)
		return err;
	gs->timer = (struct loop_timer){ .expired = due, .arg = gs };
	gs->watch = (struct loop_watch){
		.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
		.ready = files_changed,
		.arg = gs,
	};
	if (gs->watch.fd == -1)
		return -errno;
	gs->sessions = watch_folder(gs, gs->auth.sessions);
	err =
	    gs->sessions < 0 ? gs->sessions : watch_folder(gs, gs->auth.links);
	err = err < 0 ? err : loop_watch(loop, &gs->watch, EPOLLIN);
	if (!err && gs->file)
		grant_people_open(gs);
	return err;
}

void
grants_close(struct grants *gs)
{
	if (gs->file)
		unlink(gs->file);
}

enum auth_role
grant_role(const struct grants *gs, const struct grant *g)
{
	return gs->file
	    ? people_role_of_next(&gs->people, g->session, g->pass.role)
	    : g->pass.role;
}

int
grant_hold(struct grants *gs, struct grant *g)
{
	g->as = g->pass.role;
	if (!gs->on)
		return 0;
	if (gs->file) {
		if (!grant_come(gs, g))
			return -EAGAIN;
		g->as = people_role(&gs->people, g->session);
	}
	g->held = true;
	g->next = gs->held;
	gs->held = g;
	set_timer(gs);
	return 0;
}

void
grant_drop(struct grants *gs, struct grant *g)
{
	struct grant **p = &gs->held;
	struct auth_pass now;

	if (!g->held)
		return;
	while (*p != g)
		p = &(*p)->next;
	*p = g->next;
	g->held = false;
	if (gs->file)
		grant_leave(gs, g);
	set_timer(gs);
	auth_session(&gs->auth, g->session, time(NULL), &now); /* used now */
}
