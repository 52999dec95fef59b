/*
 * record.h - frames into a recording on standard output
 */
#ifndef RECORD_H
#define RECORD_H

#include "frames/frames.h"

enum record_line { RECORD_CURSOR, RECORD_POINTER, RECORD_LINES };

struct record {
	/* Set by the caller, the rest zero. */
	const char *addr;
	long left; /* frames to go; 0: no end */

	struct loop loop;
	struct frames_reader in;
	struct link out;
	uint8_t *buf; /* what is being written, whole items */
	size_t size, len, done;
	int64_t time_us; /* of the last frame */
	bool greeted, resized, gone, full;
	int in_err;
	char line[RECORD_LINES][FRAMES_LINE_MAX]; /* to be written */
	size_t line_len[RECORD_LINES];
};

/* Record to the end.  Says what is wrong and exits when that fails. */
void record_run(struct record *r);

#endif
