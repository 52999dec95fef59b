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

	for (; g; g = next) {
		next = g->next;
		if (session && strcmp(g->session, session) != 0)
			continue;
		if (auth_session(&gs->auth, g->session, time(NULL)) == g->role)
			continue;
		g->revoked(g);
		next = gs->held; /* more than g may be gone */
	}
}

static void
in_use(struct loop_timer *t)
{
	struct grants *gs = t->arg;

	check(gs, NULL);
	if (gs->held)
		loop_timer_set(gs->loop, t, clock_us() + USED_US);
}

static void
sessions_changed(struct loop_watch *w, uint32_t events)
{
	struct grants *gs = w->arg;
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)events;
	for (ssize_t i = 0; i < n;) {
		struct inotify_event *ev = (void *)(buf + i);

		check(gs, ev->len ? ev->name : NULL);
		i += (ssize_t)(sizeof(*ev) + ev->len);
	}
}

static int
watch_folder(const struct grants *gs)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", gs->auth.sessions);
	return inotify_add_watch(gs->watch.fd, path,
		   IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
		       IN_DELETE_SELF | IN_ONLYDIR) == -1
	    ? -errno
	    : 0;
}

int
grants_open(struct grants *gs, struct loop *loop, const char *dir)
{
	int err;

	*gs = (struct grants){ .loop = loop, .on = dir != NULL };
	if (!dir)
		return 0;
	err = auth_open(&gs->auth, dir);
	if (err)
		return err;
	gs->timer = (struct loop_timer){ .expired = in_use, .arg = gs };
	gs->watch = (struct loop_watch){
		.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
		.ready = sessions_changed,
		.arg = gs,
	};
	if (gs->watch.fd == -1)
		return -errno;
	err = watch_folder(gs);
	return err ? err : loop_watch(loop, &gs->watch, EPOLLIN);
}

void
grant_hold(struct grants *gs, struct grant *g)
{
	if (!gs->on)
		return;
	if (!gs->held)
		loop_timer_set(gs->loop, &gs->timer, clock_us() + USED_US);
	g->held = true;
	g->next = gs->held;
	gs->held = g;
}

void
grant_drop(struct grants *gs, struct grant *g)
{
	struct grant **p = &gs->held;

	if (!g->held)
		return;
	while (*p != g)
		p = &(*p)->next;
	*p = g->next;
	g->held = false;
	if (!gs->held)
		loop_timer_stop(gs->loop, &gs->timer);
	auth_session(&gs->auth, g->session, time(NULL));
}
