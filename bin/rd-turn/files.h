/*
 * files.h - files for a process that must not open any
 *
 * A process of its own opens those that were named at the start, each time
 * anew, so that what was replaced is found; it can do nothing else for who
 * asks.
 */
#ifndef RD_TURN_FILES_H
#define RD_TURN_FILES_H

#include <stdio.h>
#include <sys/types.h>

enum file {
	FILE_SECRETS,
	FILE_USERS,
	FILE_CERT,
	FILE_KEY,
	FILES,
};

struct files {
	const char *paths[FILES]; /* NULL: there is none */
	int fd;
	pid_t pid;
};

/*
 * Start that process, or die; before this one has anything that the other
 * should not have.  leftover is what files_remove_at_end() is about, or NULL.
 */
void files_start(struct files *f, const char *leftover);
/* Wait until it has ended. */
void files_stop(struct files *f);

/* For reading; NULL and errno. */
FILE *files_open(const struct files *f, enum file which);

/* The leftover is ours: remove it when this process ends, however it does. */
void files_remove_at_end(const struct files *f);

#endif
