/*
 * grants.h - what is open because somebody was let in
 *
 * A WebSocket or WHEP peer holds a grant.  When the session it came by is
 * removed, its role changes or its link ends, the grant is revoked at once.
 *
 * Where there is a route for people, only who is in control acts as such: a
 * change of that also revokes what was opened in the role before.
 */
#ifndef GRANTS_H
#define GRANTS_H

#include <stdbool.h>

#include "base/loop.h"
#include "http/people.h"

struct grant {
	char session[AUTH_NAME_SIZE]; /* "" without authentication */
	struct auth_pass pass;
	enum auth_role as; /* what it was opened as */
	/* Let go of what is open, and drop the grant. */
	void (*revoked)(struct grant *g);
	/* Who is here has changed.  NULL: does not listen, but acts. */
	void (*told)(struct grant *g);
	void *arg;
	bool held;
	struct grant *next;
};

struct grants {
	struct auth auth;
	bool on; /* without: everybody is AUTH_CONTROL */
	struct loop *loop;
	struct loop_watch watch;
	int sessions;            /* what watch calls their folder */
	struct loop_timer timer; /* a held link ends, or they are in use */
	struct grant *held;
	const char *file; /* that lists the people; NULL: nobody is counted */
	struct people people;
	struct loop_timer people_timer;
	int64_t told_us;
};

/*
 * Use the folder dir as lib/http's auth.h says, NULL for none, and keep the
 * list of people in file, if it is not NULL.
 */
int grants_open(
    struct grants *gs, struct loop *loop, const char *dir, const char *file);
void grants_close(struct grants *gs);

/*
 * From here until grant_drop(), of the caller's memory.  Fills g->as.
 * -EAGAIN when there are too many people.
 */
int grant_hold(struct grants *gs, struct grant *g);
/* Nothing when it is not held. */
void grant_drop(struct grants *gs, struct grant *g);

/* What it would be opened as now. */
enum auth_role grant_role(const struct grants *gs, const struct grant *g);

/* people.c; the first three are for grants.c, where people are counted */
void grant_people_open(struct grants *gs);
bool grant_come(struct grants *gs, const struct grant *g);
void grant_leave(struct grants *gs, const struct grant *g);
/* Somebody has just logged in. */
void grant_welcome(struct grants *gs, const struct grant *g);
/* Somebody says something, as people_command(). */
bool grant_command(
    struct grants *gs, const struct grant *g, const char *line, size_t len);

#endif
