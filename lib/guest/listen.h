/*
 * listen.h - the sockets that clients come by
 */
#ifndef GUEST_LISTEN_H
#define GUEST_LISTEN_H

#include "base/loop.h"
#include "guest/origin.h"

enum { LISTENERS = 8 }; /* sockets of one program */

struct listeners;

struct listener {
	struct loop_watch watch;
	struct listeners *of;
	bool local; /* a Unix socket: only this user and root get in */
	char path[108];
};

/* The first three are set before the first call. */
struct listeners {
	struct loop *loop;
	/* fd, which does not block, is the callee's; origin is borrowed. */
	void (*connected)(void *arg, int fd, const struct origin *origin);
	void *arg;
	struct listener all[LISTENERS];
	size_t n;
};

/*
 * These return 0 or negative errno, of which listen_why() knows the words:
 * -EINVAL, text is not [HOST:]PORT; -ENXIO, the host has no address; -E2BIG,
 * there is no place for one more socket; or the system's own.
 */

/*
 * Listen at text, [HOST:]PORT: at every address of the host, or without one of
 * this machine alone.  After a failure those stay that came before it.
 */
int listen_tcp(struct listeners *l, const char *text);
/*
 * Listen at path, which unlisten() removes.  A socket there that nobody serves
 * any more is replaced; -EADDRINUSE when somebody does.
 */
int listen_unix(struct listeners *l, const char *path);
/*
 * Connect to text, [HOST:]PORT, and wait until that is done.  Returns the
 * descriptor, the caller's, which does not block; origin is the other end.
 */
int listen_reverse(const char *text, struct origin *origin);
const char *listen_why(int err);
/* Close all. */
void unlisten(struct listeners *l);

#endif
