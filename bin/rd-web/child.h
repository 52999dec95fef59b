/*
 * child.h - commands run for one viewer each
 *
 * A command is sh -c in a process group of its own, so that all of it can be
 * ended.  It reads from one pipe and writes to another; its stderr is ours.
 */
#ifndef CHILD_H
#define CHILD_H

#include "base/loop.h"

enum { CHILD_MAX = 256 };

struct child;

/*
 * Start command with RD_ROLE=role in its environment.  *wfd and *rfd, the
 * caller's, are non-blocking and lead to its input and from its output.
 * Negative errno on failure, -EAGAIN when CHILD_MAX are running.
 */
int child_start(struct child **out, struct loop *loop, const char *command,
    const char *role, int *rfd, int *wfd);

/*
 * Forget the child, whose pipes the caller has closed: it gets SIGTERM half
 * a second later and SIGKILL after two more.  NULL is nothing.
 */
void child_end(struct child *c);

/*
 * What it does must stop: SIGTERM now, and SIGKILL half a second after
 * child_end(), which follows.  NULL is nothing.
 */
void child_hurry(struct child *c);

/* End all that run, within two seconds; for when no loop runs any more. */
void child_end_all(void);

#endif
