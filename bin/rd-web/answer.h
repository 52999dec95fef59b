/*
 * answer.h - a signalling line from a command: an answer or an error
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stddef.h>

struct answer {
	enum {
		ANSWER_OTHER,
		ANSWER_SDP,
		ANSWER_ERROR,
	} kind;
	char *text; /* the caller's buffer: the SDP or the message */
	size_t len, size;
};

/* False when line is not such an object, or its text is above a->size. */
bool answer_read(struct answer *a, const char *line, size_t len);

#endif
