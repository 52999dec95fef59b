/*
 * source.h - a recording from a file or pipe, one item in memory at a time
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "recording.h"

struct source {
	struct recording recording;
	int fd;
	bool ended;
	uint8_t *buf;
	size_t size, start, end; /* read and not used: start to end */
};

/* Open path, "-" is standard input.  Negative errno on failure. */
int source_open(struct source *s, const char *path);
void source_close(struct source *s);

/*
 * The next item that means something, valid until source_fill().  1; 0 when
 * source_fill() is to be called first; -ENODATA at the end; -EBADMSG.
 */
int source_next(struct source *s, struct recording_item *i);
/* Read once, which may block.  Negative errno on failure. */
int source_fill(struct source *s);

#endif
