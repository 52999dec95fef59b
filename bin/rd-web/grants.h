/*
 * grants.h - what is open because somebody was let in
 *
 * A WebSocket or WHEP peer holds a grant.  When the session it came by is
 * removed, its role changes or its link ends, the grant is revoked at once.
 */
#ifndef GRANTS_H
#define GRANTS_H

#include <stdbool.h>

#include "base/loop.h"
#include "http/auth.h"

struct grant {
	char session[AUTH_NAME_SIZE]; /* "" without authentication */
	struct auth_pass pass;
	/* Let go of what is open, and drop the grant. */
	void (*revoked)(struct grant *g);
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
};

/* Use the folder dir as lib/http's auth.h says, NULL for none. */
int grants_open(struct grants *gs, struct loop *loop, const char *dir);

/* From here until grant_drop(), of the caller's memory. */
void grant_hold(struct grants *gs, struct grant *g);
/* Nothing when it is not held. */
void grant_drop(struct grants *gs, struct grant *g);

#endif
