/*
 * What is open and the people behind it, kept in step: the list in a file
 * and to listeners, and an end to what was opened in another role.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "grants.h"

static const int64_t PACE_US = 100000; /* between two lists at least */

/* Whoever reads the file finds a whole list. */
static void
write_list(const struct grants *gs)
{
	static char text[PEOPLE_TEXT_SIZE];
	size_t len = people_print(&gs->people, NULL, text, sizeof(text));
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s.new", gs->file);
	int fd = n < (int)sizeof(path)
	    ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
	    : -1;
	bool good = fd != -1 && write(fd, text, len) == (ssize_t)len;

	if (fd != -1 && (close(fd) || !good || rename(path, gs->file)))
		good = false;
	if (!good)
		log_warn("cannot write '%s': %s", gs->file, strerror(errno));
}

static void
tell(struct grants *gs)
{
	write_list(gs);
	for (struct grant *g = gs->held; g; g = g->next)
		if (g->told)
			g->told(g);
}

static void
check_roles(struct grants *gs)
{
	struct grant *g = gs->held, *next;

	for (; g; g = next) {
		next = g->next;
		if (g->told || people_role(&gs->people, g->session) == g->as)
			continue;
		g->revoked(g);
		next = gs->held; /* more than g may be gone */
	}
}

static void
due(struct loop_timer *t)
{
	struct grants *gs = t->arg;
	int64_t now = clock_us(), next = people_sweep(&gs->people, now);

	check_roles(gs);
	if (gs->people.changed && now - gs->told_us >= PACE_US) {
		gs->people.changed = false;
		gs->told_us = now;
		tell(gs);
	}
	if (gs->people.changed)
		next = gs->told_us + PACE_US;
	if (next != INT64_MAX)
		loop_timer_set(gs->loop, t, next);
}

/* After each call that may have changed something. */
static void
look_soon(struct grants *gs)
{
	loop_timer_set(gs->loop, &gs->people_timer, clock_us());
}

void
grant_people_open(struct grants *gs)
{
	gs->people_timer = (struct loop_timer){ .expired = due, .arg = gs };
	gs->people.changed = true;
	look_soon(gs);
}

bool
grant_come(struct grants *gs, const struct grant *g)
{
	look_soon(gs);
	return people_come(&gs->people, g->session, &g->pass);
}

void
grant_leave(struct grants *gs, const struct grant *g)
{
	people_leave(&gs->people, g->session, clock_us());
	look_soon(gs);
}

void
grant_welcome(struct grants *gs, const struct grant *g)
{
	/* Who came by a link is a guest. */
	if (!gs->file || g->pass.role != AUTH_CONTROL || *g->pass.link)
		return;
	people_welcome(&gs->people, g->session, &g->pass, clock_us());
	look_soon(gs);
}

bool
grant_command(
    struct grants *gs, const struct grant *g, const char *line, size_t len)
{
	look_soon(gs);
	return people_command(&gs->people, g->session, line, len);
}
