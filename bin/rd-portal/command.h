/*
 * command.h - programs that are run, and what they say
 *
 * By their argv, with nothing on standard input, found in PATH.  They get
 * SIGTERM when this process ends.  What they say on standard error goes to
 * ours.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

#include "base/loop.h"

enum {
	COMMAND_MAX = 64,     /* at a time */
	COMMAND_TEXT = 16384, /* of its output; the rest is left out */
};

struct command;

/*
 * It is over: its exit status (128 and more: by a signal), and its output,
 * or with a status other than 0 the last line of its standard error.
 */
typedef void command_done(void *arg, int status, const char *text);

/*
 * Run argv.  done is called later, once, unless command_forget() comes first:
 * when it has ended, or with stays, after which it goes on, once it has
 * printed a line, with status 0.  It gets SIGTERM when it does neither within
 * 35 seconds, and then its status is 124.  Negative errno when it cannot begin,
 * -EAGAIN when there are COMMAND_MAX.
 */
int command_run(struct command **out, struct loop *loop,
    const char *const *argv, bool stays, command_done *done, void *arg);

/* Nobody waits for it any more, though it goes on.  NULL is nothing. */
void command_forget(struct command *c);

#endif
